// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.instrument.explain.ExplainReport.UnitScore. */
export interface UnitScore {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly level: string;
  readonly parent: number;
  readonly fixed: boolean;
  readonly substitute: string;
  readonly score: number | null;
  readonly byToken: readonly (number | null)[];
}

/** As dev.loupe.instrument.explain.ExplainReport.Removal. */
export interface Removal {
  readonly order: string;
  readonly values: readonly (number | null)[];
  readonly drop: Estimate;
}

/** As dev.loupe.instrument.explain.ExplainReport.Scored. */
export interface Scored {
  readonly level: string;
  readonly method: string;
  readonly units: readonly UnitScore[];
  readonly explained: number | null;
  readonly orders: readonly Removal[];
}

/** As dev.loupe.instrument.explain.ExplainReport. */
export interface ExplainReport {
  readonly model: string;
  readonly text: string;
  readonly answer: string;
  readonly measured: string;
  readonly whole: number | null;
  readonly tokens: readonly string[];
  readonly levels: readonly Scored[];
  readonly texts: number;
}
