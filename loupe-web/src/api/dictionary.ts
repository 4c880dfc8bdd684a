// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.corpus.DocumentStart. */
export interface DocumentStart {
  readonly token: number;
  readonly text: string;
  readonly reason: string;
}

/** As dev.loupe.instrument.dictionary.DictionaryFigures.LayerFigures. */
export interface LayerFigures {
  readonly layer: number;
  readonly fvu: Estimate;
  readonly l0: Estimate;
  readonly dead: number;
  readonly features: number;
}

/** As dev.loupe.instrument.dictionary.DictionaryFigures.Replacement. */
export interface Replacement {
  readonly at: string;
  readonly agreement: Estimate;
  readonly clearAgreement: Estimate;
  readonly divergence: Estimate;
  readonly loss: Estimate;
  readonly replacedLoss: Estimate;
  readonly zeroLoss: Estimate;
  readonly lossRecovered: Estimate;
}

/** As dev.loupe.instrument.dictionary.EvaluationReport.Written. */
export interface Written {
  readonly dictionary: string;
  readonly model: string;
  readonly positions: number;
  readonly leftOut: string;
  readonly documentStart: DocumentStart;
  readonly layers: readonly LayerFigures[];
  readonly replaced: readonly Replacement[];
}

/** As dev.loupe.instrument.dictionary.DictionaryFigures. */
export interface DictionaryFigures {
  readonly name: string;
  readonly positions: number;
  readonly layers: readonly LayerFigures[];
  readonly replaced: readonly Replacement[];
}

/** As dev.loupe.instrument.dictionary.DictionaryTraining.Measured. */
export interface Measured {
  readonly dictionaries: readonly DictionaryFigures[];
}
