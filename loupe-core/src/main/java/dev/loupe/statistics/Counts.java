package dev.loupe.statistics;

/**
 * Successes among independent trials.
 *
 * @param successes from 0 to {@code trials}
 * @param trials at least 1, at most {@value #MOST}
 */
public record Counts(long successes, long trials) {
  /** Larger counts would lose digits in the products of two that the methods form. */
  public static final long MOST = 1_000_000_000_000_000L;

  /**
   * @throws IllegalArgumentException if there are no trials, or more successes than trials, or a
   *     count is out of range
   */
  public Counts {
    if (trials < 1 || successes < 0 || successes > trials || trials > MOST) {
      throw new IllegalArgumentException(successes + " successes in " + trials + " trials");
    }
  }

  /** Of the trials. */
  public double share() {
    return (double) successes / trials;
  }

  /** The trials that did not succeed. */
  public long failures() {
    return trials - successes;
  }

  /** The failures counted as successes. */
  Counts reversed() {
    return new Counts(failures(), trials);
  }
}
