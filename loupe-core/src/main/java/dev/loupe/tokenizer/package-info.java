/**
 * Text to tokens and back: {@link dev.loupe.tokenizer.Tokenizer} encodes with the Hugging Face
 * library and says which characters each {@link dev.loupe.tokenizer.Token} covers; {@link
 * dev.loupe.tokenizer.TokenizerFiles} opens the files of a model folder; {@link
 * dev.loupe.tokenizer.GgufTokenizer} turns the tokenizer inside a GGUF file into the same document;
 * {@link dev.loupe.tokenizer.ChatTemplate} renders a conversation into the prompt that a model was
 * trained on.
 *
 * <pre>{@code
 * try (Tokenizer tokenizer = Tokenizer.open(Path.of("model/tokenizer.json"))) {
 *   TokenSequence prompt = tokenizer.encode("The capital of France is", true);
 *   int paris = tokenizer.singleToken(" Paris");
 * }
 * }</pre>
 *
 * <p>May import: the JDK, JSON, the tokenizer binding, the Jinja implementation, {@code
 * dev.loupe.file} and {@code dev.loupe.fault}.
 */
@NullMarked
package dev.loupe.tokenizer;

import org.jspecify.annotations.NullMarked;
