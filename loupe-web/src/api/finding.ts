// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.statistics.Estimate. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly level: number | null;
  readonly unit: string;
}

export type Support = "OBSERVED" | "INTERVENED" | "KNOWN";
export type Verdict = "PASSED" | "FAILED" | "NOTED";
export interface Evidence {
  readonly checked: string;
  readonly support: Support;
  readonly measured: Estimate;
  readonly tolerance: number | null;
  readonly verdict: Verdict;
  readonly note: string;
}
export interface Input { readonly name: string; readonly sha256: string; }
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
export interface Envelope {
  readonly schema: string;
  readonly question: string;
  readonly evidence: readonly Evidence[];
  readonly caveats: readonly string[];
  readonly provenance: Provenance;
}
export type Finding<A> = Envelope & A;
