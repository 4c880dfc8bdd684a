// The outline of each kind of node, around (0, 0), for the screen and for the exported picture alike.
import type { ViewKind } from "../state/graph";

export function outline(kind: ViewKind, rx: number, ry: number): string {
  switch (kind) {
    case "neuron":
    case "feature":
    case "group":
      return `M${n(-rx)} 0a${n(rx)} ${n(ry)} 0 1 1 ${n(2 * rx)} 0a${n(rx)} ${n(ry)} 0 1 1 ${n(-2 * rx)} 0Z`;
    case "token":
      return roundedBox(rx, ry, 2);
    case "logit":
      return roundedBox(rx, ry, ry);
    case "remainder":
      return roundedBox(rx, ry, 2);
    case "position":
      return `M0 ${n(-ry)}L${n(rx)} 0L0 ${n(ry)}L${n(-rx)} 0Z`;
    case "embeddingBias":
    case "attentionBias":
    case "mlpBias":
    case "ownBias":
      return `M0 ${n(-ry)}L${n(rx)} ${n(ry * 0.8)}L${n(-rx)} ${n(ry * 0.8)}Z`;
    case "error":
      return `M${n(-rx / 2)} ${n(-ry)}L${n(rx / 2)} ${n(-ry)}L${n(rx)} 0L${n(rx / 2)} ${n(ry)}L${n(-rx / 2)} ${n(ry)}L${n(-rx)} 0Z`;
    default:
      // A kind that a later writer of the same schema adds.
      return outline("neuron", rx, ry);
  }
}

/** Kinds that no single unit stands for are drawn hollow. */
export function isHollow(kind: ViewKind): boolean {
  return kind === "remainder" || kind === "error" || kind.endsWith("Bias") || kind === "position";
}

function roundedBox(rx: number, ry: number, corner: number): string {
  const c = Math.min(corner, rx, ry);
  const w = 2 * (rx - c);
  const h = 2 * (ry - c);
  const arc = (dx: number, dy: number): string => `a${n(c)} ${n(c)} 0 0 1 ${n(dx)} ${n(dy)}`;
  return `M${n(-rx + c)} ${n(-ry)}h${n(w)}${arc(c, c)}v${n(h)}${arc(-c, c)}h${n(-w)}${arc(-c, -c)}v${n(-h)}${arc(c, -c)}Z`;
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
