// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

export type Support = "OBSERVED" | "INTERVENED" | "KNOWN";

/** As dev.loupe.statistics.Estimate. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly level: number | null;
  readonly unit: string;
}

export type Verdict = "PASSED" | "FAILED" | "NOTED";

/** As dev.loupe.report.Evidence. */
export interface Evidence {
  readonly checked: string;
  readonly support: Support;
  readonly measured: Estimate;
  readonly tolerance: number | null;
  readonly verdict: Verdict;
  readonly note: string;
}

/** As dev.loupe.report.Provenance.Input. */
export interface Input {
  readonly name: string;
  readonly sha256: string;
}

/** As dev.loupe.report.Provenance. */
export interface Provenance {
  readonly inputs: readonly Input[];
  readonly seed: number;
  readonly dtype: string;
  readonly device: string;
  readonly version: string;
  readonly java: string;
  readonly engine: string;
  readonly seconds: number | null;
}

/** As dev.loupe.report.Finding. */
export interface Envelope {
  readonly schema: string;
  readonly question: string;
  readonly evidence: readonly Evidence[];
  readonly caveats: readonly string[];
  readonly provenance: Provenance;
}

export type Finding<A> = Envelope & A;
