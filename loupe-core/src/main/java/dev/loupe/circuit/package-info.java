/**
 * What a set of features does together: runs of the real model in which a circuit is kept and all
 * else is ablated, effects of single nodes, scores that estimate them, and searches for circuits.
 *
 * <p>A node is a feature at a position ({@link dev.loupe.dictionary.FeatureAt}), or a feature at
 * every position ({@link dev.loupe.dictionary.FeatureId}). {@link dev.loupe.circuit.Reference}
 * holds what ablation puts in the place of a value, {@link dev.loupe.circuit.CircuitRuns} runs
 * circuits, {@link dev.loupe.circuit.Faithfulness} measures them.
 *
 * <p>May import: task, dictionary, statistics, tensor, model, job, fault.
 */
@NullMarked
package dev.loupe.circuit;

import org.jspecify.annotations.NullMarked;
