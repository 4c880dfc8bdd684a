// The pinned node: what it is, what it says, what drives it and what it drives.
import type { FiresOn, TokenWeight } from "../api/trace";
import { bar, signedBar } from "../draw/bar";
import { button, html, panel } from "../draw/element";
import { amount, count, kindName, nodeLabel, nodeName, percent, signed, unitAddress, visible } from "../draw/text";
import { isUnit, unitName, type ViewNode } from "../state/graph";
import { command } from "../frame/command";
import { glossed } from "../frame/glossary";
import type { Session } from "../state/session";
import { concordance } from "./examples";
import { links } from "./links";
import { tokenText } from "./token";

export function detailsPanel(session: Session): HTMLElement {
  const { store } = session;
  const body = html("div", { class: "details" });
  const spoken = html("p", { class: "spoken", "aria-live": "polite" });
  store.watch(["selected", "expanded"], () => {
    const node = session.view.find(store.state.selected);
    body.replaceChildren(...(node === undefined ? [hint()] : describe(session, node)));
    body.closest("aside")?.scrollTo({ top: 0 });
    const said = node === undefined ? "" : `${kindName(node.kind)} ${nodeName(node)} selected`;
    if (spoken.textContent !== said) spoken.textContent = said;
  });
  store.watch(["pins"], () => {
    const node = session.view.find(store.state.selected);
    const before = body.querySelector<HTMLElement>("#pin");
    if (node === undefined || before === null) return;
    const isFocused = document.activeElement === before;
    const now = pin(session, node);
    before.replaceWith(now);
    if (isFocused) now.focus();
  });
  return panel("details", "Selection", body, spoken);
}

function hint(): HTMLElement {
  return html(
    "p",
    { class: "hint" },
    "Pick a node to see what it promotes, what drives it and what it drives. In the graph, ",
    keys("↑", "↓"),
    " follow the strongest link, ",
    keys("←", "→"),
    " go along a layer, ",
    keys("Shift", "→"),
    " tries the next strongest link, ",
    keys("Esc"),
    " lets go; ",
    keys("P"),
    " or Ctrl-click pins a node to a subgraph; ",
    keys("/"),
    " searches.",
  );
}

function keys(...names: string[]): HTMLElement {
  return html("span", { class: "keys" }, ...names.map((name) => html("kbd", {}, name)));
}

function describe(session: Session, view: ViewNode): HTMLElement[] {
  const { node, group } = view;
  const parts = [heading(session, view), facts(view), pin(session, view)];
  const meant = meaning(view);
  if (meant !== null) parts.push(html("p", { class: "note" }, meant));
  if (group !== null) parts.push(members(session, view));
  const single = view.kind !== "group";
  if (single && node.group) {
    const id = node.group;
    parts.push(button({ class: "quiet" }, () => fold(session, id), "Fold its group again"));
  }
  const promotes = merged(view.members.map((member) => member.promotes ?? []));
  const suppresses = merged(view.members.map((member) => member.suppresses ?? []));
  if (promotes.length + suppresses.length > 0) parts.push(effects(promotes, suppresses));
  if (single && node.firesOn) parts.push(firesOn(node.firesOn));
  if (single && node.inputs) parts.push(sum(node.inputs));
  parts.push(links(session, view, "source"), links(session, view, "target"));
  if (single && isUnit(view.kind)) parts.push(command(`Everything known of this ${unitName(session.trace)}`, `loupe features show ${node.layer ?? 0}/${node.unit ?? 0} --store STORE --model ${session.trace.model.name}${session.trace.dictionary === undefined ? "" : ` --basis ${session.trace.dictionary.name}`} --html feature.html`));
  return parts;
}

/** What it fires on in text other than the prompt. */
function firesOn({ frequency, examples }: FiresOn): HTMLElement {
  const how = examples.length === 0 ? "It was never active on the text that was read." : `Its strongest examples; active on ${percent(frequency)} of the tokens that were read.`;
  return html("div", { class: "fires-on" }, html("h4", {}, "Fires on"), html("p", { class: "note" }, how), ...(examples.length === 0 ? [] : [concordance(examples)]));
}

function heading({ trace, store }: Session, view: ViewNode): HTMLElement {
  const token = trace.prompt.tokens.find(({ position }) => position === view.position);
  const isToken = view.kind === "token" || view.kind === "logit";
  const name = isToken ? tokenText(view.node.label ?? "") : nodeName(view);
  const where = token === undefined || isToken ? null : html("span", { class: "where" }, "at ", tokenText(token.text, 24), ` (${token.position})`);
  const close = button({ class: "close", "aria-label": "Clear the selection", title: "Clear (Esc)" }, () => store.select(""), "×");
  return html(
    "div",
    { class: "heading" },
    html("p", { class: "kind" }, ...glossed(kindName(view.kind)), where),
    html("h3", { tabindex: -1 }, name),
    html("p", { class: "says" }, nodeLabel(view)),
    close,
  );
}

function pin({ store }: Session, { key }: ViewNode): HTMLElement {
  const isPinned = store.state.pins.includes(key);
  return button({ class: "quiet", id: "pin", "aria-pressed": String(isPinned) }, () => store.togglePin(key), isPinned ? "Unpin from the subgraph" : "Pin to a subgraph");
}

/** What a node that stands for many is, in words. */
function meaning({ kind, held, node }: ViewNode): string | null {
  if (held) {
    const units = node.units === undefined ? "the units" : `all ${node.units.toLocaleString("en")} units`;
    return `What ${units} of layer ${node.layer ?? "?"} write at the first position, as one sum. Heads with nothing else to attend to attend to the first token (an attention sink), whose activations hardly depend on the prompt; so it is held as a constant and not followed further down.`;
  }
  if (kind === "remainder") return "The sum of the outputs of all units that are not listed individually at this layer and position. Its size is exact; where it comes from is not followed.";
  if (kind === "error") return "What the dictionary does not reconstruct at this layer and position: the model’s own value minus that of the features. It is held as a constant and not followed further down.";
  return null;
}

function facts({ kind, node, influence, members: { length } }: ViewNode): HTMLElement {
  const list = html("dl", { class: "facts" });
  const fact = (name: string, value: string, title: string): void => void list.append(html("div", { title }, html("dt", {}, name), html("dd", {}, value)));
  if (typeof node.probability === "number") fact("probability", percent(node.probability), "The model's probability of this next token");
  if (kind === "logit") fact("weight", percent(node.weight), "How much this target counts in the influence of the other nodes");
  else fact("influence", percent(influence), "Share of the targets' influence that passes through this node");
  if (kind === "group") fact("members", String(length), "Units that are drawn as one");
  else {
    if (typeof node.value === "number" && (isUnit(kind) || kind === "logit")) fact("value", amount(node.value), "The pre-activation or logit that the incoming edges sum to");
    if (typeof node.activation === "number" && isUnit(kind)) fact("activation", amount(node.activation), "The factor of the unit’s output direction");
    if (typeof node.effect === "number" && isUnit(kind)) fact("if ablated", `${signed(node.effect)} logits`, "Predicted change of the answer's logit when this unit is ablated: the frozen model's, over all paths");
    if (node.units !== undefined) fact("units", node.units.toLocaleString("en"), "Units that this remainder stands for");
  }
  return list;
}

function members(session: Session, { members: list, group }: ViewNode): HTMLElement {
  const open = (key: string): void => {
    if (group === null) return;
    session.openGroup(group.id, true);
    if (key !== "") session.store.select(key);
  };
  const rows = list.map((node) =>
    html("li", {}, button({ class: "link plain" }, () => open(String(node.id)), unitAddress(node), html("span", { class: "says" }, visible(node.label ?? "")))),
  );
  return html("div", { class: "members" }, html("h4", {}, count(list.length, "member")), html("ul", {}, ...rows), button({ class: "quiet" }, () => open(""), "Unfold the group"));
}

function fold(session: Session, id: string): void {
  session.openGroup(id, false);
}

/** Token effects of several units added up, the strongest first. */
function merged(lists: readonly (readonly TokenWeight[])[]): TokenWeight[] {
  const sums = new Map<string, number>();
  for (const { text, weight } of lists.flat()) sums.set(text, (sums.get(text) ?? 0) + weight);
  return [...sums].map(([text, weight]) => ({ text, weight })).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 8);
}

function effects(promotes: readonly TokenWeight[], suppresses: readonly TokenWeight[]): HTMLElement {
  const largest = Math.max(...[...promotes, ...suppresses].map(({ weight }) => Math.abs(weight)));
  const side = (title: string, look: "raise" | "lower", list: readonly TokenWeight[]): HTMLElement =>
    html(
      "div",
      { class: look },
      html("h4", {}, title),
      html("ul", {}, ...list.map(({ text, weight }) => html("li", {}, tokenText(text, 18), bar(Math.abs(weight) / largest, look), html("span", { class: "number" }, signed(weight))))),
    );
  return html("div", { class: "effects" }, side("Promotes", "raise", promotes), side("Suppresses", "lower", suppresses));
}

function sum({ value, shown, hidden }: { value: number; shown: number; hidden: number }): HTMLElement {
  const largest = Math.max(Math.abs(value), Math.abs(shown), Math.abs(hidden));
  const row = (name: string, part: number, title: string): HTMLElement =>
    html("li", { title }, html("span", {}, name), signedBar(part, largest), html("span", { class: "number" }, signed(part)));
  return html(
    "div",
    { class: "sum" },
    html("h4", {}, "Inputs add up"),
    html("ul", {}, row("shown", shown, "Edges of this graph"), row("hidden", hidden, "Edges to nodes that pruning hid"), row("value", value, "Their sum")),
  );
}
