// Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
import type { Estimate } from "./finding";

/** As dev.loupe.dictionary.FeatureId. */
export interface FeatureId {
  readonly layer: number;
  readonly expert: number | null;
  readonly feature: number;
}

/** As dev.loupe.instrument.geometry.NeighboursReport.Near. */
export interface Near {
  readonly basis: string;
  readonly id: FeatureId;
  readonly cosine: number | null;
}

/** As dev.loupe.instrument.geometry.NeighboursReport.Neighbourhood. */
export interface Neighbourhood {
  readonly id: FeatureId;
  readonly chance: number | null;
  readonly nearest: readonly Near[];
}

/** As dev.loupe.instrument.geometry.NeighboursReport. */
export interface NeighboursReport {
  readonly basis: string;
  readonly searched: number;
  readonly features: readonly Neighbourhood[];
}

/** As dev.loupe.instrument.geometry.MatchReport.Side. */
export interface Side {
  readonly basis: string;
  readonly model: string;
  readonly layers: readonly number[];
  readonly features: number;
  readonly dead: number;
  readonly rare: number;
  readonly matched: number;
}

/** As dev.loupe.instrument.geometry.MatchReport.Share. */
export interface Share {
  readonly threshold: number | null;
  readonly best: Estimate;
  readonly assigned: Estimate;
}

/** As dev.loupe.instrument.geometry.MatchReport.Chance. */
export interface Chance {
  readonly draws: number;
  readonly meanBest: number | null;
  readonly meanBestDeviation: number | null;
  readonly meanBestP: number | null;
  readonly meanAssigned: number | null;
  readonly meanAssignedP: number | null;
  readonly significant: number | null;
}

/** As dev.loupe.instrument.geometry.MatchReport.Pair. */
export interface Pair {
  readonly first: FeatureId;
  readonly second: FeatureId;
  readonly value: number | null;
}

/** As dev.loupe.instrument.geometry.MatchReport.Figures. */
export interface Figures {
  readonly meanBest: number | null;
  readonly meanBestBack: number | null;
  readonly shares: readonly Share[];
  readonly mutual: number;
  readonly assigned: number;
  readonly meanAssigned: number | null;
  readonly chance: Chance | null;
  readonly pairs: readonly Pair[];
}

/** As dev.loupe.instrument.geometry.MatchReport.Arrangement. */
export interface Arrangement {
  readonly pairs: number;
  readonly svcca: number | null;
  readonly svccaChance: number | null;
  readonly svccaP: number | null;
  readonly rsa: number | null;
  readonly rsaChance: number | null;
  readonly rsaP: number | null;
}

/** As dev.loupe.instrument.geometry.MatchReport. */
export interface MatchReport {
  readonly first: Side;
  readonly second: Side;
  readonly positions: number;
  readonly least: number | null;
  readonly byActivation: Figures | null;
  readonly byCosine: Figures | null;
  readonly agreement: Estimate | null;
  readonly arrangement: Arrangement | null;
}

/** As dev.loupe.instrument.geometry.SplitReport.Novel. */
export interface Novel {
  readonly threshold: number | null;
  readonly share: Estimate;
}

/** As dev.loupe.instrument.geometry.SplitReport.Level. */
export interface Level {
  readonly smaller: string;
  readonly larger: string;
  readonly parents: number;
  readonly children: number;
  readonly novel: readonly Novel[];
  readonly stitched: Estimate | null;
  readonly split: Estimate;
  readonly sameParent: Estimate;
  readonly contained: number | null;
  readonly containedByChance: number | null;
}

/** As dev.loupe.instrument.geometry.SplitReport.Grandparents. */
export interface Grandparents {
  readonly smallest: string;
  readonly middle: string;
  readonly largest: string;
  readonly agree: Estimate;
}

/** As dev.loupe.instrument.geometry.SplitReport.Telling. */
export interface Telling {
  readonly basis: string;
  readonly id: FeatureId;
  readonly f1: number | null;
}

/** As dev.loupe.instrument.geometry.SplitReport.Concept. */
export interface Concept {
  readonly word: string;
  readonly occurrences: number;
  readonly best: readonly Telling[];
}

/** As dev.loupe.instrument.geometry.SplitReport.Fires. */
export interface Fires {
  readonly word: string;
  readonly f1: number | null;
}

/** As dev.loupe.instrument.geometry.SplitReport.Tie. */
export interface Tie {
  readonly cosine: number | null;
  readonly correlation: number | null;
  readonly overlap: number | null;
}

/** As dev.loupe.instrument.geometry.SplitReport.Branch. */
export interface Branch {
  readonly basis: string;
  readonly id: FeatureId;
  readonly fires: readonly Fires[];
  readonly frequency: number | null;
  readonly peak: string;
  readonly parent: Tie | null;
  readonly otherSeed: Tie | null;
  readonly children: readonly Branch[];
  readonly more: number;
}

/** As dev.loupe.instrument.geometry.SplitReport. */
export interface SplitReport {
  readonly positions: number;
  readonly levels: readonly Level[];
  readonly baselines: readonly Level[];
  readonly grandparents: readonly Grandparents[];
  readonly concepts: readonly Concept[];
  readonly treePositions: number;
  readonly trees: readonly Branch[];
}

/** As dev.loupe.instrument.geometry.NeuronsReport. */
export interface NeuronsReport {
  readonly basis: string;
  readonly positions: number;
  readonly judged: number;
  readonly dead: number;
  readonly rare: number;
  readonly neurons: number;
  readonly threshold: number | null;
  readonly atMost: Estimate;
  readonly atMostAbsolute: Estimate;
  readonly atMostByChance: number | null;
  readonly median: number | null;
  readonly medianByChance: number | null;
  readonly histogram: readonly number[];
}

/** As dev.loupe.examination.LawReport.Size. */
export interface Size {
  readonly basis: string;
  readonly features: number;
  readonly alive: number;
  readonly own: Estimate;
  readonly midpoint: Estimate | null;
}

/** As dev.loupe.examination.LawReport.Fit. */
export interface Fit {
  readonly threshold: number | null;
  readonly own: number | null;
  readonly midpoint: Estimate | null;
  readonly slope: Estimate | null;
  readonly mcFadden: number | null;
  readonly mcFaddenByFrequency: number | null;
}

/** As dev.loupe.examination.LawReport.Bin. */
export interface Bin {
  readonly basis: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly own: Estimate;
}

/** As dev.loupe.examination.LawReport.Best. */
export interface Best {
  readonly basis: string;
  readonly feature: string;
  readonly f1: number | null;
}

/** As dev.loupe.examination.LawReport.Found. */
export interface Found {
  readonly word: string;
  readonly kind: string;
  readonly rate: number | null;
  readonly best: readonly Best[];
}

/** As dev.loupe.examination.LawReport. */
export interface LawReport {
  readonly positions: number;
  readonly concepts: number;
  readonly split: number;
  readonly seldom: number;
  readonly threshold: number | null;
  readonly sizes: readonly Size[];
  readonly fits: readonly Fit[];
  readonly bins: readonly Bin[];
  readonly found: readonly Found[];
}

/** As dev.loupe.examination.ConceptsReport.Kind. */
export interface Kind {
  readonly kind: string;
  readonly words: number;
  readonly probeF1: number | null;
  readonly own: readonly string[];
  readonly ownF1: number | null;
  readonly positions: number;
  readonly silent: Estimate;
  readonly fraction: Estimate;
  readonly full: Estimate;
}

/** As dev.loupe.examination.ConceptsReport.Theme. */
export interface Theme {
  readonly theme: string;
  readonly abstracts: number;
  readonly concretes: number;
  readonly onAbstract: number;
  readonly onConcrete: number;
  readonly both: readonly string[];
  readonly share: Estimate;
}

/** As dev.loupe.examination.ConceptsReport.Holding. */
export interface Holding {
  readonly basis: string;
  readonly absorption: readonly Kind[];
  readonly meanFraction: Estimate;
  readonly fractionByChance: Estimate;
  readonly themes: readonly Theme[];
  readonly both: number;
  readonly bothByChance: number | null;
  readonly p: number | null;
}

/** As dev.loupe.examination.ConceptsReport. */
export interface ConceptsReport {
  readonly words: number;
  readonly positions: number;
  readonly unclear: readonly string[];
  readonly dictionaries: readonly Holding[];
}
