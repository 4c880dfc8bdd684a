/**
 * What a feature means. {@link dev.loupe.instrument.features.ActivationIndexer} reads a corpus once
 * and keeps for each feature of any basis its strongest and its weaker examples, its histogram, its
 * frequency and the neurons that go with it, in a {@link
 * dev.loupe.instrument.features.FeatureStore}; {@link dev.loupe.instrument.features.FeatureReader}
 * adds what the weights say: the tokens that a feature promotes and the features that write alike.
 * {@link dev.loupe.instrument.features.FeatureSearch} goes the other way, from words to features.
 *
 * <pre>{@code
 * var subject = new Subject(model, NeuronBasis.of(model.transformer()), "neurons", () -> sha256);
 * ActivationIndexer.run(subject, corpus, IndexSettings.DEFAULT, Path.of("store"), IndexListener.NONE);
 * try (FeatureStore store = FeatureStore.open(Path.of("store"), subject)) {
 *   FeatureReport report = new FeatureReader(subject, store).read(new FeatureId(2, 141));
 * }
 * }</pre>
 *
 * <p>May import: dictionary and the rooms below it; no other instrument.
 */
@NullMarked
package dev.loupe.instrument.features;

import org.jspecify.annotations.NullMarked;
