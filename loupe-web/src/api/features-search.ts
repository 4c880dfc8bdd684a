// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.dictionary.FeatureId. */
export interface FeatureId {
  readonly layer: number;
  readonly expert: number | null;
  readonly feature: number;
}

/** As dev.loupe.instrument.features.SearchReport.Fired. */
export interface Fired {
  readonly id: FeatureId;
  readonly activation: number | null;
  readonly position: number;
  readonly share: number | null;
  readonly frequency: number | null;
  readonly score: number | null;
  readonly label: string;
}

/** As dev.loupe.instrument.features.SearchReport.OnText. */
export interface OnText {
  readonly tokens: readonly string[];
  readonly features: readonly Fired[];
}

/** As dev.loupe.instrument.features.SearchReport.OfToken. */
export interface OfToken {
  readonly id: FeatureId;
  readonly peaks: number | null;
  readonly effect: number | null;
  readonly frequency: number | null;
  readonly label: string;
}

/** As dev.loupe.instrument.features.SearchReport.OnToken. */
export interface OnToken {
  readonly token: string;
  readonly firing: readonly OfToken[];
  readonly promoting: readonly OfToken[];
}
