// Means with their intervals on one axis, a row each: a dot with whiskers, and fainter ones to hold it against.
import { html, svg } from "./element";

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

const WIDTH = 720;
const ROW = 34;
const LEFT = 232;
const RIGHT = 16;
const FOOT = 24;

export function intervals(label: string, rows: readonly IntervalRow[], write: (value: number) => string): HTMLElement {
  const all = rows.flatMap(({ marks, ticks }) => [...marks.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]), ...ticks]);
  const low = Math.min(0, ...all);
  const high = Math.max(0, ...all);
  const span = high - low || 1;
  const x = (value: number): number => LEFT + ((value - low) / span) * (WIDTH - LEFT - RIGHT);
  const height = rows.length * ROW + FOOT;
  const step = nice(span / 5);
  const grid = Array.from({ length: Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1 }, (_, i) => (Math.ceil(low / step - 1e-9) + i) * step).flatMap((value) => [
    svg("line", { class: Math.abs(value) < step / 1e6 ? "grid zero" : "grid", x1: x(value), x2: x(value), y1: 0, y2: height - FOOT }),
    svg("text", { class: "tick", x: x(value), y: height - 6, "text-anchor": "middle" }, write(Math.abs(value) < step / 1e6 ? 0 : value)),
  ]);
  const lines = rows.flatMap(({ name, marks, ticks }, row) => {
    const middle = row * ROW + ROW / 2;
    return [
      svg("text", { class: "name", x: LEFT - 12, y: middle + 4, "text-anchor": "end" }, name),
      ...ticks.map((value) => svg("line", { class: "draw", x1: x(value), x2: x(value), y1: middle + 3, y2: middle + 11 })),
      ...marks.flatMap(({ value, low: from, high: to, kind }) => {
        const y = kind === "main" ? middle - 5 : middle + 7;
        return [
          from === null || to === null ? null : svg("line", { class: `whisker ${kind}`, x1: x(from), x2: x(to), y1: y, y2: y }),
          svg("circle", { class: `dot ${kind}`, cx: x(value), cy: y, r: kind === "main" ? 4.5 : 3.2 }, svg("title", {}, `${name}: ${write(value)}`)),
        ];
      }),
    ].filter((part) => part !== null);
  });
  return html("figure", { class: "intervals" }, svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label }, ...grid, ...lines));
}

function nice(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
}
