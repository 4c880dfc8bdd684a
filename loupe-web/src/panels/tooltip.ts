// What the pointer is over, in three lines.
import { html } from "../draw/element";
import type { Placed } from "../draw/layout";
import { amount, kindName, nodeLabel, nodeName, percent, tokenAt } from "../draw/text";
import { isUnit } from "../state/graph";
import type { Session } from "../state/session";

export interface Tooltip {
  readonly element: HTMLElement;
  show(place: Placed | undefined, window_: HTMLElement): void;
}

export function tooltip(session: Session): Tooltip {
  const { trace, store } = session;
  const element = html("div", { class: "tooltip", role: "presentation", hidden: true });
  const show = (place: Placed | undefined, window_: HTMLElement): void => {
    element.hidden = place === undefined;
    if (place === undefined) return;
    const { node } = place;
    const token = node.position === null ? "" : ` at ${tokenAt(trace, node.position)}`;
    const facts = [`influence ${percent(node.influence)}`];
    if (node.kind === "logit") facts.splice(0, 1, `probability ${percent(node.node.probability)}`);
    else if (isUnit(node.kind) && typeof node.node.value === "number") facts.push(`value ${amount(node.node.value)}`);
    const { view } = session;
    const pinned = view.find(store.state.selected);
    const edge = pinned && [...view.inputs(pinned.key), ...view.outputs(pinned.key)].find(({ source, target }) => source === node || target === node);
    if (edge) facts.push(`${edge.weight < 0 ? "lowers" : "raises"} by ${amount(Math.abs(edge.weight))}`);
    element.replaceChildren(
      html("strong", {}, `${isUnit(node.kind) || node.kind === "remainder" ? "" : `${kindName(node.kind)} `}${nodeName(node)}`),
      html("span", { class: "where" }, token),
      html("span", { class: "says" }, nodeLabel(node)),
      html("span", { class: "facts" }, facts.join(" · ")),
    );
    const x = place.x - window_.scrollLeft + window_.offsetLeft;
    const y = place.y - window_.scrollTop + window_.offsetTop;
    const width = element.offsetWidth;
    const height = element.offsetHeight;
    const room = window_.offsetLeft + window_.clientWidth;
    element.style.left = `${Math.max(4, Math.min(room - width - 4, x - width / 2))}px`;
    element.style.top = `${y - place.ry - height - 10 < 0 ? y + place.ry + 10 : y - place.ry - height - 10}px`;
  };
  return { element, show };
}
