// The JSON of the greater-than study, schema "loupe.greater-than/1", as `loupe study greater-than --json` writes it. Written by hand, for its maps are packed; held
// to real JSON by examples.ts.
import type { Envelope, Estimate } from "./finding";

export interface StudyFeature {
  readonly layer: number;
  readonly feature: number;
  readonly strength: number;
  readonly active: number;
  readonly contrast: number;
  readonly class: string;
  readonly criteria: { readonly task: number; readonly parity: number; readonly fives: number; readonly constant: number; readonly rise: number; readonly bandFrom: number; readonly bandTo: number };
  /** The mean activation after each YY. */
  readonly activations: readonly number[];
  /** Attribution to the logit of each column after each YY, in steps. */
  readonly map: { readonly step: number; readonly rows: readonly (readonly number[])[] };
  readonly examples: readonly { readonly text: string; readonly year: number; readonly activation: number }[];
}

export interface Component {
  readonly name: string;
  readonly layer: number;
  readonly head?: number;
  readonly all: Estimate;
  readonly throughMlps: Estimate;
  readonly direct: Estimate;
}

export interface Ablation {
  readonly group: string;
  readonly size: number;
  readonly difference: Estimate;
  readonly sharpness: Estimate;
  readonly fall: Estimate;
  readonly randomFall: Estimate;
  readonly draws: readonly number[];
  readonly excess: Estimate;
}

/** Estimates are means with their bootstrap intervals of 95%. */
export interface Study extends Omit<Envelope, "provenance">, Partial<Pick<Envelope, "provenance">> {
  readonly model: string;
  readonly basis: string;
  readonly layers: number;
  readonly heads: number;
  readonly source: string;
  readonly prompts: number;
  readonly example: string;
  readonly tested: number;
  readonly dummy: number;
  readonly behaviour: { readonly difference: Estimate; readonly sharpness: Estimate; readonly years: readonly { readonly year: number; readonly difference: Estimate }[] };
  readonly everActive: number;
  readonly columns: readonly number[];
  readonly classes: readonly { readonly name: string; readonly criterion: string }[];
  readonly features: readonly StudyFeature[];
  readonly components: readonly Component[];
  readonly ablations: readonly Ablation[];
}

export function readStudy(result: Readonly<Record<string, unknown>>): Study {
  return result as unknown as Study;
}
