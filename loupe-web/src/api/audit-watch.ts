// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.instrument.audit.WatchReport.Change. */
export interface Change {
  readonly probabilityBefore: number | null;
  readonly moved: boolean;
  readonly rightBefore: Estimate;
  readonly difference: Estimate;
  readonly adjustedP: number | null;
  readonly changed: boolean;
  readonly likeliestBefore: boolean;
}

/** As dev.loupe.instrument.audit.WatchReport.WatchedAnswer. */
export interface WatchedAnswer {
  readonly id: string;
  readonly prompt: string;
  readonly answer: string;
  readonly probability: number | null;
  readonly likeliest: string;
  readonly likeliestIsRight: boolean;
  readonly right: Estimate;
  readonly usual: string;
  readonly usualShare: Estimate;
  readonly entropy: number | null;
  readonly change: Change | null;
}

/** As dev.loupe.instrument.audit.WatchReport.Since. */
export interface Since {
  readonly when: string;
  readonly model: string;
  readonly compared: number;
  readonly added: number;
  readonly gone: number;
  readonly tolerance: number | null;
  readonly moved: number;
  readonly changed: number;
  readonly right: Estimate;
  readonly logProbability: Estimate;
  readonly mostLeft: number;
}

/** As dev.loupe.instrument.audit.WatchReport. */
export interface WatchReport {
  readonly model: string;
  readonly when: string;
  readonly samples: number;
  readonly temperature: number | null;
  readonly watched: readonly WatchedAnswer[];
  readonly since: Since | null;
}
