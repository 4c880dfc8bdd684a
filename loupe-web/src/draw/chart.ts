// A line chart: a few series over one axis, with a reading at the pointer.
import { html, svg } from "./element";
import { fitted, textSize } from "./fitted";
import { logTicks, ticks } from "./ticks";

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
  /** Until the page knows the width of its place. */
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
  /** Ends of the vertical axis; from the points when left out. One that does not begin at zero is marked as broken. */
  readonly range?: readonly [number, number];
  readonly logarithmic?: boolean;
  /** Where the horizontal axis is marked; at round numbers when left out. */
  readonly marks?: readonly number[];
  /** The horizontal axis by the logarithm of 1 + x. */
  readonly spread?: boolean;
  /** A value of x that a line and words point out. */
  readonly pointed?: { readonly x: number; readonly text: string } | undefined;
}

const MARGIN = { top: 10, right: 14, bottom: 22, left: 48 };

export function chart(axes: Axes, series: readonly Series[]): HTMLElement {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return html("p", { class: "note" }, "Nothing was measured.");
  const reading = html("output", { class: "reading" }, latest(axes, series));
  const place = html("div", { class: "plot" });
  const read = (x: number | null): void => {
    reading.textContent = x === null ? latest(axes, series) : readAt(axes, series, x);
  };
  fitted(place, axes.width, (width) => plot(axes, series, all, width, read));
  return html("figure", { class: "chart" }, html("figcaption", {}, html("span", { title: axes.label }, axes.label), reading), place);
}

function plot(axes: Axes, series: readonly Series[], all: readonly Point[], width: number, read: (x: number | null) => void): SVGElement {
  const { height } = axes;
  const size = textSize();
  const left = MARGIN.left * size;
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom * size;
  const top = axes.pointed === undefined ? MARGIN.top : MARGIN.top + 14 * size;
  const isLog = axes.logarithmic === true;
  const [low, high] = axes.range ?? span(all.map(({ y }) => y), isLog);
  const along = axes.spread === true ? (x: number): number => Math.log1p(x) : (x: number): number => x;
  const most = Math.max(...all.map(({ x }) => x), 1);
  const scale = isLog ? Math.log : (value: number): number => value;
  const px = (x: number): number => left + (along(x) / along(most)) * (right - left);
  const py = (y: number): number => {
    const share = (scale(Math.min(high, Math.max(low, y))) - scale(low)) / (scale(high) - scale(low));
    return bottom - share * (bottom - top);
  };
  const place = ({ x, y }: Point): string => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;

  const levels = isLog ? logTicks(low, high) : ticks(low, high, Math.max(2, Math.floor(height / (60 * size))));
  let free = Infinity;
  const grid = levels.flatMap(({ value, named }) => {
    const y = py(value);
    const room = named && free - y >= 13 * size;
    if (room) free = y;
    return [svg("line", { class: named ? "grid" : "grid minor", x1: left, x2: right, y1: y, y2: y }), room ? svg("text", { class: "tick", x: left - 7, y: y + 4, "text-anchor": "end" }, axes.y(value)) : null];
  });
  const marks = axes.marks ?? ticks(0, most, Math.max(2, Math.floor(width / (140 * size)))).map(({ value }) => value);
  const feet = apart(marks, px, Math.max(...marks.map((x) => axes.x(x).length)) * 7 * size + 8).map((x) => svg("text", { class: "tick", x: px(x), y: height - 5, "text-anchor": x === 0 ? "start" : x === most ? "end" : "middle" }, axes.x(x)));
  const lines = series.flatMap(({ kind, points, dots }) => [
    band(points, px, py, kind),
    svg("path", { class: `line ${kind}`, d: points.map((point, i) => `${i === 0 ? "M" : "L"}${place(point)}`).join("") }),
    ...(dots === true ? points.map(({ x, y }) => svg("circle", { class: `dot ${kind}`, cx: px(x), cy: py(y), r: 2.6 })) : []),
  ]);
  const broken = !isLog && low > 0 ? svg("path", { class: "break", d: `M${left} ${bottom - 16}v4l-5 2.5 10 4-10 4 5 2.5v5` }, svg("title", {}, `The axis begins at ${axes.y(low)}, not at zero.`)) : null;
  const pointed = axes.pointed === undefined ? [] : pointer(axes.pointed, px, { left, right, bottom });
  const cursor = svg("line", { class: "cursor", y1: MARGIN.top, y2: bottom, visibility: "hidden" });
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken(axes, series) }, ...grid, ...feet, ...lines, ...pointed, broken, cursor);
  picture.addEventListener("pointermove", (event) => {
    const at = event.clientX - picture.getBoundingClientRect().left;
    const nearest = all.reduce((best, point) => (Math.abs(px(point.x) - at) < Math.abs(px(best.x) - at) ? point : best));
    cursor.setAttribute("x1", String(px(nearest.x)));
    cursor.setAttribute("x2", String(px(nearest.x)));
    cursor.setAttribute("visibility", "visible");
    read(nearest.x);
  });
  picture.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    read(null);
  });
  return picture;
}

/** Of the marks those that leave each other room, the last one always. */
function apart(marks: readonly number[], px: (x: number) => number, room: number): number[] {
  let free = Infinity;
  return marks.toReversed().filter((x) => {
    if (free - px(x) < room) return false;
    free = px(x);
    return true;
  });
}

/** The words stand on the side of the line that has more room. */
function pointer({ x, text }: { readonly x: number; readonly text: string }, px: (x: number) => number, { left, right, bottom }: { readonly left: number; readonly right: number; readonly bottom: number }): SVGElement[] {
  const at = px(x);
  const isLeft = at - left > right - at;
  return [
    svg("line", { class: "pointed", x1: at, x2: at, y1: 4, y2: bottom }),
    svg("text", { class: "pointed-text", x: at + (isLeft ? -6 : 6), y: 14, "text-anchor": isLeft ? "end" : "start" }, text),
  ];
}

function band(points: readonly Point[], px: (x: number) => number, py: (y: number) => number, kind: Series["kind"]): SVGElement | null {
  const ends = points.filter((point) => point.low !== undefined && point.high !== undefined);
  if (ends.length < 2) return null;
  const upper = ends.map((point) => `${px(point.x).toFixed(1)} ${py(point.high ?? 0).toFixed(1)}`);
  const lower = ends.toReversed().map((point) => `${px(point.x).toFixed(1)} ${py(point.low ?? 0).toFixed(1)}`);
  return svg("path", { class: `band ${kind}`, d: `M${[...upper, ...lower].join("L")}Z` });
}

function closest(points: readonly Point[], x: number): Point {
  return points.reduce((best, point) => (Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best));
}

/** The values nearest to a place; a series that has none there says where its own is. */
function readAt(axes: Axes, series: readonly Series[], x: number): string {
  const found = series.filter(({ points }) => points.length > 0).map(({ name, points }) => ({ name: series.length > 1 ? `${name} ` : "", point: closest(points, x) }));
  const isOne = found.every(({ point }) => point.x === found[0]?.point.x);
  const values = found.map(({ name, point }) => `${name}${axes.y(point.y)}${isOne ? "" : ` at ${axes.x(point.x)}`}`);
  return `${values.join(" · ")}${isOne ? ` at ${axes.x(found[0]?.point.x ?? x)}` : ""}`;
}

function latest(axes: Axes, series: readonly Series[]): string {
  return readAt(axes, series, Math.max(...series.flatMap(({ points }) => points.map(({ x }) => x))));
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
