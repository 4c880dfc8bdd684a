package dev.loupe.statistics;

/**
 * Two systems on the same items, counted by who succeeded.
 *
 * @param both items at which both succeeded
 * @param firstOnly at which the first alone did
 * @param secondOnly at which the second alone did
 * @param neither at which none did
 */
public record Pairs(long both, long firstOnly, long secondOnly, long neither) {
  /**
   * @throws IllegalArgumentException if a count is negative or too large, or there is no item
   */
  public Pairs {
    for (long count : new long[] {both, firstOnly, secondOnly, neither}) {
      if (count < 0 || count > Counts.MOST / 4) {
        throw new IllegalArgumentException("a count of " + count + " items");
      }
    }
    if (both + firstOnly + secondOnly + neither == 0) {
      throw new IllegalArgumentException("no items");
    }
  }

  /** All items. */
  public long items() {
    return both + firstOnly + secondOnly + neither;
  }

  /** Items at which one system alone succeeded; they alone tell the systems apart. */
  public long discordant() {
    return firstOnly + secondOnly;
  }

  /** The first system by itself. */
  public Counts first() {
    return new Counts(both + firstOnly, items());
  }

  /** The second system by itself. */
  public Counts second() {
    return new Counts(both + secondOnly, items());
  }

  /** The first share minus the second. */
  public double difference() {
    return ((double) firstOnly - secondOnly) / items();
  }

  Pairs swapped() {
    return new Pairs(both, secondOnly, firstOnly, neither);
  }
}
