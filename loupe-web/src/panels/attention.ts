// Why heads look where they look: the head's pattern on the prompt, what the sources of query and key add to its score, this key against
// another, and the pairs of sources that the score is a sum over.
import type { AttentionAgainst, AttentionPart, AttentionReason, AttentionSource } from "../api/trace";
import { signedBar } from "../draw/bar";
import { button, html, panel } from "../draw/element";
import { amount, percent, signed, visible } from "../draw/text";
import type { Session } from "../state/session";
import { tokenText } from "./token";

export function attentionPanel(session: Session): HTMLElement | null {
  const reasons = session.trace.attention ?? [];
  return reasons.length === 0 ? null : panel("attention", "Attention explained", ...reasons.map((reason) => explained(session, reason)));
}

function explained(session: Session, reason: AttentionReason): HTMLElement {
  const { layer, head, query, key, probability, score, against } = reason;
  const token = (position: number): HTMLElement => tokenText(session.trace.prompt.tokens[position]?.text ?? "?", 16);
  const sources = html("div", { class: "sources" });
  const show = (other: AttentionAgainst | undefined): void => {
    choices.forEach((choice, i) => choice.setAttribute("aria-pressed", String((i === 1) === (other !== undefined))));
    sources.replaceChildren(...marginals(session, reason, other));
  };
  const choices = against === undefined ? [] : [
    button({ class: "quiet" }, () => show(undefined), "Why ", token(key)),
    button({ class: "quiet" }, () => show(against), "Why ", token(key), " rather than ", token(against.key)),
  ];
  show(undefined);
  return html(
    "section",
    { "aria-label": `Head ${head} of layer ${layer}` },
    html("h3", {}, `Head ${head} of layer ${layer} attends from `, token(query), " to ", token(key)),
    html("p", { class: "note" }, `Probability ${amount(probability)}, score ${amount(score)}. The score is a sum over what made the query times what made the key, norm denominators held.`),
    pattern(session, reason),
    choices.length === 0 ? null : html("p", { class: "choices" }, ...choices),
    sources,
    pairs(session, reason),
  );
}

/** The prompt up to the query: the deeper the ground, the more is attended. */
function pattern({ trace }: Session, { query, key, against, pattern: probabilities }: AttentionReason): HTMLElement | null {
  if (probabilities === undefined) return null;
  const words = probabilities.map((probability, position) => {
    const look = `${position === key ? "to " : ""}${position === against?.key ? "beside " : ""}${position === query ? "from " : ""}${probability > 0.3 ? "strong" : ""}`.trim();
    const role = position === key ? " key" : position === query ? " query" : "";
    const word = html("li", { class: look, title: `position ${position}: ${percent(probability)}` }, tokenText(trace.prompt.tokens[position]?.text ?? "?", 16), html("small", {}, percent(probability)), role === "" ? null : html("span", { class: "spoken" }, role));
    word.style.setProperty("--strength", `${(probability * 100).toFixed(1)}%`);
    return word;
  });
  return html("ol", { class: "pattern", "aria-label": "Where the head attends" }, ...words);
}

/** Before pairs, each side by itself; of the difference of two scores when another key is asked about. */
function marginals(session: Session, { score, querySources = [], keySources = [] }: AttentionReason, other: AttentionAgainst | undefined): HTMLElement[] {
  const whole = (score ?? 0) - (other?.score ?? 0);
  const titles = other === undefined ? (["What makes the query", "What makes the key"] as const) : (["Which part of the query prefers it", "Which part of the two keys"] as const);
  const lists = other === undefined ? ([querySources, keySources] as const) : ([other.querySources, other.keySources] as const);
  const size = Math.max(...lists.flatMap((list) => list.map((part) => Math.abs(part.score ?? 0))), 1e-9);
  return lists.filter((list) => list.length > 0).map((list, i) => html("div", {}, html("h4", {}, titles[i] ?? ""), html("ul", { class: "parts" }, ...list.map((part) => line(session, part, size)), rest(list, whole))));
}

function line(session: Session, { source, score }: AttentionPart, size: number): HTMLElement {
  const value = score ?? 0;
  const item = html("li", { class: value < 0 ? "lower" : "raise" }, named(session, source), signedBar(value, size), html("span", { class: "number" }, signed(value)));
  return lighting(session, item, [source]);
}

function rest(list: readonly AttentionPart[], whole: number): HTMLElement {
  const told = list.reduce((sum, { score }) => sum + (score ?? 0), 0);
  return html("li", { class: "rest" }, html("span", {}, "all others"), html("span", {}), html("span", { class: "number" }, signed(whole - told)));
}

function pairs(session: Session, { layer, head, pairs: all, rest: left, pairCount }: AttentionReason): HTMLElement {
  const rows = all.map((pair) => lighting(session, html("tr", {}, html("td", {}, named(session, pair.query)), html("td", {}, named(session, pair.key)), html("td", { class: "numeric" }, signed(pair.score ?? 0))), [pair.query, pair.key]));
  const others = html("tr", {}, html("td", { colspan: 2 }, `the other ${(pairCount - all.length).toLocaleString("en")} pairs`), html("td", { class: "numeric" }, signed(left ?? 0)));
  const titles = html("tr", {}, ...["Makes the query", "Makes the key", "Adds to the score"].map((text, at) => html("th", { scope: "col", class: at === 2 ? "numeric" : "" }, text)));
  const table = html("div", { class: "rows", tabindex: 0, role: "region", "aria-label": `Pairs of head ${head} of layer ${layer}` }, html("table", {}, html("thead", {}, titles), html("tbody", {}, ...rows, others)));
  return html("details", { class: "twin" }, html("summary", {}, "Pairs of sources"), table);
}

/** A row whose nodes light up in the graph while it is pointed at or holds the focus. */
function lighting<E extends HTMLElement>({ view, store }: Session, row: E, sources: readonly AttentionSource[]): E {
  const light = (): void => store.update({ lit: sources.flatMap(({ id }) => view.standIn(id)?.key ?? []) });
  const leave = (): void => store.update({ lit: [] });
  for (const kind of ["pointerenter", "focusin"]) row.addEventListener(kind, light);
  for (const kind of ["pointerleave", "focusout"]) row.addEventListener(kind, leave);
  return row;
}

/** A node's name; one that the graph shows can be selected. */
function named({ view, store }: Session, { id, name }: AttentionSource): HTMLElement {
  const node = view.standIn(id);
  const text = html("bdi", {}, visible(name));
  return node === undefined ? html("span", { class: "gone", title: "Pruned from the graph" }, text) : button({ class: "link plain" }, () => store.update({ selected: node.key }), text);
}
