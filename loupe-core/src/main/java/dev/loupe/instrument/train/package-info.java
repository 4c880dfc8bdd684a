/**
 * Training a small model as a job: {@link dev.loupe.instrument.train.TrainModel} makes the corpus
 * ready, trains, measures on the way and reports. The learning itself is in {@code model.training}.
 *
 * <p>May import: every room below {@code instrument}; no other instrument.
 */
@NullMarked
package dev.loupe.instrument.train;

import org.jspecify.annotations.NullMarked;
