/**
 * How good a dictionary is: {@link dev.loupe.dictionary.evaluation.DictionaryEvaluation} computes
 * the field's metrics on held-out text, with intervals, and measures the model whose MLPs are
 * replaced.
 *
 * <p>May import: dictionary and the rooms below it.
 */
@NullMarked
package dev.loupe.dictionary.evaluation;

import org.jspecify.annotations.NullMarked;
