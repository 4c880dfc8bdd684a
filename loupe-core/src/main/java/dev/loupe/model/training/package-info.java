/**
 * Trains GPT-2 networks on token rows, from a seed or from an existing model.
 *
 * <p>{@link dev.loupe.model.training.Trainer#run} follows a {@link
 * dev.loupe.model.training.TrainingPlan}: it splits every batch among threads, adds their gradients
 * in a fixed order, and leaves checkpoints from which a killed run resumes to the same bits.
 *
 * <p>May import: job, tensor, corpus, model, fault, JSON.
 */
@NullMarked
package dev.loupe.model.training;

import org.jspecify.annotations.NullMarked;
