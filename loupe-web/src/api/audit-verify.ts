// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

export type Verdict = "SUPPORTED" | "CONTRADICTED" | "NOT_FOUND";

export type Basis = "RETRIEVAL" | "JUDGE" | "NUMBERS" | "WORDS";

/** As dev.loupe.instrument.audit.VerifyReport.Piece. */
export interface Piece {
  readonly document: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly score: number | null;
  readonly judged: string;
  readonly confidence: number | null;
  readonly holdsNumbers: boolean;
}

/** As dev.loupe.instrument.audit.VerifyReport.VerifiedClaim. */
export interface VerifiedClaim {
  readonly start: number;
  readonly end: number;
  readonly claim: string;
  readonly verdict: Verdict;
  readonly basis: Basis;
  readonly evidence: Piece | null;
  readonly looked: readonly Piece[];
}

/** As dev.loupe.instrument.audit.VerifyReport. */
export interface VerifyReport {
  readonly judge: string | null;
  readonly documents: number;
  readonly passages: number;
  readonly supported: Estimate;
  readonly contradicted: Estimate;
  readonly notFound: Estimate;
  readonly claims: readonly VerifiedClaim[];
  readonly without: readonly string[];
}
