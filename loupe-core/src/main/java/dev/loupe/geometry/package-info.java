/**
 * The geometry of features: which directions and activations of two dictionaries go together. A
 * {@link dev.loupe.geometry.SimilarityMatrix} hands out its rows one by one, by cosine ({@link
 * dev.loupe.geometry.Cosines}) or by correlation over texts ({@link
 * dev.loupe.geometry.Correlations}); {@link dev.loupe.geometry.Matching} finds each feature's best
 * partner, {@link dev.loupe.geometry.Assignment} partners one to one, and {@link
 * dev.loupe.geometry.PermutedTexts} what both would be by chance.
 *
 * <pre>{@code
 * Correlations correlations = Correlations.of(small, large);
 * Matching best = Matching.of(correlations, 0.1);
 * Assignment pairs = best.assignment();
 * }</pre>
 *
 * <p>Knows neither models nor files. May import: {@code fault}, {@code tensor}, {@code statistics},
 * {@code job}.
 */
@NullMarked
package dev.loupe.geometry;

import org.jspecify.annotations.NullMarked;
