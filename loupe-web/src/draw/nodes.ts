// Nodes as SVG elements that can be focused, named and pressed.
import type { Trace } from "../api/trace";
import { svg } from "./element";
import type { Placed } from "./layout";
import { isHollow, outline } from "./shapes";
import { nodeSentence } from "./text";

/** The element of a node: group with a generous area to hit, its outline, and its caption if it has one. */
export function nodeElement(trace: Trace, placed: Placed): SVGGElement {
  const { node, x, y, rx, ry, caption } = placed;
  const element = svg(
    "g",
    {
      class: `node ${node.kind}${isHollow(node.kind) ? " hollow" : ""}${node.held ? " held" : ""}${isSmall(placed) ? " small" : ""}`,
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
      role: "button",
      tabindex: -1,
      "data-key": node.key,
      "aria-label": nodeSentence(trace, node),
      "aria-pressed": "false",
    },
    svg("circle", { class: "reach", r: Math.max(9, ry + 1) }),
    svg("path", { class: "ring", d: outline(node.kind, rx + 3.5, ry + 3.5) }),
    svg("path", { class: "shape", d: outline(node.kind, rx, ry) }),
  );
  if (node.kind === "group") element.append(svg("path", { class: "core", d: outline("neuron", rx * 0.55, ry * 0.55) }));
  if (caption !== "") element.append(node.kind === "logit" ? svg("text", { class: "caption", dy: "0.34em" }, caption) : svg("text", { class: "word", x: rx + 4, dy: "0.34em" }, caption));
  return element;
}

/** Whether it is a logit other than the answer. */
export function isSmall({ node, ry }: Placed): boolean {
  return node.kind === "logit" && ry < 12;
}
