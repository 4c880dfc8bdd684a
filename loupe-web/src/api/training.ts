// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.report.TrainingReport.Outcome. */
export interface Outcome {
  readonly step: number;
  readonly steps: number;
  readonly finished: boolean;
  readonly loss: number | null;
  readonly evaluationLoss: number | null;
}

/** As dev.loupe.report.TrainingReport.TrainingStep. */
export interface TrainingStep {
  readonly step: number;
  readonly tokens: number;
  readonly loss: number | null;
  readonly learningRate: number | null;
  readonly gradientNorm: number | null;
  readonly tokensPerSecond: number;
}

/** As dev.loupe.report.TrainingReport.Evaluation. */
export interface Evaluation {
  readonly step: number;
  readonly tokens: number;
  readonly loss: number | null;
}

/** As dev.loupe.report.TrainingReport.Score. */
export interface Score {
  readonly step: number;
  readonly tokens: number;
  readonly right: number;
  readonly total: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** As dev.loupe.report.TrainingReport.Probe. */
export interface Probe {
  readonly probe: string;
  readonly name: string;
  readonly points: readonly Score[];
}

/** As dev.loupe.report.TrainingReport. */
export interface TrainingReport {
  readonly title: string;
  readonly sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly result: Outcome;
  readonly lossLabel: string;
  readonly steps: readonly TrainingStep[];
  readonly evaluations: readonly Evaluation[];
  readonly probes: readonly Probe[];
}
