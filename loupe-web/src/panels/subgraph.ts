// A subgraph that the reader gathers: pinned nodes under a name of one's own. All of it stands in the address.
import { button, html, panel } from "../draw/element";
import { nodeLabel, nodeName, percent, unitAddress } from "../draw/text";
import { command, quoted } from "../frame/command";
import { saveText, supernodeLine } from "../frame/save";
import { isUnit, type ViewNode } from "../state/graph";
import { pinned } from "../state/emphasis";
import type { Session } from "../state/session";

export function subgraphPanel(session: Session): HTMLElement {
  const { trace, store } = session;
  const name = html("input", { type: "text", id: "subgraph-name", placeholder: "a name for it", autocomplete: "off", spellcheck: "false", "aria-label": "Name of the subgraph" });
  name.addEventListener("input", () => store.update({ pinsName: name.value }));
  const only = button({ class: "quiet", id: "only-pins" }, () => store.update({ onlyPins: !store.state.onlyPins, selected: "", path: -1 }), "Show it alone");
  const clear = button({ class: "quiet" }, () => store.update({ pins: [], pinsName: "", onlyPins: false }), "Unpin all");
  const list = html("ul", {});
  const foot = html("div", {});
  const element = panel("subgraph", "Subgraph", name, list, html("p", { class: "tools" }, only, clear), foot);
  const row = (node: ViewNode): HTMLElement =>
    html(
      "li",
      {},
      button({ class: "link plain", "data-link": node.key }, () => store.select(node.key), html("span", { class: "name" }, nodeName(node)), html("span", { class: "says" }, nodeLabel(node)), html("span", { class: "share" }, node.kind === "logit" ? "" : percent(node.influence))),
      button({ class: "quiet", "aria-label": `Unpin ${nodeName(node)}` }, () => store.update({ pins: store.state.pins.flatMap((key) => withoutPin(session, key, node)) }), "×"),
    );
  const saved = (title: string, addresses: readonly string[]): HTMLElement => html("p", { class: "tools" }, button({ class: "quiet", id: "save-subgraph", title: "A line for loupe trace --supernodes" }, () => saveText("supernodes.txt", supernodeLine(title, addresses)), "Save as a supernode"));
  store.watch(["pins", "pinsName", "expanded"], () => {
    const nodes = pinned(session);
    element.hidden = nodes.length === 0;
    list.replaceChildren(...nodes.map(row));
    const units = nodes.flatMap(({ members }) => members).filter(({ kind }) => isUnit(kind));
    const basis = trace.dictionary === undefined ? "" : ` --basis ${trace.dictionary.name}`;
    foot.replaceChildren(...(units.length === 0 ? [] : [saved(store.state.pinsName, units.map(unitAddress)), command("Ablate its units together", `loupe steer ${quoted(trace.prompt.text)} --model ${trace.model.name}${basis}${units.map((unit) => ` --ablate ${unitAddress(unit)}`).join("")}`)]));
  });
  store.watch(["pinsName"], () => {
    if (name.value !== store.state.pinsName) name.value = store.state.pinsName;
  });
  store.watch(["onlyPins"], () => only.setAttribute("aria-pressed", String(store.state.onlyPins)));
  return element;
}

/** The key without the node: a group that was unfolded since leaves its other members. */
function withoutPin({ view, trace }: Session, key: string, node: ViewNode): string[] {
  const drawn = view.find(key);
  if (drawn !== undefined) return drawn === node ? [] : [key];
  const group = (trace.groups ?? []).find(({ id }) => `g:${id}` === key);
  if (group === undefined || !group.members.includes(node.node.id)) return [key];
  return group.members.filter((id) => id !== node.node.id).map(String);
}
