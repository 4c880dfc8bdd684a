/**
 * Encoder models in ONNX that lie in a folder on disk: sentence embeddings ({@link
 * dev.loupe.encoder.EmbeddingModel}) and natural language inference ({@link
 * dev.loupe.encoder.EntailmentModel}), as Hugging Face and sentence-transformers lay them out. They
 * compare texts; no instrument looks inside them.
 *
 * <p>May import: fault, file, tokenizer. Sole user of ONNX Runtime.
 *
 * <pre>{@code
 * try (EmbeddingModel model = EmbeddingModel.open(Path.of("all-MiniLM-L6-v2"))) {
 *   double alike = model.similarity("The cat sleeps.", "A cat is asleep.");
 * }
 * }</pre>
 */
@NullMarked
package dev.loupe.encoder;

import org.jspecify.annotations.NullMarked;
