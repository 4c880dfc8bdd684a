// Means with their intervals on one axis, a row each: a dot with whiskers, and fainter ones to hold it against.
import { html, svg } from "./element";
import { fitted, textSize } from "./fitted";
import { ticks } from "./ticks";

export interface Mark {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly kind: "main" | "quiet";
}

export interface IntervalRow {
  readonly name: string;
  readonly marks: readonly Mark[];
  /** Single values, as small ticks. */
  readonly ticks: readonly number[];
}

const ROW = 34;
const LEFT = 232;
const RIGHT = 16;
const FOOT = 24;
/** Below this width a row's name stands above its marks. */
const NARROW = 520;

export function intervals(label: string, rows: readonly IntervalRow[], write: (value: number) => string): HTMLElement {
  const place = html("div", { class: "plot" });
  fitted(place, 720, (width) => plot(label, rows, write, width));
  return html("figure", { class: "intervals" }, place);
}

function plot(label: string, rows: readonly IntervalRow[], write: (value: number) => string, width: number): SVGElement {
  const size = textSize();
  const isNarrow = width < NARROW * size;
  const left = isNarrow ? 20 : LEFT * size;
  const lift = isNarrow ? 16 * size : 0;
  const row_ = ROW + lift;
  const all = rows.flatMap(({ marks, ticks: some }) => [...marks.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]), ...some]);
  const low = Math.min(0, ...all);
  const high = Math.max(0, ...all);
  const span = high - low || 1;
  const x = (value: number): number => left + ((value - low) / span) * (width - left - RIGHT);
  const foot = FOOT * size;
  const height = rows.length * row_ + foot;
  const grid = ticks(low, high, Math.max(2, Math.min(5, Math.floor(width / (90 * size))))).flatMap(({ value }) => {
    const isZero = Math.abs(value) < span / 1e6;
    return [
      svg("line", { class: isZero ? "grid zero" : "grid", x1: x(value), x2: x(value), y1: 0, y2: height - foot }),
      svg("text", { class: "tick", x: x(value), y: height - 6, "text-anchor": "middle" }, write(isZero ? 0 : value)),
    ];
  });
  const lines = rows.flatMap(({ name, marks, ticks: some }, row) => {
    const middle = row * row_ + lift + ROW / 2;
    return [
      isNarrow ? svg("text", { class: "name", x: 4, y: middle - 12, "text-anchor": "start" }, name) : svg("text", { class: "name", x: left - 12, y: middle + 4, "text-anchor": "end" }, name),
      ...some.map((value) => svg("line", { class: "draw", x1: x(value), x2: x(value), y1: middle + 3, y2: middle + 11 })),
      ...marks.flatMap(({ value, low: from, high: to, kind }) => {
        const y = marks.length + some.length === 1 ? middle : kind === "main" ? middle - 5 : middle + 7;
        return [
          from === null || to === null ? null : svg("line", { class: `whisker ${kind}`, x1: x(from), x2: x(to), y1: y, y2: y }),
          svg("circle", { class: `dot ${kind}`, cx: x(value), cy: y, r: kind === "main" ? 4.5 : 3.2 }, svg("title", {}, `${name}: ${write(value)}`)),
        ];
      }),
    ];
  });
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...grid, ...lines);
}
