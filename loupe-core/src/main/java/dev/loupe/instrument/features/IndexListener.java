package dev.loupe.instrument.features;

/** Hears how an index gets on, and may end the work. */
public interface IndexListener {
  /** Hears nothing. */
  IndexListener NONE = new IndexListener() {};

  /** The corpus is turned into tokens; so many so far. */
  default void encoding(long tokens) {}

  /** A begun index is gone on with after so many tokens. */
  default void resumed(long tokens) {}

  /** The model has read so many tokens; this was the last block's end. */
  default void reading(long tokens, long total) {}

  /** Whether the work is to be saved and ended. */
  default boolean stopRequested() {
    return false;
  }
}
