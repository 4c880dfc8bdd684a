// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.instrument.lens.LensReport.Position. */
export interface Position {
  readonly position: number;
  readonly text: string;
  readonly predicted: string;
}

/** As dev.loupe.instrument.lens.LensReport.Cell. */
export interface Cell {
  readonly text: string;
  readonly probability: number | null;
  readonly rank: number;
  readonly predicted: number | null;
  readonly divergence: number | null;
}

/** As dev.loupe.instrument.lens.LensReport.Layer. */
export interface Layer {
  readonly layer: number;
  readonly cells: readonly Cell[];
}

/** As dev.loupe.instrument.lens.LensReport. */
export interface LensReport {
  readonly model: string;
  readonly positions: readonly Position[];
  readonly layers: readonly Layer[];
  readonly settled: number;
}
