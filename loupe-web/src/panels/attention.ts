// Why heads look where they look: the pairs of query and key sources that make up a head's score.
import type { AttentionReason } from "../api/trace";
import { button, html, panel } from "../draw/element";
import { amount, signed, visible } from "../draw/text";
import type { Session } from "../state/session";
import { tokenText } from "./token";

export function attentionPanel(session: Session): HTMLElement | null {
  const reasons = session.trace.attention ?? [];
  return reasons.length === 0 ? null : panel("attention", "Attention explained", ...reasons.map((reason) => explained(session, reason)));
}

function explained(session: Session, { layer, head, query, key, probability, score, pairs, rest, pairCount }: AttentionReason): HTMLElement {
  const { tokens } = session.trace.prompt;
  const token = (position: number): HTMLElement => tokenText(tokens[position]?.text ?? "?", 16);
  const rows = pairs.map((pair) => html("tr", {}, html("td", {}, source(session, pair.query)), html("td", {}, source(session, pair.key)), html("td", { class: "numeric" }, signed(pair.score ?? 0))));
  const others = html("tr", {}, html("td", { colspan: 2 }, `the other ${(pairCount - pairs.length).toLocaleString("en")} pairs`), html("td", { class: "numeric" }, signed(rest ?? 0)));
  const titles = html("tr", {}, ...["Makes the query", "Makes the key", "Adds to the score"].map((text, at) => html("th", { scope: "col", class: at === 2 ? "numeric" : "" }, text)));
  return html(
    "section",
    {},
    html("p", {}, `Head ${head} of layer ${layer} attends from `, token(query), " to ", token(key), `: probability ${amount(probability)}, score ${amount(score)}.`),
    html("div", { class: "rows", tabindex: 0, role: "region", "aria-label": `Pairs of head ${head} of layer ${layer}` }, html("table", {}, html("thead", {}, titles), html("tbody", {}, ...rows, others))),
  );
}

/** A node's name; one that the graph shows can be selected. */
function source({ view, store }: Session, { id, name }: AttentionReason["pairs"][number]["query"]): HTMLElement {
  const node = view.standIn(id);
  const text = html("bdi", {}, visible(name));
  return node === undefined ? text : button({ class: "link plain" }, () => store.update({ selected: node.key }), text);
}
