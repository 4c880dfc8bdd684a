package dev.loupe.statistics;

/**
 * Intervals for the odds ratio of two proportions of independent trials, first over second. {@link
 * #EXACT} is the one that Loupe prints.
 */
public enum OddsRatioInterval {
  /** Exact, given both margins (Cornfield 1956), around {@link #conditional}. */
  EXACT("exact conditional") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      return new Hypergeometric(first, second).limits(level);
    }
  },
  /** Of the logarithm, with one half added to each cell (Gart 1966). */
  GART("Gart logit, one half added") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      return logit(first, second, level, 0.5);
    }
  },
  /** Of the logarithm (Woolf 1955): undefined when a cell is zero. */
  WOOLF("Woolf logit") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      return logit(first, second, level, 0);
    }
  };

  private final String label;

  OddsRatioInterval(String label) {
    this.label = label;
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /**
   * The interval of the first odds over the second; it may reach to infinity.
   *
   * @param level coverage, such as 0.95
   */
  public abstract Interval of(Counts first, Counts second, double level);

  /** The odds ratio of the sample: infinite or NaN where a cell is zero. */
  public static double value(Counts first, Counts second) {
    return (double) first.successes()
        * second.failures()
        / ((double) first.failures() * second.successes());
  }

  /** The odds ratio that is most likely given both margins; NaN where they fix the table. */
  public static double conditional(Counts first, Counts second) {
    return new Hypergeometric(first, second).oddsRatio();
  }

  private static Interval logit(Counts first, Counts second, double level, double added) {
    double a = first.successes() + added;
    double b = first.failures() + added;
    double c = second.successes() + added;
    double d = second.failures() + added;
    if (a == 0 || b == 0 || c == 0 || d == 0) {
      return Interval.undefined();
    }
    double error = Math.sqrt(1 / a + 1 / b + 1 / c + 1 / d);
    return Interval.around(Math.log(a * d / (b * c)), Normal.twoSided(level) * error).exp();
  }
}
