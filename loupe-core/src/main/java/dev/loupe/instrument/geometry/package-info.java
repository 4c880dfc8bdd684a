/**
 * The geometry of features: what lies near ({@link
 * dev.loupe.instrument.geometry.NeighbourFeatures}), what is the same in another dictionary or
 * model ({@link dev.loupe.instrument.geometry.MatchFeatures}), what splits in a larger dictionary
 * ({@link dev.loupe.instrument.geometry.SplitFeatures}), and what single neurons do as well ({@link
 * dev.loupe.instrument.geometry.MatchNeurons}). Every figure has what chance would give beside it.
 *
 * <pre>{@code
 * Subject small = Loupe.subject(model, Loupe.dictionary("almanac-sae-512"));
 * Subject large = Loupe.subject(model, Loupe.dictionary("almanac-sae-2048"));
 * Finding<MatchReport> found = Loupe.ask(new MatchFeatures(), MatchRequest.of(large), small);
 * }</pre>
 *
 * <p>May import: geometry, dictionary and the rooms below them; no other instrument.
 */
@NullMarked
package dev.loupe.instrument.geometry;

import org.jspecify.annotations.NullMarked;
