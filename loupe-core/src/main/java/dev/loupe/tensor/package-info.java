/**
 * Dense arrays and the files that hold them. {@link dev.loupe.tensor.Tensor} is the engine's array,
 * owned by a {@link dev.loupe.tensor.NativeScope}; {@link dev.loupe.tensor.Safetensors} reads and
 * writes the field's container.
 *
 * <p>The only room that knows the native engine: no other package imports {@code org.bytedeco}. May
 * import: {@code fault}, {@code file}, JSON.
 */
@NullMarked
package dev.loupe.tensor;

import org.jspecify.annotations.NullMarked;
