/**
 * Training dictionaries (SAEs, transcoders, cross-layer transcoders) on a model, and measuring them
 * on held-out text: {@link dev.loupe.instrument.dictionary.TrainDictionary} and {@link
 * dev.loupe.instrument.dictionary.EvaluateDictionary}. The learning itself is in {@code
 * dictionary.training}, the measures in {@code dictionary.evaluation}.
 *
 * <p>May import: every room below {@code instrument}; no other instrument.
 */
@NullMarked
package dev.loupe.instrument.dictionary;

import org.jspecify.annotations.NullMarked;
