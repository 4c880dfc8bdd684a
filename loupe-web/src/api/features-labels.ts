// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.

/** As dev.loupe.dictionary.FeatureId. */
export interface FeatureId {
  readonly layer: number;
  readonly expert: number | null;
  readonly feature: number;
}

/** As dev.loupe.instrument.features.LabelScore. */
export interface LabelScore {
  readonly hits: number;
  readonly misses: number;
  readonly falseAlarms: number;
  readonly rejections: number;
  readonly unread: number;
}

/** As dev.loupe.instrument.features.Label. */
export interface Label {
  readonly text: string;
  readonly source: string;
  readonly detection: LabelScore | null;
  readonly fuzzing: LabelScore | null;
}

/** As dev.loupe.instrument.features.LabelReport.Labelled. */
export interface Labelled {
  readonly id: FeatureId;
  readonly label: Label;
}

/** As dev.loupe.instrument.features.LabelReport. */
export interface LabelReport {
  readonly labels: readonly Labelled[];
}
