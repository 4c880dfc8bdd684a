/**
 * Text from a model, and how likely the model finds given text. {@link
 * dev.loupe.model.generate.Generator} continues a prompt under {@link
 * dev.loupe.model.generate.SamplingOptions}; {@link dev.loupe.model.generate.LogLikelihood} scores
 * continuations in batches.
 *
 * <pre>{@code
 * Generator generator = new Generator(transformer, tokenizer, endTokens);
 * Generation answer =
 *     generator.generate(ids, SamplingOptions.greedy(64), System.out::print, () -> false);
 * }</pre>
 *
 * <p>May import: model, tensor, tokenizer, fault.
 */
@NullMarked
package dev.loupe.model.generate;

import org.jspecify.annotations.NullMarked;
