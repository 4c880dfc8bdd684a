// Where the answer comes from: what is known of it, what was held, and what was not followed, as one bar.
import type { Totals, Trace } from "../api/trace";
import { html, panel } from "../draw/element";
import { amount, count, percent } from "../draw/text";
import { tokenText } from "./token";
import { unitName } from "../state/graph";
import type { Session } from "../state/session";

interface Part {
  readonly name: string;
  readonly share: number;
  readonly look: string;
  readonly title: string;
}

const BOUNDS: Readonly<Record<string, string>> = { coverage: "as the coverage asked for", maxNodes: "stopped by --max-nodes", maxMemory: "stopped by --max-memory", nothing: "all there are" };

export function totalsPanel({ trace }: Session): HTMLElement | null {
  const { totals } = trace;
  if (totals === undefined) return null;
  const unit = unitName(trace);
  const parts = partsOf(totals, unit).filter(({ share }) => share >= 0.0005);
  const strip = html("div", { class: "strip", "aria-hidden": "true" });
  for (const { share, look, name } of parts) {
    const piece = html("span", { class: look, title: `${percent(share)} ${name}` });
    piece.style.flexGrow = String(Math.max(0, share));
    strip.append(piece);
  }
  const list = html("ul", {}, ...parts.map(({ name, share, look, title }) => html("li", { class: look, title }, html("i", { "aria-hidden": "true" }), html("b", {}, percent(share)), ` ${name}`)));
  return panel("totals", "Where the answer comes from", strip, list, html("p", { class: "note" }, counted(totals, unit)), ...aggregated(trace, unit));
}

/** Below this share of what is not listed the aggregate says nothing new. */
const MUCH = 0.05;
const MOST = 4;

/** The same with unlisted neurons followed in aggregate, where they hold much. */
function aggregated({ totals, prompt }: Trace, unit: string): HTMLElement[] {
  const all = totals?.aggregate;
  if (totals === undefined || all === undefined || totals.remainderShare - (totals.heldShare ?? 0) < MUCH) return [];
  const tokens = all.tokens.map((share, position) => ({ share, text: prompt.tokens[position]?.text ?? "" }));
  const most = [...tokens].sort((a, b) => b.share - a.share).slice(0, MOST);
  const others = [
    [all.positionShare, "from position embeddings"],
    [all.biasShare, "from biases"],
    [all.heldShare, "from the attention sink"],
  ] as const;
  const rest = others.filter(([share]) => share >= 0.0005).map(([share, name]) => `, ${percent(share)} ${name}`);
  return [
    html("p", { class: "note aggregate" }, `With the unlisted ${unit}s followed too, in aggregate by layer: ${percent(all.tokenShare)} from the prompt’s tokens${rest.join("")}. Most from `, ...most.flatMap(({ share, text }, i) => [i > 0 ? ", " : "", tokenText(text, 16), ` ${percent(share)}`]), "."),
  ];
}

function partsOf({ listedShare, tokenShare, positionShare = 0, biasShare, heldShare = 0, errorShare = 0, remainderShare }: Totals, unit: string): Part[] {
  return [
    { name: `the prompt’s tokens, through listed ${unit}s`, share: tokenShare ?? listedShare - positionShare, look: "listed", title: "Followed step by step from the answer down to the prompt" },
    { name: "position embeddings", share: positionShare, look: "position", title: "The same for every prompt of this length" },
    { name: "first position, held as a constant", share: heldShare, look: "held", title: "The first token serves as attention sink; its activations are not followed" },
    { name: "errors of the dictionary", share: errorShare, look: "rest", title: "What the features do not reconstruct, held as constants" },
    { name: `${unit}s not listed`, share: remainderShare - heldShare, look: "rest", title: "Known in size, not followed further down" },
    { name: "biases", share: biasShare, look: "bias", title: "Constants of the model" },
  ];
}

function counted({ units, listedNodes, stoppedBy, shownNodes, shownEdges, edgesOverCap, followedShare, replacementScore, completenessScore }: Totals, unit: string): string {
  const bound = stoppedBy ? ` (${BOUNDS[stoppedBy] ?? stoppedBy})` : "";
  const edges = shownEdges === undefined ? "" : ` and ${count(shownEdges, "edge")}`;
  const weaker = edgesOverCap ? `; ${count(edgesOverCap, "weaker edge")} not drawn` : "";
  const followed = followedShare === undefined ? "" : ` Of the influence that is not constant ${percent(followedShare)} is followed to the prompt.`;
  const scores = replacementScore === undefined ? "" : ` Replacement score ${amount(replacementScore)}, completeness ${amount(completenessScore)}.`;
  return `${listedNodes.toLocaleString("en")} of ${count(units, unit === "neuron" ? unit : `active ${unit}`)} listed individually${bound}. This picture: ${count(shownNodes, "node")}${edges} left by pruning${weaker}.${followed}${scores}`;
}
