// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.instrument.influence.FitReport.FittedMap. */
export interface FittedMap {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly meanCurvature: number | null;
  readonly damping: number | null;
}

/** As dev.loupe.instrument.influence.FitReport. */
export interface FitReport {
  readonly model: string;
  readonly maps: readonly FittedMap[];
  readonly documents: number;
  readonly sequences: number;
  readonly tokens: number;
  readonly loss: number | null;
  readonly labels: string;
}

/** As dev.loupe.instrument.influence.AskReport.OfToken. */
export interface OfToken {
  readonly text: string;
  readonly influence: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.OfNeuron. */
export interface OfNeuron {
  readonly layer: number;
  readonly neuron: number;
  readonly influence: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.ByNeuron. */
export interface ByNeuron {
  readonly largest: readonly OfNeuron[];
  readonly others: number | null;
  readonly outside: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.OfFeature. */
export interface OfFeature {
  readonly layer: number;
  readonly feature: number;
  readonly influence: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.ByFeature. */
export interface ByFeature {
  readonly largest: readonly OfFeature[];
  readonly others: number | null;
  readonly error: number | null;
  readonly outside: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.Influential. */
export interface Influential {
  readonly id: string;
  readonly labels: readonly string[];
  readonly influence: number | null;
  readonly share: number | null;
  readonly cosine: number | null;
  readonly byMap: readonly (number | null)[];
  readonly tokens: readonly OfToken[];
  readonly neurons: ByNeuron | null;
  readonly features: ByFeature | null;
}

/** As dev.loupe.instrument.influence.AskReport.OfMap. */
export interface OfMap {
  readonly name: string;
  readonly layer: number;
  readonly positive: number | null;
  readonly negative: number | null;
  readonly damping: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.OfLabel. */
export interface OfLabel {
  readonly name: string;
  readonly documents: number;
  readonly positive: number | null;
  readonly negative: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.Indexed. */
export interface Indexed {
  readonly bytesOfADocument: number;
  readonly candidates: number;
  readonly order: Estimate;
  readonly gap: number | null;
  readonly missed: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.Refinement. */
export interface Refinement {
  readonly documents: number;
  readonly iterations: number;
  readonly residual: number | null;
  readonly cosine: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.Filtered. */
export interface Filtered {
  readonly by: string;
  readonly selected: number;
  readonly documents: number;
  readonly compared: number;
  readonly missed: Estimate;
  readonly recall: Estimate;
}

/** As dev.loupe.instrument.influence.AskReport.Checkpoints. */
export interface Checkpoints {
  readonly steps: readonly number[];
  readonly rates: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.Flipped. */
export interface Flipped {
  readonly id: string;
  readonly text: string;
  readonly influence: number | null;
  readonly flipped: number | null;
}

/** As dev.loupe.instrument.influence.AskReport.Flip. */
export interface Flip {
  readonly phrase: string;
  readonly completion: string;
  readonly documents: readonly Flipped[];
  readonly share: Estimate;
}

/** As dev.loupe.instrument.influence.AskReport. */
export interface AskReport {
  readonly model: string;
  readonly prompt: string;
  readonly completion: string;
  readonly loss: number | null;
  readonly sequences: number;
  readonly positive: readonly Influential[];
  readonly negative: readonly Influential[];
  readonly maps: readonly OfMap[];
  readonly labels: readonly OfLabel[];
  readonly tail: Estimate;
  readonly index: Indexed | null;
  readonly refinement: Refinement | null;
  readonly filter: Filtered | null;
  readonly checkpoints: Checkpoints | null;
  readonly flip: Flip | null;
}

/** As dev.loupe.instrument.influence.CompareInfluenceReport.Top. */
export interface Top {
  readonly id: string;
  readonly labels: readonly string[];
  readonly influence: number | null;
  readonly text: string;
}

/** As dev.loupe.instrument.influence.AskQuestionsReport.Asked. */
export interface Asked {
  readonly prompt: string;
  readonly completion: string;
  readonly loss: number | null;
  readonly positive: readonly Top[];
  readonly negative: readonly Top[];
}

/** As dev.loupe.instrument.influence.AskQuestionsReport. */
export interface AskQuestionsReport {
  readonly model: string;
  readonly documents: number;
  readonly asked: readonly Asked[];
  readonly holding: Estimate;
  readonly holdingOfAll: Estimate;
}

/** As dev.loupe.instrument.influence.CompareInfluenceReport.Found. */
export interface Found {
  readonly question: string;
  readonly documents: readonly Top[];
}

/** As dev.loupe.instrument.influence.CompareInfluenceReport.OfModel. */
export interface OfModel {
  readonly model: string;
  readonly loss: Estimate;
  readonly words: Estimate;
  readonly wordsOfAll: Estimate;
  readonly answer: Estimate;
  readonly teachers: Estimate;
  readonly theme: Estimate;
  readonly found: readonly Found[];
}

/** As dev.loupe.instrument.influence.CompareInfluenceReport.OfPair. */
export interface OfPair {
  readonly first: string;
  readonly second: string;
  readonly documents: Estimate;
  readonly labels: Estimate;
  readonly order: Estimate;
}

/** As dev.loupe.instrument.influence.CompareInfluenceReport. */
export interface CompareInfluenceReport {
  readonly questions: number;
  readonly documents: number;
  readonly top: number;
  readonly models: readonly OfModel[];
  readonly pairs: readonly OfPair[];
}

/** As dev.loupe.instrument.influence.ValidateReport.Method. */
export interface Method {
  readonly name: string;
  readonly score: Estimate;
  readonly recall: Estimate;
  readonly found: Estimate;
}

/** As dev.loupe.instrument.influence.ValidateReport.Removal. */
export interface Removal {
  readonly name: string;
  readonly lossIncrease: Estimate;
  readonly lost: Estimate;
}

/** As dev.loupe.instrument.influence.ValidateReport. */
export interface ValidateReport {
  readonly model: string;
  readonly documents: number;
  readonly questions: number;
  readonly subsets: number;
  readonly repeats: number;
  readonly lossBefore: number | null;
  readonly lossAfter: number | null;
  readonly reproducible: Estimate;
  readonly methods: readonly Method[];
  readonly removals: readonly Removal[];
}
