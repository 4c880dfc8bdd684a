/**
 * One run of a model, kept and used: {@code Recording} keeps what a forward pass has at given
 * places, {@code Held} makes another run hold some of it. {@code FrozenRun} is the recording that
 * attribution rests on (Ameisen et al. 2025): with its patterns and denominators held everything
 * between two features is linear, {@code FrozenLinear} has the transposed maps between the parts,
 * written out, and {@code BlockWalk} is the one way of gradients back through a block.
 *
 * <p>May import: model, tensor, fault.
 */
@NullMarked
package dev.loupe.model.run;

import org.jspecify.annotations.NullMarked;
