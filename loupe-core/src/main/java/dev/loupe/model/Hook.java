package dev.loupe.model;

import dev.loupe.tensor.Tensor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** What happens at a tap: reading or rewriting, by type. */
public sealed interface Hook {
  /**
   * Reads. The tensor may end when the reader returns: copy out or {@code retain} what must last.
   */
  record Observe(Consumer<Tensor> reader) implements Hook {}

  /** Rewrites: the run continues with the returned tensor, which has the shape of the given one. */
  record Replace(UnaryOperator<Tensor> writer) implements Hook {}
}
