// Edges: curves from a source up to its target. Sign is hue and dash, width is the share of the target's input.
import type { Emphasis } from "../state/emphasis";
import type { ViewEdge } from "../state/graph";
import type { Layout, Placed } from "./layout";

export interface Palette {
  readonly raise: string;
  readonly lower: string;
}

/** One drawn edge; level 0 is the faintest. */
export interface Stroke {
  readonly edge: ViewEdge;
  readonly from: Placed;
  readonly to: Placed;
  readonly width: number;
  readonly opacity: number;
}

/** Edges that the overview draws strongly, and those it draws so that they can be followed. */
const STRONG = 30;
const VISIBLE = 260;
const FAINT = 0.03;
/** Widths are rounded to this, so that many edges share one path. */
const WIDTH_STEP = 0.5;
const DASH: readonly number[] = [5, 4];

export function edgeWidth(share: number): number {
  return 0.4 + 4.2 * Math.sqrt(Math.min(1, Math.max(0, share)));
}

/** The edges to draw, faint ones first, for the nodes that are shown; those that touch no node in found step back. */
export function strokes(edges: readonly ViewEdge[], layout: Layout, shown: ReadonlySet<string>, found: ReadonlySet<string>, { edges: strong }: Emphasis): Stroke[] {
  const kept = edges.filter(({ source, target }) => shown.has(source.key) && shown.has(target.key));
  const byFlow = kept.map(({ flow }) => flow).sort((a, b) => b - a);
  const high = byFlow[Math.min(STRONG, Math.floor(byFlow.length * 0.1))] ?? 0;
  const middle = byFlow[Math.min(VISIBLE, Math.floor(byFlow.length * 0.4))] ?? 0;
  const opacity = (edge: ViewEdge): number => {
    if (strong !== null) return strong.has(edge) ? 0.85 : FAINT;
    if (!found.has(edge.source.key) && !found.has(edge.target.key)) return FAINT;
    return edge.flow > high ? 0.6 : edge.flow > middle ? 0.17 : 0.06;
  };
  const drawn = kept.flatMap((edge) => {
    const from = layout.placed.get(edge.source.key);
    const to = layout.placed.get(edge.target.key);
    if (from === undefined || to === undefined) return [];
    const width = edgeWidth(edge.share);
    return [{ edge, from, to, width: strong?.has(edge) ? Math.max(1.2, width) : width, opacity: opacity(edge) }];
  });
  return drawn.sort((a, b) => a.opacity - b.opacity);
}

/** The curve of an edge as start, two control points and end. */
export function curve({ from, to }: Pick<Stroke, "from" | "to">): readonly [number, number, number, number, number, number, number, number] {
  const startY = from.y - from.ry;
  const endY = to.y + to.ry;
  const bend = Math.max(10, Math.abs(startY - endY) * 0.45);
  return [from.x, startY, from.x, startY - bend, to.x, endY + bend, to.x, endY];
}

/** Draws the strokes that touch the window, which begins at (left, top) of the layout; one path for each look. */
export function paint(context: CanvasRenderingContext2D, drawn: readonly Stroke[], palette: Palette, left: number, top: number, width: number, height: number): void {
  context.clearRect(0, 0, width, height);
  const batches = new Map<string, { path: Path2D; stroke: Stroke; width: number }>();
  for (const stroke of drawn) {
    const [startX, startY, ax, ay, bx, by, endX, endY] = curve(stroke);
    if (Math.max(startX, endX) < left || Math.min(startX, endX) > left + width) continue;
    if (Math.max(startY, ay, by, endY) < top || Math.min(startY, ay, by, endY) > top + height) continue;
    const size = Math.max(1, Math.round(stroke.width / WIDTH_STEP));
    const look = `${stroke.opacity} ${stroke.edge.weight < 0 ? "-" : "+"} ${size}`;
    const batch = batches.get(look) ?? { path: new Path2D(), stroke, width: size * WIDTH_STEP };
    batches.set(look, batch);
    batch.path.moveTo(startX - left, startY - top);
    batch.path.bezierCurveTo(ax - left, ay - top, bx - left, by - top, endX - left, endY - top);
  }
  context.lineCap = "butt";
  for (const { path, stroke, width: lineWidth } of batches.values()) {
    const negative = stroke.edge.weight < 0;
    context.globalAlpha = stroke.opacity;
    context.lineWidth = lineWidth;
    context.strokeStyle = negative ? palette.lower : palette.raise;
    context.setLineDash(negative ? [...DASH] : []);
    context.stroke(path);
  }
  context.globalAlpha = 1;
}
