// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.instrument.steer.SteerReport.Change. */
export interface Change {
  readonly layer: number;
  readonly feature: number;
  readonly name: string;
  readonly position: number | null;
  readonly action: string;
  readonly before: number | null;
}

/** As dev.loupe.instrument.steer.SteerReport.Prediction. */
export interface Prediction {
  readonly id: number;
  readonly text: string;
  readonly probabilityBefore: number | null;
  readonly probabilityAfter: number | null;
  readonly logitBefore: number | null;
  readonly logitAfter: number | null;
}

/** As dev.loupe.instrument.steer.SteerReport.Continuations. */
export interface Continuations {
  readonly before: string;
  readonly after: string;
}

/** As dev.loupe.instrument.steer.SteerReport.SwapPoint. */
export interface SwapPoint {
  readonly features: number;
  readonly own: number | null;
  readonly other: number | null;
  readonly top: string;
}

/** As dev.loupe.instrument.steer.SteerReport.Removal. */
export interface Removal {
  readonly needed: number | null;
  readonly features: number;
  readonly own: number | null;
  readonly top: string;
  readonly randomSets: number;
  readonly randomChanged: number;
  readonly randomOwn: number | null;
}

/** As dev.loupe.instrument.steer.SteerReport.Swap. */
export interface Swap {
  readonly position: number;
  readonly answer: string;
  readonly other: string;
  readonly candidates: number;
  readonly needed: number | null;
  readonly taken: number;
  readonly curve: readonly SwapPoint[];
  readonly randomSets: number;
  readonly randomArrived: number;
  readonly randomProbability: number | null;
  readonly removal: Removal;
}

/** As dev.loupe.instrument.steer.SteerReport. */
export interface SteerReport {
  readonly model: string;
  readonly basis: string;
  readonly prompt: string;
  readonly tokens: readonly string[];
  readonly from: string | null;
  readonly held: string;
  readonly changes: readonly Change[];
  readonly predictions: readonly Prediction[];
  readonly divergence: number | null;
  readonly continuations: Continuations | null;
  readonly swap: Swap | null;
}
