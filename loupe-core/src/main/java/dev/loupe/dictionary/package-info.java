/**
 * What counts as a feature. {@link dev.loupe.dictionary.FeatureBasis} is the one interface of all
 * kinds: the MLP's own neurons ({@link dev.loupe.dictionary.NeuronBasis}), and learned dictionaries
 * ({@link dev.loupe.dictionary.Dictionary}): sparse autoencoders at any tap, per-layer transcoders
 * with or without a skip matrix, cross-layer transcoders. Users of a basis never ask which kind it
 * is. A run written in features is a {@link dev.loupe.dictionary.LocalReplacement}; features are
 * changed in a run by {@link dev.loupe.dictionary.FeatureHooks}.
 *
 * <pre>{@code
 * try (Dictionary dictionary = DictionaryFiles.open(folder, Optional.empty())) {
 *   SparseActivations active = dictionary.encode(3, mlpIn);              // [pos, d_model]
 *   Tensor written = dictionary.decode(3, active, dictionary.writes(3).getFirst());
 * }
 * }</pre>
 *
 * <p>May import: model, tensor, hub, report and the rooms below them. The field's file formats live
 * in {@code dictionary.format}.
 */
@NullMarked
package dev.loupe.dictionary;

import org.jspecify.annotations.NullMarked;
