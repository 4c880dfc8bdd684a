// The name at the head of every page.
import { html, svg } from "../draw/element";

export function brand(what: string): HTMLElement {
  return html("p", { class: "brand" }, mark(), "Loupe", html("span", {}, what));
}

function mark(): SVGElement {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("circle", { cx: 10, cy: 10, r: 6.5 }), svg("path", { d: "M14.8 14.8L21 21" }), svg("circle", { class: "dot", cx: 10, cy: 10, r: 2 }));
}
