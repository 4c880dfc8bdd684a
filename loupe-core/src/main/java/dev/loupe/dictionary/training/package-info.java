/**
 * Training of dictionaries: sparse autoencoders, per-layer and cross-layer transcoders, on
 * activations that are streamed from a model over a corpus. {@link
 * dev.loupe.dictionary.training.DictionaryTrainer} makes what a {@link
 * dev.loupe.dictionary.training.DictionaryPlan} says; gradients are written by hand and touch the
 * rows of active features only.
 *
 * <p>May import: dictionary and the rooms below it, and of the model's training what keeps a
 * folder: locks, checkpoints, metrics, schedules.
 */
@NullMarked
package dev.loupe.dictionary.training;

import org.jspecify.annotations.NullMarked;
