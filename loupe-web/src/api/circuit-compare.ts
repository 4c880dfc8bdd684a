// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

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

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.Partner. */
export interface Partner {
  readonly first: Node;
  readonly second: Node;
  readonly activity: number | null;
  readonly effects: number | null;
}

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.Chance. */
export interface Chance {
  readonly mean: number | null;
  readonly p: number | null;
}

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.Shared. */
export interface Shared {
  readonly value: number | null;
  readonly of: number;
  readonly chance: number | null;
  readonly p: number | null;
}

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.Functional. */
export interface Functional {
  readonly partners: Estimate;
  readonly own: Estimate;
  readonly random: number | null;
  readonly p: number | null;
  readonly control: number | null;
}

export type Verdict = "SAME" | "PARTLY" | "DIFFERENT";

/** As dev.loupe.instrument.circuit.CompareCircuitsReport.Comparison. */
export interface Comparison {
  readonly model: string;
  readonly partners: readonly Partner[];
  readonly likeness: number | null;
  readonly texts: Chance;
  readonly circuits: Chance;
  readonly control: number | null;
  readonly shuffled: number | null;
  readonly shared: Shared;
  readonly depth: Shared;
  readonly kinds: Shared;
  readonly functional: Functional;
  readonly verdict: Verdict;
}

/** As dev.loupe.dictionary.FeatureId. */
export interface FeatureId {
  readonly layer: number;
  readonly expert: number | null;
  readonly feature: number;
}

/** As dev.loupe.instrument.circuit.ComparedFeatures.Member. */
export interface Member {
  readonly feature: FeatureId;
  readonly effect: number | null;
}

/** As dev.loupe.instrument.circuit.ComparedFeatures.OfModel. */
export interface OfModel {
  readonly model: string;
  readonly basis: string;
  readonly candidates: number;
  readonly size: number;
  readonly faithfulness: Estimate;
  readonly members: readonly Member[];
}

/** As dev.loupe.instrument.circuit.ComparedFeatures.FeaturePartner. */
export interface FeaturePartner {
  readonly first: FeatureId;
  readonly second: FeatureId;
  readonly activity: number | null;
  readonly effects: number | null;
}

/** As dev.loupe.instrument.circuit.ComparedFeatures.Effect. */
export interface Effect {
  readonly moved: Estimate;
  readonly followed: Estimate;
}

/** As dev.loupe.instrument.circuit.ComparedFeatures.Swap. */
export interface Swap {
  readonly effect: Effect;
  readonly random: number | null;
  readonly randomP: number | null;
  readonly fromRandom: number | null;
  readonly fromRandomP: number | null;
  readonly shuffled: number | null;
  readonly shuffledP: number | null;
}

/** As dev.loupe.instrument.circuit.ComparedFeatures.Pairing. */
export interface Pairing {
  readonly model: string;
  readonly partners: readonly FeaturePartner[];
  readonly likeness: number | null;
  readonly texts: Chance;
  readonly circuits: Chance;
  readonly own: Effect;
  readonly affine: Swap;
  readonly rank: Swap;
  readonly verdict: Verdict;
}

/** As dev.loupe.instrument.circuit.ComparedFeatures. */
export interface ComparedFeatures {
  readonly texts: number;
  readonly models: readonly OfModel[];
  readonly comparisons: readonly Pairing[];
}

/** As dev.loupe.instrument.circuit.CompareCircuitsReport. */
export interface CompareCircuitsReport {
  readonly task: string;
  readonly source: string;
  readonly metric: string;
  readonly train: number;
  readonly heldOut: number;
  readonly models: readonly ModelCircuit[];
  readonly comparisons: readonly Comparison[];
  readonly features: ComparedFeatures | null;
}
