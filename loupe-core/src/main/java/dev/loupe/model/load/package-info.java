/**
 * From files to an open model. {@link dev.loupe.model.load.LanguageModel} opens a folder or a GGUF
 * file with its tokenizer and chat template; {@link dev.loupe.model.load.ModelLoader} opens the
 * network alone.
 *
 * <pre>{@code
 * try (var model = LanguageModel.open(Path.of("SmolLM2.gguf"), LoadOptions.DEFAULT)) {
 *   TokenSequence prompt = model.encode("The capital of France is");
 *   Tensor logits = model.transformer().logits(TokenBatch.of(prompt.ids()), Hooks.NONE);
 * }
 * }</pre>
 *
 * <p>May import: model, model.family, model.format, tensor, tokenizer, hub, fault, JSON.
 */
@NullMarked
package dev.loupe.model.load;

import org.jspecify.annotations.NullMarked;
