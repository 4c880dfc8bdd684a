// A plane of points to move in: by drag, wheel, two fingers, keys and buttons.
import { button, html } from "./element";
import { fitPixels, pointPainter, type PointPainter, type Points, type Window } from "./points";

/** In CSS pixels, as all that follows. */
const DIAMETER = 4.4;
const REACH = 14;
const CLICK = 4;
const STEP = 40;
/** How far can be zoomed in, and by how much at once. */
const MOST = 400;
const CLOSER = 1.4;

/** A ring around a point, `more` pixels wider than it. */
export interface Ring {
  readonly point: number;
  readonly more: number;
  readonly width: number;
}

export interface PlaneEvents {
  /** A point was pressed. */
  chosen(point: number): void;
  /** The pointer is at another point, or at none: -1. */
  hovered(point: number): void;
}

type Place = readonly [number, number];

/** Points on one canvas, and rings on another above it, which has the pointer and the keys. */
export class Plane {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly above: HTMLCanvasElement;
  private readonly painter: PointPainter;
  private readonly fingers = new Map<number, Place>();
  private rings: readonly Ring[] = [];
  private scale = 1;
  private left = 0;
  private top = 0;
  private hovered = -1;
  private waiting = false;

  /** @param at x and y of each point in a unit square */
  constructor(private readonly at: Float32Array, label: string, private readonly events: PlaneEvents) {
    this.canvas = html("canvas", { class: "points", "aria-hidden": "true" });
    this.above = html("canvas", { class: "plane", tabindex: 0, role: "img", "aria-label": label });
    const tool = (name: string, says: string, press: () => void): HTMLElement => button({ class: "quiet", "aria-label": says, title: says }, press, name);
    const tools = html("div", { class: "zoom" }, tool("+", "Zoom in", () => this.zoom(CLOSER)), tool("−", "Zoom out", () => this.zoom(1 / CLOSER)), tool("⤢", "Show all", () => this.whole()));
    this.element = html("div", { class: "frame" }, this.canvas, this.above, tools);
    this.painter = pointPainter(this.canvas, () => this.draw());
    this.follow();
    new ResizeObserver(() => this.draw()).observe(this.above);
  }

  /** What draws the points. */
  get by(): string {
    return this.painter.by;
  }

  /** Colours of the points and how much larger than usual they are, in the order in which they are to be drawn. */
  show(order: readonly number[], look: (point: number) => readonly [red: number, green: number, blue: number, opacity: number], larger: (point: number) => number): void {
    const points: Points = { at: new Float32Array(2 * order.length), colour: new Uint8Array(4 * order.length), size: new Float32Array(order.length) };
    order.forEach((point, i) => {
      points.at.set([this.at[2 * point] ?? 0, this.at[2 * point + 1] ?? 0], 2 * i);
      points.colour.set(look(point), 4 * i);
      points.size[i] = DIAMETER * larger(point);
    });
    this.painter.set(points);
    this.draw();
  }

  /** Rings around points, and nothing else. */
  mark(rings: readonly Ring[]): void {
    this.rings = rings;
    this.draw();
  }

  /** Moves the plane where a point would be out of sight. */
  reveal(point: number): void {
    const [x, y] = this.place(point);
    const { clientWidth: width, clientHeight: height } = this.above;
    if (x < 0 || y < 0 || x > width || y > height) {
      this.left += width / 2 - x;
      this.top += height / 2 - y;
    }
    this.draw();
  }

  whole(): void {
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    this.draw();
  }

  /** Once a frame, however often something changed. */
  private draw(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  private paint(): void {
    const grown = Math.min(3, Math.sqrt(this.scale));
    this.painter.draw(this.window(), grown);
    const pen = this.above.getContext("2d");
    if (pen === null || !fitPixels(this.above)) return;
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, this.above.clientWidth, this.above.clientHeight);
    pen.strokeStyle = getComputedStyle(this.above).color;
    for (const { point, more, width } of this.rings) {
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(...this.place(point), (DIAMETER * grown) / 2 + more, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  private window(): Window {
    const { clientWidth: width, clientHeight: height } = this.above;
    const side = Math.min(width, height);
    return { side: side * this.scale, left: ((width - side) / 2) * this.scale + this.left, top: ((height - side) / 2) * this.scale + this.top };
  }

  /** Where a point stands, in CSS pixels. */
  private place(point: number): Place {
    const { side, left, top } = this.window();
    return [(this.at[2 * point] ?? 0) * side + left, (this.at[2 * point + 1] ?? 0) * side + top];
  }

  /** The nearest point within reach; -1 for none. */
  private under([x, y]: Place): number {
    const { side, left, top } = this.window();
    let best = -1;
    let least = REACH * REACH;
    for (let i = 0; 2 * i < this.at.length; i++) {
      const away = ((this.at[2 * i] ?? 0) * side + left - x) ** 2 + ((this.at[2 * i + 1] ?? 0) * side + top - y) ** 2;
      if (away < least) {
        least = away;
        best = i;
      }
    }
    return best;
  }

  /** About a place, or about the middle. */
  private zoom(factor: number, [x, y]: Place = [this.above.clientWidth / 2, this.above.clientHeight / 2]): void {
    const scale = Math.min(MOST, Math.max(0.5, this.scale * factor));
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.draw();
  }

  private move(x: number, y: number): void {
    this.left += x;
    this.top += y;
    this.draw();
  }

  private hover(point: number): void {
    if (point === this.hovered) return;
    this.hovered = point;
    this.events.hovered(point);
  }

  private follow(): void {
    const { above, fingers } = this;
    let moved = 0;
    above.addEventListener("pointerdown", (event) => {
      if (fingers.size === 0) moved = 0;
      fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
      above.setPointerCapture(event.pointerId);
    });
    above.addEventListener("pointermove", (event) => {
      const to: Place = [event.offsetX, event.offsetY];
      const from = fingers.get(event.pointerId);
      if (from === undefined) {
        this.hover(this.under(to));
        return;
      }
      moved += Math.hypot(to[0] - from[0], to[1] - from[1]);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other !== undefined) {
        const apart = (one: Place): number => Math.hypot(one[0] - other[0], one[1] - other[1]);
        this.zoom(apart(to) / Math.max(1, apart(from)), [(from[0] + other[0]) / 2, (from[1] + other[1]) / 2]);
        this.move((to[0] - from[0]) / 2, (to[1] - from[1]) / 2);
      } else if (moved > CLICK) this.move(to[0] - from[0], to[1] - from[1]);
      fingers.set(event.pointerId, to);
    });
    const lifted = (event: PointerEvent): void => {
      const pressed = fingers.delete(event.pointerId) && event.type === "pointerup" && moved <= CLICK;
      const point = pressed ? this.under([event.offsetX, event.offsetY]) : -1;
      if (point >= 0) this.events.chosen(point);
    };
    above.addEventListener("pointerup", lifted);
    above.addEventListener("pointercancel", lifted);
    above.addEventListener("pointerleave", () => this.hover(-1));
    above.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), [event.offsetX, event.offsetY]);
    }, { passive: false });
    const keys: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.move(STEP, 0),
      ArrowRight: () => this.move(-STEP, 0),
      ArrowUp: () => this.move(0, STEP),
      ArrowDown: () => this.move(0, -STEP),
      "+": () => this.zoom(CLOSER),
      "=": () => this.zoom(CLOSER),
      "-": () => this.zoom(1 / CLOSER),
      "0": () => this.whole(),
    };
    above.addEventListener("keydown", (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
      if (act === undefined) return;
      act();
      event.preventDefault();
    });
  }
}

/** Places within a unit square, a margin left. */
export function fitted(xs: readonly (number | null)[], ys: readonly (number | null)[]): Float32Array {
  const range = (values: readonly (number | null)[]): Place => values.reduce<Place>(([low, high], value) => [Math.min(low, value ?? 0), Math.max(high, value ?? 0)], [Infinity, -Infinity]);
  const [left, right] = range(xs);
  const [top, bottom] = range(ys);
  const side = Math.max(right - left, bottom - top, 1e-9) * 1.06;
  return Float32Array.from({ length: 2 * xs.length }, (_, i) => {
    const value = (i % 2 === 0 ? xs : ys)[i >> 1] ?? 0;
    return 0.5 + (value - (i % 2 === 0 ? left + right : top + bottom) / 2) / side;
  });
}
