// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.instrument.geometry.MapReport.Points. */
export interface Points {
  readonly basis: readonly number[];
  readonly layer: readonly number[];
  readonly feature: readonly number[];
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  readonly frequency: readonly (number | null)[];
  readonly peak: readonly string[];
  readonly label: readonly string[];
  readonly near: readonly (readonly number[])[];
  readonly cosine: readonly (readonly (number | null)[])[];
}

/** As dev.loupe.instrument.geometry.MapReport. */
export interface MapReport {
  readonly bases: readonly string[];
  readonly sizes: readonly number[];
  readonly dead: number;
  readonly positions: number;
  readonly neighbours: number;
  readonly epochs: number;
  readonly preserved: number | null;
  readonly preservedByChance: number | null;
  readonly trustworthiness: number | null;
  readonly sampled: number;
  readonly points: Points;
}
