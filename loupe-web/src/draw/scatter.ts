// Points by two figures, each with its name beside it; those that are measured here stand out from those they are compared with.
import { html, svg } from "./element";
import { fitted, textSize } from "./fitted";
import { amount } from "./text";
import { logTicks, ticks } from "./ticks";

export interface Dot {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly kind: "main" | "quiet";
}

const HEIGHT = 280;
const MARGIN = { top: 12, right: 16, bottom: 38, left: 54 };

/** Both axes from the points, x straight and y logarithmic. */
export function scatter(label: string, xName: string, yName: string, dots: readonly Dot[]): HTMLElement {
  const place = html("div", { class: "plot" });
  fitted(place, 640, (width) => plot(label, xName, yName, dots.filter(({ x, y }) => Number.isFinite(x) && y > 0), width));
  return html("figure", { class: "scatter" }, place);
}

function plot(label: string, xName: string, yName: string, dots: readonly Dot[], width: number): SVGElement {
  const size = textSize();
  const left = MARGIN.left * size;
  const bottom = HEIGHT - MARGIN.bottom * size;
  const xs = dots.map(({ x }) => x);
  const pad = Math.max((Math.max(...xs) - Math.min(...xs)) * 0.25, Math.max(...xs) * 0.06);
  const least = Math.max(0, Math.min(...xs) - pad);
  const most = Math.max(...xs) + pad;
  const low = Math.min(...dots.map(({ y }) => y)) / 1.4;
  const high = Math.max(...dots.map(({ y }) => y)) * 1.4;
  const px = (x: number): number => left + ((x - least) / (most - least)) * (width - left - MARGIN.right);
  const py = (y: number): number => bottom - (Math.log(y / low) / Math.log(high / low)) * (bottom - MARGIN.top);
  const grid = logTicks(low, high).flatMap(({ value, named }) => [
    svg("line", { class: named ? "grid" : "grid minor", x1: left, x2: width - MARGIN.right, y1: py(value), y2: py(value) }),
    named ? svg("text", { class: "tick", x: left - 7, y: py(value) + 4, "text-anchor": "end" }, amount(value)) : null,
  ]);
  const feet = ticks(least, most, Math.max(2, Math.floor(width / (120 * size)))).map(({ value }) => svg("text", { class: "tick", x: px(value), y: bottom + 14 * size, "text-anchor": "middle" }, String(Math.round(value * 100) / 100)));
  let free: { x: number; y: number }[] = [];
  const marks = dots.toSorted((a, b) => Number(b.kind === "main") - Number(a.kind === "main") || a.y - b.y).map(({ name, x, y, kind }) => {
    const toLeft = px(x) > width * 0.55;
    // Names of near points stand below each other.
    let at = py(y) + 4;
    while (free.some((other) => Math.abs(other.y - at) < 13 * size && Math.abs(other.x - px(x)) < 170 * size)) at += 13 * size;
    free = [...free, { x: px(x), y: at }];
    const isMoved = at > py(y) + 5;
    return svg(
      "g",
      {},
      isMoved ? svg("line", { class: "leader", x1: px(x), y1: py(y), x2: px(x) + (toLeft ? -8 : 8), y2: at - 4 }) : null,
      svg("circle", { class: `dot ${kind}`, cx: px(x), cy: py(y), r: kind === "main" ? 5 : 3.5 }),
      svg("text", { class: `name ${kind}`, x: px(x) + (toLeft ? -9 : 9), y: at, "text-anchor": toLeft ? "end" : "start" }, name),
    );
  });
  const names = [
    svg("text", { class: "axis", x: width - MARGIN.right, y: HEIGHT - 5, "text-anchor": "end" }, `${xName} →`),
    svg("text", { class: "axis", x: 2, y: HEIGHT - 5 }, `↑ ${yName}`),
  ];
  return svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label }, ...grid, ...feet, ...names, ...marks);
}
