// A histogram over a logarithmic axis. Heights are roots of counts: the rare strong activations are what people look for.
import { html, svg } from "./element";
import { fitted, textSize } from "./fitted";
import { amount } from "./text";
import { logTicks } from "./ticks";

const HEIGHT = 112;
const FOOT = 18;

/** @param edges one more than counts, each a fixed factor above the last */
export function histogram(counts: readonly number[], edges: readonly number[]): HTMLElement {
  const place = html("div", { class: "plot" });
  fitted(place, 340, (width) => plot(counts, edges, width));
  return html("figure", { class: "histogram" }, place);
}

function plot(counts: readonly number[], edges: readonly number[], width: number): SVGElement {
  const size = textSize();
  const height = HEIGHT + FOOT * (size - 1);
  const base = HEIGHT - FOOT;
  const most = Math.max(...counts);
  const step = width / counts.length;
  const bars = counts.map((count, i) => {
    const tall = count === 0 ? 0 : Math.max(1.5, Math.sqrt(count / most) * (base - 4));
    return svg(
      "rect",
      { class: "column", x: (i * step + 0.5).toFixed(2), y: (base - tall).toFixed(2), width: Math.max(0.5, step - 1).toFixed(2), height: tall.toFixed(2) },
      svg("title", {}, `${amount(edges[i])} to ${amount(edges[i + 1])}: ${count.toLocaleString("en")} tokens`),
    );
  });
  const first = Math.max(edges[0] ?? 1, 1e-30);
  const last = Math.max(edges.at(-1) ?? 1, first * 1.001);
  const x = (value: number): number => (Math.log(value / first) / Math.log(last / first)) * width;
  let free = -Infinity;
  const marks = logTicks(first, last).flatMap(({ value, named }) => {
    const at = x(value);
    const half = amount(value).length * 3.2 * size;
    const room = named && at - half > free && at + half < width && at > half;
    if (room) free = at + half + 6;
    return [svg("line", { class: "grid", x1: at, x2: at, y1: base, y2: base + (named ? 4 : 2) }), room ? svg("text", { class: "tick", x: at, y: height - 2, "text-anchor": "middle" }, brief(value)) : null];
  });
  const spoken = `Histogram of ${counts.reduce((sum, count) => sum + count, 0).toLocaleString("en")} activations from ${amount(edges[0])} to ${amount(edges.at(-1))}`;
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken }, svg("line", { class: "grid", x1: 0, x2: width, y1: base, y2: base }), ...bars, ...marks);
}

/** A tick's number: 0.5 rather than 0.50. */
function brief(value: number): string {
  return amount(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}
