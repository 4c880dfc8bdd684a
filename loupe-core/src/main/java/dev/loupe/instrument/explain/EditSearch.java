package dev.loupe.instrument.explain;

import java.util.Locale;

/** How edits of a prompt are searched. */
public enum EditSearch {
  /**
   * Single edits first, at the strongest places with several words; then always the edit of several
   * words that these predict to be strongest.
   */
  BEST_FIRST,
  /** With a planned budget, at random around the best (CELL). */
  CELL,
  /** The best single edit again and again (mCELL). */
  MCELL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
