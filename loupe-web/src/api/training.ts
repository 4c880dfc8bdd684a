// The JSON of a training, schema "loupe.training/1", as `loupe train --json` writes it. Losses are in nats.

export interface Place {
  readonly step: number;
  readonly tokens: number;
}

export interface TrainingStep extends Place {
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly tokensPerSecond: number;
}

export interface Evaluation extends Place {
  readonly loss: number;
}

/** Right answers with their Wilson interval of 95%. */
export interface Score extends Place {
  readonly right: number;
  readonly total: number;
  readonly low: number;
  readonly high: number;
}

export interface Probe {
  readonly probe: string;
  readonly name: string;
  readonly points: readonly Score[];
}

/** Figures that no curve shows, a row each. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know of them. */
  readonly note?: string;
}

export interface Training {
  readonly schema: "loupe.training/1";
  readonly title: string;
  readonly sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly result: {
    readonly step: number;
    readonly steps: number;
    readonly finished: boolean;
    readonly loss: number | null;
    readonly evaluationLoss: number | null;
  };
  readonly steps: readonly TrainingStep[];
  readonly evaluations: readonly Evaluation[];
  readonly probes: readonly Probe[];
  /** What the losses are, when they are not nats a token. */
  readonly lossLabel?: string;
  readonly tables?: readonly Table[];
}

export function readTraining(result: Readonly<Record<string, unknown>>): Training {
  return result as unknown as Training;
}
