// The trace JSON, schema "loupe.trace/1", as `loupe trace --json` writes it. Layers run -1 (embedding), 0..L-1, L (logits).
// Written by hand, for a trace is too large as records; held to real JSON by examples.ts.
import type { FeatureExample } from "./features";
import type { Envelope, Estimate } from "./finding";

export type NodeKind =
  | "token"
  | "position"
  | "neuron"
  | "feature"
  | "remainder"
  | "embeddingBias"
  | "attentionBias"
  | "mlpBias"
  | "ownBias"
  | "error"
  | "logit";

export interface TokenWeight {
  readonly text: string;
  readonly weight: number;
}

/** What a feature fires on in other text: the share of tokens, and the strongest pieces. */
export interface FiresOn {
  readonly frequency: number;
  readonly examples: readonly FeatureExample[];
}

/** A node's value as the sum of its incoming edges: those shown, and those to nodes that pruning hid. */
export interface InputSum {
  readonly value: number;
  readonly shown: number;
  readonly hidden: number;
}

export interface TraceNode {
  readonly id: number;
  readonly kind: NodeKind;
  readonly layer: number | null;
  readonly position: number | null;
  readonly label?: string;
  readonly unit?: number;
  /** In a mixture: the expert, and the unit's number among its neurons. */
  readonly expert?: number;
  readonly neuron?: number;
  readonly units?: number;
  readonly token?: number;
  readonly probability?: number | null;
  readonly weight?: number | null;
  readonly value?: number | null;
  readonly activation?: number | null;
  readonly influence?: number | null;
  /** What the frozen model predicts for the first explained logit if the unit is ablated; negative where it supports the answer. */
  readonly effect?: number | null;
  readonly promotes?: readonly TokenWeight[];
  readonly suppresses?: readonly TokenWeight[];
  /** Where the dictionary brings examples of its features. */
  readonly firesOn?: FiresOn;
  readonly group?: string | null;
  readonly inputs?: InputSum | null;
}

/** A direct effect. weight is signed, in units of the target's value; share is of the target's absolute input. */
export interface TraceEdge {
  readonly source: number;
  readonly target: number;
  readonly weight: number;
  readonly share: number;
}

export interface TraceGroup {
  readonly id: string;
  readonly label: string;
  readonly layer: number;
  readonly position: number;
  readonly members: readonly number[];
}

export interface TracePath {
  readonly nodes: readonly number[];
  readonly share: number;
  readonly sign: number;
  /** The node that the path stands for, and how much of the answer runs through that node. */
  readonly through?: number;
  readonly influence?: number | null;
}

/** Why a head attends from a query to a key: its score as a sum over pairs of sources. */
export interface AttentionReason {
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly probability: number | null;
  readonly score: number | null;
  /** The head's probability of every position up to the query. */
  readonly pattern?: readonly number[];
  /** What each source adds, over all sources of the other side; the largest. */
  readonly querySources?: readonly AttentionPart[];
  readonly keySources?: readonly AttentionPart[];
  /** The most attended other position: the difference of the two scores by its sources. */
  readonly against?: AttentionAgainst;
  readonly pairs: readonly { readonly query: AttentionSource; readonly key: AttentionSource; readonly score: number | null }[];
  readonly rest: number | null;
  readonly pairCount: number;
}

export interface AttentionPart {
  readonly source: AttentionSource;
  readonly score: number | null;
}

export interface AttentionAgainst {
  readonly key: number;
  readonly probability: number | null;
  readonly score: number | null;
  readonly querySources: readonly AttentionPart[];
  readonly keySources: readonly AttentionPart[];
}

/** A node of the graph, which pruning may have hidden. */
export interface AttentionSource {
  readonly id: number;
  readonly name: string;
}

export interface Prediction {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
  readonly logit: number;
}

export interface PromptToken {
  readonly position: number;
  readonly id: number;
  readonly text: string;
  readonly start?: number;
  readonly end?: number;
}

/** What the units do together in the real model, and what follows from it; absent where it was not asked for. */
export interface Tests {
  readonly verdict: TraceVerdict;
  readonly sets: SetTest;
  readonly supernodes?: readonly Supernode[];
  /** The strongest way from a token through supernodes; none or one. */
  readonly story?: readonly Story[];
}

export interface Story {
  readonly position: number;
  readonly supernodes: readonly number[];
  readonly strength: number;
  /** Whether ablating any of its supernodes takes away a tenth of the probability. */
  readonly matters?: boolean;
}

/** Units that do the same thing; members may be pruned from the picture. */
export interface Supernode {
  readonly name: string;
  readonly members: readonly number[];
  readonly layers: { readonly first: number; readonly last: number };
  readonly influence: number;
  readonly effect: number;
  /** Of the answer with the whole group ablated. */
  readonly probability: number;
}

export interface TraceVerdict {
  /** STRONG, PARTIAL or WEAK. */
  readonly strength: string;
  readonly criteria: readonly { readonly name: string; readonly met: boolean; readonly says: string }[];
}

export interface SetTest {
  /** EFFECT or INFLUENCE. */
  readonly order: string;
  readonly units: number;
  /** The first units in that order as LAYER/NUMBER@POSITION; as many as the deciding set has, at least ten. */
  readonly first: readonly string[];
  readonly answer: number | null;
  readonly necessity: readonly SetPoint[];
  readonly halves: number | null;
  readonly changes: number | null;
  readonly sufficiency: readonly SetPoint[];
  readonly restores: number | null;
  readonly logit: Rival;
  readonly rivals: readonly Rival[];
  readonly elsewhere: { readonly same: Estimate; readonly sameRandom: Estimate } | null;
  readonly reference: string;
  readonly texts: number;
}

export interface SetPoint {
  readonly units: number;
  readonly probability: number | null;
  readonly top: string;
  readonly random: SetDraws | null;
}

/** Sets of the same size drawn at random, matched by layer, position and norm. */
export interface SetDraws {
  readonly count: number;
  readonly median: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly halved: number;
  readonly changed: number;
  readonly normRatio: number | null;
}

/** A token's logit, minus the mean of all, with nothing and with the deciding set ablated. */
export interface Rival {
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

export interface Totals {
  readonly listedNodes: number;
  readonly shownNodes: number;
  readonly shownEdges?: number;
  readonly edgesOverCap?: number;
  readonly listedShare: number;
  readonly tokenShare?: number;
  readonly positionShare?: number;
  /** The part of remainderShare that ends in held positions. */
  readonly heldShare?: number;
  readonly errorShare?: number;
  readonly remainderShare: number;
  readonly biasShare: number;
  /** The part of the influence that is not constant and is followed to the prompt. */
  readonly followedShare?: number;
  readonly replacementScore?: number | null;
  readonly completenessScore?: number | null;
  /** With unlisted neurons followed too, in aggregate by layer. */
  readonly aggregate?: Aggregate;
  readonly units: number;
  readonly stoppedBy?: string | null;
}

export interface Aggregate {
  readonly tokenShare: number;
  readonly positionShare: number;
  readonly biasShare: number;
  readonly heldShare: number;
  /** By position. */
  readonly tokens: readonly number[];
}

export interface Model {
  readonly name: string;
  readonly architecture?: string;
  readonly sha256?: string;
  readonly dtype?: string;
  readonly layers: number;
  readonly [name: string]: unknown;
}

/** A trace; old ones may lack parts of the envelope. */
export interface Trace extends Pick<Envelope, "schema" | "question">, Partial<Omit<Envelope, "schema" | "question">> {
  readonly model: Model;
  readonly basis: string;
  readonly dictionary?: { readonly name: string; readonly features: number; readonly [name: string]: unknown };
  readonly prompt: { readonly text: string; readonly tokens: readonly PromptToken[] };
  readonly at: number;
  readonly predictions: readonly Prediction[];
  readonly settings?: { readonly heldPositions?: number; readonly [name: string]: unknown };
  readonly nodes: readonly TraceNode[];
  readonly edges: readonly TraceEdge[];
  readonly groups?: readonly TraceGroup[];
  readonly paths?: readonly TracePath[];
  readonly attention?: readonly AttentionReason[];
  readonly tests?: Tests;
  readonly totals?: Totals;
}

/**
 * A result as a trace.
 *
 * @throws Error when it lacks a part, or has an edge without its node
 */
export function readTrace(result: Readonly<Record<string, unknown>>): Trace {
  for (const key of ["question", "model", "prompt", "nodes", "edges", "predictions"]) {
    if (result[key] === undefined) throw new Error(`The trace has no “${key}”.`);
  }
  const trace = result as unknown as Trace;
  const ids = new Set(trace.nodes.map((node) => node.id));
  for (const { source, target } of trace.edges) {
    const missing = ids.has(source) ? target : source;
    if (!ids.has(missing)) throw new Error(`Edge ${source} → ${target} names node ${missing}, which the trace does not list.`);
  }
  return trace;
}
