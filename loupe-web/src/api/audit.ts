// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.audit.GradeCounts. */
export interface GradeCounts {
  readonly right: number;
  readonly wrong: number;
  readonly abstained: number;
  readonly empty: number;
  readonly undetermined: number;
}

export type Verdict = "MEETS" | "FAILS" | "UNDECIDED" | "NO_ANSWERS";

/** As dev.loupe.instrument.audit.AskModelReport.Step. */
export interface Step {
  readonly target: number | null;
  readonly instruction: string;
  readonly counts: GradeCounts;
  readonly accuracy: Estimate;
  readonly abstention: Estimate;
  readonly verdict: Verdict;
  readonly score: number | null;
  readonly abstainedFromAnswered: number;
  readonly abstainedFromRight: number;
  readonly agreement: number | null;
  readonly agreementAuroc: number | null;
  readonly statedConfidence: number | null;
  readonly statedError: number | null;
}

/** As dev.loupe.instrument.audit.AskModelReport.Change. */
export interface Change {
  readonly from: number | null;
  readonly to: number | null;
  readonly stopped: number;
  readonly began: number;
  readonly p: number | null;
}

export type Grade = "RIGHT" | "WRONG" | "ABSTAINED" | "EMPTY" | "UNDETERMINED";

/** As dev.loupe.instrument.audit.AskModelReport.Asked. */
export interface Asked {
  readonly id: string;
  readonly category: string;
  readonly question: string;
  readonly answers: readonly string[];
  readonly grades: readonly Grade[];
}

/** As dev.loupe.instrument.audit.AskModelReport. */
export interface AskModelReport {
  readonly model: string;
  readonly samples: number;
  readonly steps: readonly Step[];
  readonly changes: readonly Change[];
  readonly trend: number | null;
  readonly trendP: number | null;
  readonly neverRises: boolean;
  readonly asked: readonly Asked[];
}

/** As dev.loupe.instrument.audit.BoundReport.ByCount. */
export interface ByCount {
  readonly least: number;
  readonly most: number;
  readonly prompts: number;
  readonly error: Estimate;
}

/** As dev.loupe.instrument.audit.BoundReport.Relation. */
export interface Relation {
  readonly name: string;
  readonly prompts: number;
  readonly wrongAnswers: number;
  readonly examples: number;
  readonly error: Estimate;
  readonly validityError: Estimate;
  readonly validTerm: number | null;
  readonly modelAbove: number | null;
  readonly trainingAbove: number | null;
  readonly delta: Estimate;
  readonly theorem1: number | null;
  readonly slack: number | null;
  readonly singletonRate: number | null;
  readonly esty: Estimate;
  readonly missingMass: number | null;
  readonly theorem2Lower: number | null;
  readonly theorem2Upper: number | null;
  readonly miscalibration: number | null;
  readonly miscalibrationVariation: number | null;
  readonly monofactBound: number | null;
  readonly byCount: readonly ByCount[];
  readonly otherMass: number | null;
}

/** As dev.loupe.instrument.audit.BoundReport. */
export interface BoundReport {
  readonly model: string;
  readonly relations: readonly Relation[];
}
