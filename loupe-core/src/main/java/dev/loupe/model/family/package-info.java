/**
 * What each family of checkpoints means: which keys of its {@code config.json} make up a {@link
 * dev.loupe.model.ModelConfig}, and which names of its files make up {@link
 * dev.loupe.model.ModelWeights}. A family's quirks stay in its class; {@link
 * dev.loupe.model.family.Families} knows them all.
 *
 * <p>To add a family: write one {@link dev.loupe.model.family.Family}, list it in {@code Families}.
 *
 * <p>May import: model, tensor, file, fault, JSON.
 */
@NullMarked
package dev.loupe.model.family;

import org.jspecify.annotations.NullMarked;
