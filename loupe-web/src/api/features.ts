// The JSON of features, schema "loupe.features/1", as `loupe features show --json` writes it: each feature is an object of Neuronpedia's
// schema, in the field's own spelling, with what Loupe knows besides. Written by hand; held to real JSON by examples.ts.
import type { Envelope, Estimate, Evidence } from "./finding";

export interface FeatureExample {
  readonly tokens: readonly string[];
  readonly tokens_acts_list: readonly number[];
  readonly train_token_ind: number;
  readonly is_repeated_datapoint?: boolean;
  readonly token_ids?: readonly number[];
}

export interface ExampleGroup {
  readonly quantile_name: string;
  readonly examples: readonly FeatureExample[];
}

export interface FeatureLabel {
  readonly text: string;
  readonly source: string;
  readonly heuristic: boolean;
  /** Shares of right judgements with their Wilson intervals of 95%. */
  readonly detection?: Estimate;
  readonly fuzzing?: Estimate;
}

export interface TokenEffect {
  readonly token?: number;
  readonly text: string;
  readonly effect: number;
}

export interface Neighbour {
  readonly layer: number;
  readonly index: number;
  readonly cosine: number;
  readonly label?: FeatureLabel;
}

export interface Feature {
  readonly layer: number;
  readonly index: number;
  readonly act_min: number | null;
  readonly act_max: number | null;
  readonly top_logits?: readonly string[];
  readonly bottom_logits?: readonly string[];
  readonly quantile_values?: readonly number[];
  readonly activation_frequency: number;
  readonly histogram: readonly number[];
  readonly histogram_edges: readonly number[];
  readonly examples_quantiles: readonly ExampleGroup[];
  readonly mean: number;
  readonly active: number;
  readonly label?: FeatureLabel;
  readonly promoted: readonly TokenEffect[];
  readonly suppressed: readonly TokenEffect[];
  readonly nearest: readonly Neighbour[];
  readonly neurons: readonly { readonly neuron: number; readonly correlation: number }[];
  readonly evidence: readonly Evidence[];
  readonly caveats: readonly string[];
}

export interface Features extends Partial<Envelope> {
  readonly model: { readonly name: string; readonly layers: number };
  readonly basis: string;
  readonly tokens: number;
  readonly index: Readonly<Record<string, string>>;
  readonly features: readonly Feature[];
}

export function readFeatures(result: Readonly<Record<string, unknown>>): Features {
  return result as unknown as Features;
}
