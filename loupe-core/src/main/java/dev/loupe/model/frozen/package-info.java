/**
 * A model with attention patterns and norm denominators held at one run's values: {@code FrozenRun}
 * reads the run, {@code FrozenLinear} has the transposed maps between its parts, written out. What
 * rests on attribution (Ameisen et al. 2025) uses them.
 *
 * <p>May import: model, tensor, fault.
 */
@NullMarked
package dev.loupe.model.frozen;

import org.jspecify.annotations.NullMarked;
