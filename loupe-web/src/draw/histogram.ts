// A histogram over a logarithmic axis. Heights are roots of counts: the rare strong activations are what people look for.
import { html, svg } from "./element";
import { amount } from "./text";

const WIDTH = 340;
const HEIGHT = 112;
const FOOT = 18;
const TICKS = 4;

/** @param edges one more than counts */
export function histogram(counts: readonly number[], edges: readonly number[]): HTMLElement {
  const most = Math.max(...counts);
  const step = WIDTH / counts.length;
  const bars = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1.5, Math.sqrt(count / most) * (HEIGHT - FOOT - 4));
    return svg(
      "rect",
      { class: "column", x: (i * step + 0.5).toFixed(2), y: (HEIGHT - FOOT - height).toFixed(2), width: Math.max(0.5, step - 1).toFixed(2), height: height.toFixed(2) },
      svg("title", {}, `${amount(edges[i])} to ${amount(edges[i + 1])}: ${count.toLocaleString("en")} tokens`),
    );
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => Math.round((i * counts.length) / TICKS)).map((at, i) =>
    svg("text", { class: "tick", x: at * step, y: HEIGHT - 4, "text-anchor": i === 0 ? "start" : i === TICKS ? "end" : "middle" }, amount(edges[at])),
  );
  const spoken = `Histogram of ${counts.reduce((sum, count) => sum + count, 0).toLocaleString("en")} activations from ${amount(edges[0])} to ${amount(edges.at(-1))}`;
  return html(
    "figure",
    { class: "histogram" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": spoken }, svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT }), ...bars, ...ticks),
  );
}
