// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.instrument.explain.HighlightReport.QueryToken. */
export interface QueryToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly norm: number | null;
  readonly ablated: number | null;
  readonly selected: boolean;
}

/** As dev.loupe.instrument.explain.HighlightReport.QueryWord. */
export interface QueryWord {
  readonly text: string;
  readonly meanOfNorms: number | null;
  readonly normOfMean: number | null;
  readonly frobenius: number | null;
}

/** As dev.loupe.instrument.explain.HighlightReport.NextToken. */
export interface NextToken {
  readonly id: number;
  readonly text: string;
  readonly logit: number | null;
  readonly logProbability: number | null;
}

/** As dev.loupe.instrument.explain.HighlightReport.Response. */
export interface Response {
  readonly affirmation: number | null;
  readonly next: readonly NextToken[];
  readonly answer: string;
}

/** As dev.loupe.instrument.explain.HighlightReport. */
export interface HighlightReport {
  readonly model: string;
  readonly text: string;
  readonly affirmation: string;
  readonly tokens: readonly QueryToken[];
  readonly words: readonly QueryWord[];
  readonly before: Response;
  readonly after: Response;
}
