// How to read the graph: only the kinds that this trace has.
import { html, svg, type Child } from "../draw/element";
import { isHollow, outline } from "../draw/shapes";
import { kindName } from "../draw/text";
import { glossed } from "../frame/glossary";
import { isBias, unitName, type ViewKind } from "../state/graph";
import type { Session } from "../state/session";

const ORDER: readonly ViewKind[] = ["token", "position", "neuron", "feature", "group", "remainder", "error", "mlpBias"];

export function legend({ trace, view, store }: Session): HTMLElement {
  const names: Readonly<Record<string, string>> = { mlpBias: "bias", remainder: `${unitName(trace)}s not listed, summed` };
  const present = new Set<ViewKind>(view.nodes.map(({ kind }) => (isBias(kind) ? "mlpBias" : kind)));
  const isHeld = view.nodes.some(({ held }) => held);
  const kinds = ORDER.filter((kind) => present.has(kind)).map((kind) => {
    const entry = item(sample(kind), ...glossed(names[kind] ?? kindName(kind).toLowerCase()));
    if (isBias(kind)) store.watch(["biases"], () => (entry.hidden = !store.state.biases));
    return entry;
  });
  return html(
    "ul",
    { class: "legend", "aria-label": "Legend" },
    item(line("raise"), "+ raises its target"),
    item(line("lower"), "− lowers its target"),
    item(wedge(), "width: share of the target’s input"),
    item(dots(), "size: share of the answer that runs through"),
    ...kinds,
    isHeld ? item(sample("remainder", " held"), "first position, held") : null,
  );
}

function item(picture: SVGElement, ...text: Child[]): HTMLElement {
  return html("li", {}, picture, ...text);
}

function line(look: string): SVGElement {
  return svg("svg", { viewBox: "0 0 28 12", class: `line ${look}`, "aria-hidden": "true" }, svg("path", { d: "M1 6h26" }));
}

function wedge(): SVGElement {
  return svg("svg", { viewBox: "0 0 28 12", class: "wedge", "aria-hidden": "true" }, svg("path", { d: "M1 5.7L27 3v6L1 6.3z" }));
}

function dots(): SVGElement {
  const dot = (cx: number, r: number): SVGElement => svg("circle", { cx, cy: 6, r });
  return svg("svg", { viewBox: "0 0 28 12", class: "wedge dots", "aria-hidden": "true" }, dot(4, 2), dot(12, 3.5), dot(22, 5));
}

function sample(kind: ViewKind, look = ""): SVGElement {
  const [rx, ry] = kind === "remainder" ? [6.5, 3.4] : kind === "group" ? [6, 6] : [4.5, 4.5];
  const shape = svg("g", { class: `node ${kind}${isHollow(kind) ? " hollow" : ""}${look}` }, svg("path", { class: "shape", d: outline(kind, rx, ry) }));
  if (kind === "group") shape.append(svg("path", { class: "core", d: outline("neuron", 3.3, 3.3) }));
  return svg("svg", { viewBox: "-9 -8 18 16", class: "sample", "aria-hidden": "true" }, shape);
}
