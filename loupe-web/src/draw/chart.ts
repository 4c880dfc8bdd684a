// A line chart: a few series over one axis, with a reading at the pointer.
import { html, svg } from "./element";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The interval around y, drawn as a band. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  /** Which of the palette's strokes. */
  readonly kind: "main" | "quiet";
  readonly points: readonly Point[];
  /** Whether single points are marked. */
  readonly dots?: boolean;
}

export interface Axes {
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
  /** Ends of the vertical axis; from the points when left out. */
  readonly range?: readonly [number, number];
  readonly logarithmic?: boolean;
}

const MARGIN = { top: 10, right: 14, bottom: 22, left: 48 };

export function chart(axes: Axes, series: readonly Series[]): HTMLElement {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return html("p", { class: "note" }, "Nothing was measured.");
  const { width, height } = axes;
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const [low, high] = axes.range ?? span(all.map(({ y }) => y), axes.logarithmic === true);
  const most = Math.max(...all.map(({ x }) => x), 1);
  const scale = axes.logarithmic === true ? Math.log : (value: number): number => value;
  const px = (x: number): number => MARGIN.left + (x / most) * (right - MARGIN.left);
  const py = (y: number): number => {
    const share = (scale(Math.min(high, Math.max(low, y))) - scale(low)) / (scale(high) - scale(low));
    return bottom - share * (bottom - MARGIN.top);
  };
  const place = ({ x, y }: Point): string => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;

  const grid = (axes.logarithmic === true ? logTicks(low, high) : ticks(low, high, Math.max(2, Math.floor(height / 60)))).flatMap((y) => [
    svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: py(y), y2: py(y) }),
    svg("text", { class: "tick", x: MARGIN.left - 7, y: py(y) + 4, "text-anchor": "end" }, axes.y(y)),
  ]);
  const feet = ticks(0, most, Math.max(2, Math.floor(width / 140))).map((x) =>
    svg("text", { class: "tick", x: px(x), y: height - 5, "text-anchor": x === 0 ? "start" : "middle" }, axes.x(x)),
  );
  const lines = series.flatMap(({ kind, points, dots }) => [
    band(points, px, py),
    svg("path", { class: `line ${kind}`, d: points.map((point, i) => `${i === 0 ? "M" : "L"}${place(point)}`).join("") }),
    ...(dots === true ? points.map(({ x, y }) => svg("circle", { class: `dot ${kind}`, cx: px(x), cy: py(y), r: 2.4 })) : []),
  ]);
  const cursor = svg("line", { class: "cursor", y1: MARGIN.top, y2: bottom, visibility: "hidden" });
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken(axes, series) },
    ...grid,
    ...feet,
    ...lines.filter((line) => line !== null),
    cursor,
  );
  const reading = html("output", { class: "reading" }, latest(axes, series));
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const x = ((((event.clientX - box.left) / box.width) * width - MARGIN.left) / (right - MARGIN.left)) * most;
    const nearest = closest(all, x);
    cursor.setAttribute("x1", String(px(nearest.x)));
    cursor.setAttribute("x2", String(px(nearest.x)));
    cursor.setAttribute("visibility", "visible");
    reading.textContent = read(axes, series, nearest.x);
  });
  picture.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    reading.textContent = latest(axes, series);
  });
  return html("figure", { class: "chart" }, html("figcaption", {}, html("span", { title: axes.label }, axes.label), reading), picture);
}

function band(points: readonly Point[], px: (x: number) => number, py: (y: number) => number): SVGElement | null {
  const ends = points.filter((point) => point.low !== undefined && point.high !== undefined);
  if (ends.length < 2) return null;
  const upper = ends.map((point) => `${px(point.x).toFixed(1)} ${py(point.high ?? 0).toFixed(1)}`);
  const lower = ends.toReversed().map((point) => `${px(point.x).toFixed(1)} ${py(point.low ?? 0).toFixed(1)}`);
  return svg("path", { class: "band", d: `M${[...upper, ...lower].join("L")}Z` });
}

function closest(points: readonly Point[], x: number): Point {
  return points.reduce((best, point) => (Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best));
}

function read(axes: Axes, series: readonly Series[], x: number): string {
  const values = series
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => `${series.length > 1 ? `${name} ` : ""}${axes.y(closest(points, x).y)}`);
  return `${values.join(" · ")} at ${axes.x(x)}`;
}

function latest(axes: Axes, series: readonly Series[]): string {
  return read(axes, series, Math.max(...series.flatMap(({ points }) => points.map(({ x }) => x))));
}

function spoken(axes: Axes, series: readonly Series[]): string {
  const parts = series.map(({ name, points }) => {
    const first = points[0];
    const last = points.at(-1);
    return first === undefined || last === undefined ? `${name}: nothing` : `${name} from ${axes.y(first.y)} to ${axes.y(last.y)}`;
  });
  return `${axes.label}: ${parts.join("; ")}`;
}

function span(values: readonly number[], logarithmic: boolean): [number, number] {
  const finite = values.filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  const low = logarithmic ? Math.min(...finite) : 0;
  const high = Math.max(...finite);
  return high > low ? [low, high] : [low, low + 1];
}

/** Round numbers within the range, about so many. */
function ticks(low: number, high: number, about: number): number[] {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function logTicks(low: number, high: number): number[] {
  const marks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    marks.push(...[1, 1.5, 2, 3, 4, 6, 8].map((factor) => factor * power).filter((mark) => mark >= low && mark <= high));
  }
  return marks.length >= 2 ? marks : ticks(low, high, 3);
}
