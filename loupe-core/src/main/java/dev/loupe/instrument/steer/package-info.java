/**
 * {@code loupe steer}: what happens if features are changed. {@code SteerRequest} asks, {@code
 * Steer} answers with a {@code SteerReport}: next tokens before and after, and the continuation of
 * both. Features are those of any basis, neurons included; the changes are made by {@code
 * dictionary.FeatureHooks} in the model's own forward pass, with as much of it frozen as requested.
 *
 * <p>May import: dictionary, model, tokenizer, tensor, report, statistics, fault. Never another
 * instrument.
 */
@NullMarked
package dev.loupe.instrument.steer;

import org.jspecify.annotations.NullMarked;
