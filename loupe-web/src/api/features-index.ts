// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.instrument.features.IndexReport. */
export interface IndexReport {
  readonly basis: string;
  readonly layers: readonly number[];
  readonly features: number;
  readonly tokens: number;
  readonly neverActive: number;
}
