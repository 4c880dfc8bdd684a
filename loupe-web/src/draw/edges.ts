// Edges: curves from a source up to its target. Sign is hue and dash, width is the share of the target's input.
import type { Emphasis } from "../state/emphasis";
import type { ViewEdge, ViewNode } from "../state/graph";
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

/** Of so many edges all are drawn; in a denser graph those that lead the eye, and a second rank that can be followed. */
const SPARSE = 150;
const LEAD_TO_LOGITS = 45;
const LEAD_UNITS = 45;
const LEAD_INPUTS = 2;
const SECOND = 260;
const FROM_TOKENS = 0.16;
/** What the edges into all answers but the first are toned down to. */
const OTHER_ANSWERS = 0.4;
/** Of the edges of a node in question so many stand out. */
const FIRST_LINKS = 14;
const FAINT = 0.03;
/** Widths are rounded to this, so that many edges share one path. */
const WIDTH_STEP = 0.5;
const DASH: readonly number[] = [5, 4];

export function edgeWidth(share: number): number {
  return 0.5 + 3 * Math.sqrt(Math.min(1, Math.max(0, share)));
}

/** The edges to draw, faint ones first, for the nodes that are shown; those that touch no node in found step back. */
export function strokes(edges: readonly ViewEdge[], layout: Layout, shown: ReadonlySet<string>, found: ReadonlySet<string>, { edges: strong }: Emphasis): Stroke[] {
  const kept = edges.filter(({ source, target }) => shown.has(source.key) && shown.has(target.key));
  const rest = strong === null ? atRest(kept) : ofQuestion(strong);
  const opacity = (edge: ViewEdge): number => {
    const own = rest.get(edge) ?? 0;
    return strong !== null || found.has(edge.source.key) || found.has(edge.target.key) ? own : Math.min(own, FAINT);
  };
  const drawn = kept.flatMap((edge) => {
    const from = layout.placed.get(edge.source.key);
    const to = layout.placed.get(edge.target.key);
    const ink = opacity(edge);
    if (from === undefined || to === undefined || ink === 0) return [];
    const width = edgeWidth(edge.share);
    return [{ edge, from, to, width: strong?.has(edge) ? Math.max(1.2, width) : width, opacity: ink }];
  });
  return drawn.sort((a, b) => a.opacity - b.opacity);
}

/** How strongly each edge is drawn while nothing is in question; what is missing waits until it is asked for. */
function atRest(edges: readonly ViewEdge[]): Map<ViewEdge, number> {
  const falling = [...edges].sort((a, b) => b.flow - a.flow);
  if (falling.length <= SPARSE) return new Map(falling.map((edge) => [edge, edge.source.kind === "remainder" ? 0.2 : 0.5]));
  const listed = falling.filter(({ source }) => source.kind !== "remainder");
  const ink = new Map(falling.slice(0, SECOND).map((edge) => [edge, edge.source.kind === "remainder" ? 0.05 : 0.09]));
  const lead = (of: readonly ViewEdge[]): void => of.forEach((edge, rank) => ink.set(edge, rank < of.length * 0.25 ? 0.62 : rank < of.length * 0.6 ? 0.42 : 0.28));
  lead(listed.filter(({ target }) => target.kind === "logit").slice(0, LEAD_TO_LOGITS));
  lead(intoUnits(listed));
  const answer = Math.max(...falling.map(({ target }) => weightOf(target)));
  for (const [edge, own] of ink) if (edge.target.kind === "logit" && weightOf(edge.target) < answer) ink.set(edge, own * OTHER_ANSWERS);
  // Nearly all that enters the first layers comes from their own token: true, but no news.
  for (const edge of ink.keys()) if (edge.source.kind === "token" && edge.target.kind !== "logit") ink.set(edge, Math.min(FROM_TOKENS, ink.get(edge) ?? 0));
  return ink;
}

function weightOf({ kind, node }: ViewNode): number {
  return kind === "logit" ? (node.weight ?? node.probability ?? 1) : 0;
}

/** The strongest inputs of the units that matter most, so that ways can be followed down and not only the widest steps be seen. */
function intoUnits(falling: readonly ViewEdge[]): ViewEdge[] {
  const byTarget = new Map<ViewNode, ViewEdge[]>();
  for (const edge of falling) {
    if (edge.target.kind === "logit") continue;
    const inputs = byTarget.get(edge.target) ?? [];
    byTarget.set(edge.target, inputs);
    if (inputs.length < LEAD_INPUTS) inputs.push(edge);
  }
  return [...byTarget].sort(([a], [b]) => b.influence - a.influence).slice(0, LEAD_UNITS).flatMap(([, inputs]) => inputs);
}

function ofQuestion(strong: ReadonlySet<ViewEdge>): Map<ViewEdge, number> {
  const falling = [...strong].sort((a, b) => b.flow - a.flow);
  return new Map(falling.map((edge, rank) => [edge, rank < FIRST_LINKS ? 0.85 : edge.source.kind === "remainder" ? 0.14 : 0.3]));
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
