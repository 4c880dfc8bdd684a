// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.instrument.circuit.CircuitReport.Choices. */
export interface Choices {
  readonly task: string;
  readonly source: string;
  readonly metric: string;
  readonly ablation: string;
  readonly errors: string;
  readonly ranking: string;
  readonly granularity: string;
  readonly cut: boolean;
  readonly target: number | null;
  readonly train: number;
  readonly heldOut: number;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Scores. */
export interface Scores {
  readonly model: number | null;
  readonly circuit: number | null;
  readonly empty: number | null;
  readonly emptyErrorsKept: number | null;
  readonly emptyErrorsRemoved: number | null;
  readonly allErrorsKept: number | null;
  readonly allErrorsRemoved: number | null;
  readonly largestGap: number | null;
}

export type Verdict = "CIRCUIT" | "PART" | "NONE";

/** As dev.loupe.instrument.circuit.CircuitReport.Found. */
export interface Found {
  readonly size: number;
  readonly share: number | null;
  readonly activePerPrompt: number | null;
  readonly shareOfPrompt: number | null;
  readonly errors: readonly number[];
  readonly byScore: number | null;
  readonly trained: number | null;
  readonly faithfulness: Estimate;
  readonly completeness: Estimate;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Point. */
export interface Point {
  readonly share: number | null;
  readonly size: number;
  readonly faithfulness: Estimate;
  readonly completeness: Estimate;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Areas. */
export interface Areas {
  readonly order: string;
  readonly cpr: number | null;
  readonly cmd: number | null;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Rival. */
export interface Rival {
  readonly name: string;
  readonly size: number;
  readonly faithfulness: Estimate;
}

/** As dev.loupe.instrument.circuit.CircuitReport.NeuronCircuit. */
export interface NeuronCircuit {
  readonly asked: boolean;
  readonly size: number | null;
  readonly candidates: number;
  readonly faithfulness: Estimate;
}

export type Kind = "PREVIOUS_TOKEN" | "DUPLICATE_TOKEN" | "INDUCTION" | "OTHER" | "MLP";

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.Node. */
export interface Node {
  readonly name: string;
  readonly layer: number;
  readonly depth: number | null;
  readonly kind: Kind;
  readonly effect: number | null;
  readonly drop: number | null;
}

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.HeadEdge. */
export interface HeadEdge {
  readonly from: string;
  readonly to: string;
  readonly effect: number | null;
}

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.ModelCircuit. */
export interface ModelCircuit {
  readonly model: string;
  readonly layers: number;
  readonly components: number;
  readonly own: number | null;
  readonly empty: number | null;
  readonly nodes: readonly Node[];
  readonly faithfulness: Estimate;
  readonly random: number | null;
  readonly p: number | null;
  readonly edges: readonly HeadEdge[];
}

/** As dev.loupe.dictionary.FeatureId. */
export interface FeatureId {
  readonly layer: number;
  readonly expert: number | null;
  readonly feature: number;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Member. */
export interface Member {
  readonly feature: FeatureId;
  readonly score: number | null;
  readonly drop: Estimate;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Supernode. */
export interface Supernode {
  readonly name: string;
  readonly members: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly drop: Estimate;
  readonly random: number | null;
  readonly p: number | null;
  readonly inModel: Estimate;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Cell. */
export interface Cell {
  readonly member: number;
  readonly position: number;
  readonly activation: number | null;
  readonly reference: number | null;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Edge. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly change: number | null;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Effect. */
export interface Effect {
  readonly inModel: number | null;
  readonly inCircuit: number | null;
}

/** As dev.loupe.instrument.circuit.CircuitReport.Example. */
export interface Example {
  readonly clean: string;
  readonly corrupted: string;
  readonly answer: string;
  readonly foil: string;
  readonly tokens: readonly string[];
  readonly model: number | null;
  readonly circuit: number | null;
  readonly empty: number | null;
  readonly cells: readonly Cell[];
  readonly edges: readonly Edge[];
  readonly effects: readonly Effect[];
  readonly sizes: readonly (number | null)[];
}

/** As dev.loupe.instrument.circuit.CircuitReport. */
export interface CircuitReport {
  readonly model: string;
  readonly basis: string;
  readonly choices: Choices;
  readonly scores: Scores;
  readonly candidates: number;
  readonly activePerPrompt: number | null;
  readonly verdict: Verdict;
  readonly circuit: Found;
  readonly curve: readonly Point[];
  readonly areas: readonly Areas[];
  readonly rivals: readonly Rival[];
  readonly draws: readonly (number | null)[];
  readonly p: number | null;
  readonly neurons: NeuronCircuit;
  readonly heads: ModelCircuit | null;
  readonly members: readonly Member[];
  readonly supernodes: readonly Supernode[];
  readonly example: Example;
}
