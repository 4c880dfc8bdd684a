// The graph as one SVG file for print: white ground, sign by hue and dash, its provenance written into it.
import type { Trace } from "../api/trace";
import type { Emphasis } from "../state/emphasis";
import { svg } from "./element";
import { curve, type Stroke } from "./edges";
import type { Layout } from "./layout";
import { isHollow, outline } from "./shapes";
import { shorten, visible } from "./text";

const INK = "#1f2430";
const GREY = "#6a7080";
const RAISE = "#0067a5";
const LOWER = "#b54708";
const MARGIN = { left: 64, right: 24, top: 64, bottom: 46 };
const LINE = 14;

/** The picture as SVG text; of the nodes in shown; provenance stands below the graph. */
export function picture(trace: Trace, layout: Layout, drawn: readonly Stroke[], shown: ReadonlySet<string>, strong: Emphasis, provenance: readonly string[]): string {
  const width = layout.width + MARGIN.left + MARGIN.right;
  const lines = provenance.flatMap((line) => wrap(line, Math.floor((width - 48) / 5.4)));
  const height = MARGIN.top + layout.height + MARGIN.bottom + lines.length * LINE + 28;
  const text = (x: number, y: number, size: number, content: string, more: Record<string, string> = {}): SVGElement =>
    svg("text", { x, y, "font-size": size, fill: INK, ...more }, content);
  const graph = svg("g", { transform: `translate(${MARGIN.left} ${MARGIN.top})` }, edges(drawn), nodes(layout, shown, strong), axes(trace, layout));
  const root = svg(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": "Helvetica, Arial, sans-serif" },
    svg("title", {}, trace.question),
    svg("metadata", {}, JSON.stringify({ model: trace.model, settings: trace.settings, provenance: trace.provenance })),
    svg("rect", { width, height, fill: "#ffffff" }),
    text(24, 30, 17, shorten(trace.question, Math.floor(width / 8.4)), { "font-family": "Georgia, serif" }),
    text(24, 48, 10, "Solid blue raises its target, dashed orange lowers it; width is the share of the target’s input.", { fill: GREY }),
    graph,
    ...lines.map((line, index) => text(24, height - 20 - (lines.length - 1 - index) * LINE, 9, line, { fill: GREY })),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

function edges(drawn: readonly Stroke[]): SVGElement {
  const group = svg("g", { fill: "none" });
  for (const stroke of drawn) {
    const negative = stroke.edge.weight < 0;
    const [x, y, ...rest] = curve(stroke).map((value) => value.toFixed(1));
    const d = `M${x} ${y}C${rest.join(" ")}`;
    const look = { d, stroke: negative ? LOWER : RAISE, "stroke-width": stroke.width.toFixed(2), "stroke-opacity": Math.max(0.06, stroke.opacity) };
    group.append(svg("path", negative ? { ...look, "stroke-dasharray": "5 4" } : look));
  }
  return group;
}

function nodes(layout: Layout, shown: ReadonlySet<string>, strong: Emphasis): SVGElement {
  const group = svg("g");
  for (const { node, x, y, rx, ry, caption } of layout.placed.values()) {
    if (!shown.has(node.key)) continue;
    const hollow = isHollow(node.kind) || node.kind === "logit" || node.kind === "group";
    const look = { d: outline(node.kind, rx, ry), fill: hollow ? "#ffffff" : INK, stroke: INK, "stroke-width": 1 };
    const shape = svg("path", node.kind === "remainder" ? { ...look, "stroke-dasharray": "2 2" } : look);
    const opacity = strong.edges === null || strong.nodes.has(node.key) ? 1 : 0.3;
    const element = svg("g", { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, opacity }, shape);
    if (node.kind === "group") element.append(svg("path", { d: outline("neuron", rx * 0.55, ry * 0.55), fill: INK }));
    if (caption !== "") element.append(node.kind === "logit" ? words(caption, ry < 12 ? 10.5 : 12, { "text-anchor": "middle" }) : words(caption, 10.5, { x: String(rx + 4) }));
    group.append(element);
  }
  return group;
}

function words(text: string, size: number, more: Record<string, string>): SVGElement {
  return svg("text", { dy: "0.34em", "font-size": size, fill: INK, ...more }, text);
}

function axes(trace: Trace, { columns, rows, height }: Layout): SVGElement {
  const group = svg("g", { "font-size": 10, fill: GREY });
  for (const { layer, y, height: rowHeight, occupied } of rows) {
    if (!occupied && layer >= 0) continue;
    const name = layer === trace.model.layers ? "logits" : layer < 0 ? "tokens" : String(layer);
    group.append(svg("text", { x: -12, y: y + rowHeight / 2, dy: "0.34em", "text-anchor": "end" }, name));
  }
  for (const { first, kind, text, x, width } of columns) {
    const token = trace.prompt.tokens.find(({ position }) => position === first);
    const label = kind === "token" && token !== undefined ? shorten(visible(token.text), 16) : text;
    const bold = first === trace.at ? "700" : "400";
    group.append(svg("text", { x: x + width / 2, y: height + 16, "text-anchor": "middle", "font-size": 12, fill: INK, "font-weight": bold }, label));
  }
  return group;
}

function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > most) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
