// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.instrument.explain.ContrastReport.Word. */
export interface Word {
  readonly before: string;
  readonly after: string;
}

/** As dev.loupe.instrument.explain.ContrastReport.Edit. */
export interface Edit {
  readonly changed: readonly number[];
  readonly text: string;
  readonly score: number | null;
}

/** As dev.loupe.instrument.explain.ContrastReport. */
export interface ContrastReport {
  readonly model: string;
  readonly answer: string;
  readonly edited: string;
  readonly measured: string;
  readonly score: number | null;
  readonly words: readonly Word[];
  readonly stop: string;
  readonly visits: readonly Edit[];
}
