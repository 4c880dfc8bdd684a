/**
 * One decoder-only transformer, described by data. {@link dev.loupe.model.ModelConfig} says what a
 * model is made of, {@link dev.loupe.model.ModelWeights} holds its parts, {@link
 * dev.loupe.model.Transformer} runs it, and every named point of the run (a {@link
 * dev.loupe.model.Tap}) can be read or rewritten through {@link dev.loupe.model.Hooks}, in any
 * family by the same name.
 *
 * <pre>{@code
 * Hooks hooks = Hooks.observe(new Tap(Site.RESID_POST, 3), residual -> norms.add(residual.norm()));
 * Tensor logits = transformer.logits(TokenBatch.of(ids), hooks);   // [1, pos, d_vocab]
 * }</pre>
 *
 * <p>May import: job, tensor, tokenizer, corpus, hub, fault. Families live in {@code model.family},
 * file formats in {@code model.format}; {@code model.load} opens models.
 */
@NullMarked
package dev.loupe.model;

import org.jspecify.annotations.NullMarked;
