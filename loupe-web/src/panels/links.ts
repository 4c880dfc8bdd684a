// Links of a node, one way: strongest first, each a step that can be taken.
import { signedBar } from "../draw/bar";
import { button, html } from "../draw/element";
import { count, nodeLabel, nodeName, percent, signed } from "../draw/text";
import type { ViewEdge, ViewNode } from "../state/graph";
import type { Session } from "../state/session";
import { tokenText } from "./token";

const AT_FIRST = 8;

/** The list of inputs (end "source") or outputs (end "target") of a node. */
export function links(session: Session, view: ViewNode, end: "source" | "target"): HTMLElement {
  const edges = end === "source" ? session.view.inputs(view.key) : session.view.outputs(view.key);
  const title = end === "source" ? "Driven by" : "Drives";
  const none = end === "source" ? "Nothing: inputs begin here." : "Nothing that this graph shows.";
  const list = html("ul", {});
  const largest = Math.max(0, ...edges.map(({ weight, share }) => (end === "source" ? Math.abs(weight) : share)));
  const fill = (most: number): void => list.replaceChildren(...edges.slice(0, most).map((edge) => row(session, edge, end, largest)));
  fill(AT_FIRST);
  const box = html("div", { class: `links ${end}` }, html("h4", {}, title, html("small", {}, edges.length === 0 ? "" : count(edges.length, "link"))));
  if (edges.length === 0) box.append(html("p", { class: "hint" }, none));
  box.append(list);
  if (edges.length > AT_FIRST) {
    const more = button({ class: "quiet" }, () => (fill(edges.length), more.remove()), `Show all ${edges.length}`);
    box.append(more);
  }
  return box;
}

function row({ trace, store }: Session, edge: ViewEdge, end: "source" | "target", largest: number): HTMLElement {
  const other = edge[end];
  const token = trace.prompt.tokens.find(({ position }) => position === other.position);
  const isToken = other.kind === "token" || other.kind === "logit";
  const size = (end === "source" ? Math.abs(edge.weight) : edge.share) * Math.sign(edge.weight);
  const step = button(
    { class: `link ${edge.weight < 0 ? "lower" : "raise"}`, "data-link": other.key },
    () => {
      store.update({ selected: other.key, path: -1, hovered: "" });
      document.querySelector<HTMLElement>("#details h3")?.focus();
    },
    html("span", { class: "name" }, isToken ? tokenText(other.node.label ?? "", 16) : nodeName(other)),
    html("span", { class: "says" }, !isToken && token !== undefined ? html("span", { class: "where" }, tokenText(token.text, 12), " ") : null, nodeLabel(other)),
    signedBar(size, largest),
    html("span", { class: "number", title: "Signed direct effect, in units of the target's value" }, signed(edge.weight)),
    html("span", { class: "share", title: "Share of the target's absolute input" }, percent(edge.share)),
  );
  const hover = (key: string) => (): void => store.update({ hovered: key });
  step.addEventListener("pointerenter", hover(other.key));
  step.addEventListener("pointerleave", hover(""));
  return html("li", {}, step);
}
