/**
 * Foreign formats of models, one class each, named after the format; its quirks stay there. {@link
 * dev.loupe.model.format.Gguf} reads llama.cpp's container, {@link
 * dev.loupe.model.format.Dequantiser} expands its quantised rows to float32.
 *
 * <pre>{@code
 * try (Gguf gguf = Gguf.open(path)) {
 *   long layers = gguf.integer("llama.block_count");
 *   float[] query = Dequantiser.toFloats(
 *       gguf.tensor("blk.0.attn_q.weight"), RowOrder.halfSplit(64));
 * }
 * }</pre>
 *
 * <p>May import: {@code fault}, {@code file}, {@code tensor}.
 */
@NullMarked
package dev.loupe.model.format;

import org.jspecify.annotations.NullMarked;
