package dev.loupe.instrument.trace;

import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How well a trace explains its answer, by what its units do together in the real model and by how
 * much of the answer was followed. The rule is written down in {@code docs/trace.md}.
 *
 * @param strength in one word
 * @param criteria what it follows from
 */
public record TraceVerdict(Strength strength, List<Criterion> criteria) {
  /** A set that decides is at most this share of the active units. */
  static final double SMALL = 0.05;

  /** Of the matched random sets at most this share may do the same. */
  static final double RANDOM = 0.1;

  /** Of the predictions on the reference at least this share must stay. */
  static final double SPECIFIC = 0.8;

  /** Of the influence that is not constant at least this share must be followed to the prompt. */
  static final double FOLLOWED = 0.5;

  private static final double LEVEL = 0.95;

  public TraceVerdict {
    criteria = List.copyOf(criteria);
  }

  /** One word. */
  public enum Strength {
    /** All criteria are met. */
    STRONG,
    /** The units are necessary; something else is missing. */
    PARTIAL,
    /** Ablating the listed units does no more than ablating random ones. */
    WEAK;

    /** In lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A criterion.
   *
   * @param name one word: necessary, specific, sufficient, followed
   * @param met whether it is met
   * @param says the figures
   */
  public record Criterion(String name, boolean met, String says) {}

  /** By the rule. */
  static TraceVerdict of(SetTest test, double followed, long activeUnits, String unit) {
    Criterion necessary = necessary(test, activeUnits, unit);
    List<Criterion> criteria =
        List.of(
            necessary,
            specific(test, unit),
            sufficient(test, unit),
            new Criterion(
                "followed",
                followed >= FOLLOWED,
                String.format(
                    Locale.ROOT,
                    "%.0f%% of the influence that is not constant is followed to the prompt",
                    100 * followed)));
    Strength strength =
        !necessary.met()
            ? Strength.WEAK
            : criteria.stream().allMatch(Criterion::met) ? Strength.STRONG : Strength.PARTIAL;
    return new TraceVerdict(strength, criteria);
  }

  private static Criterion necessary(SetTest test, long activeUnits, String unit) {
    if (test.deciding().isEmpty()) {
      return new Criterion(
          "necessary",
          false,
          String.format(
              Locale.ROOT,
              "ablating all %,d listed %ss that support the answer leaves it at %s",
              test.units(),
              unit,
              percent(
                  test.necessity().isEmpty()
                      ? test.answer()
                      : test.necessity().getLast().probability())));
    }
    int size = test.deciding().getAsInt();
    SetTest.Draws random = test.decidingRandom().orElseThrow();
    boolean isSmall = size <= SMALL * activeUnits;
    return new Criterion(
        "necessary",
        isSmall && sameRandom(test, random) <= RANDOM * random.count(),
        String.format(
            Locale.ROOT,
            "ablating %,d of %,d active %ss takes the answer from %s to %s, random ones of the same size to %s (median)",
            size,
            activeUnits,
            unit,
            percent(test.answer()),
            percent(test.ablated(size).orElseThrow().probability()),
            percent(random.median())));
  }

  /** Random sets that do what the deciding set does. */
  private static int sameRandom(SetTest test, SetTest.Draws random) {
    return test.changes().isPresent() ? random.changed() : random.halved();
  }

  private static Criterion specific(SetTest test, String unit) {
    Optional<SetTest.Elsewhere> elsewhere = test.elsewhere();
    return new Criterion(
        "specific",
        elsewhere.isPresent() && elsewhere.get().same().value() >= SPECIFIC,
        elsewhere
            .map(each ->
                String.format(
                    Locale.ROOT,
                    "with these %ss ablated everywhere, %s of the model's predictions on other texts stay (random: %s)",
                    unit,
                    share(each.same()),
                    share(each.sameRandom())))
            .orElse("not tested: no set decides"));
  }

  private static Criterion sufficient(SetTest test, String unit) {
    if (test.sufficiency().isEmpty()) {
      return new Criterion(
          "sufficient",
          false,
          "not tested: the verdict does not depend on it here; the full set tests test it");
    }
    if (test.restores().isEmpty()) {
      double best =
          test.sufficiency().stream().mapToDouble(SetTest.Point::probability).max().orElse(0);
      return new Criterion(
          "sufficient",
          false,
          String.format(
              Locale.ROOT,
              "with all but the listed %ss at their means the answer has at most %s",
              unit,
              percent(best)));
    }
    int size = test.restores().getAsInt();
    SetTest.Point point = test.kept(size).orElseThrow();
    SetTest.Draws random = point.random().orElseThrow();
    return new Criterion(
        "sufficient",
        random.count() - random.halved() <= RANDOM * random.count(),
        String.format(
            Locale.ROOT,
            "%,d %s alone, all others at their means, give the answer %s, random ones %s (median)",
            size,
            units(size, unit),
            percent(point.probability()),
            percent(random.median())));
  }

  /** A share of counted predictions, with its interval. */
  private static String share(Estimate share) {
    return String.format(
        Locale.ROOT,
        "%s [%.0f, %.0f]",
        percent(share.value()),
        100 * share.low(),
        100 * share.high());
  }

  private static String units(int count, String unit) {
    return count == 1 ? unit : unit + "s";
  }

  private static String percent(double share) {
    double percent = 100 * share;
    return String.format(Locale.ROOT, percent > 0 && percent < 9.95 ? "%.1f%%" : "%.0f%%", percent);
  }

  /** The set tests as evidence: explanatory, so without pass or fail; the verdict weighs them. */
  static List<Evidence> evidence(SetTest test, String unit) {
    List<Evidence> evidence = new ArrayList<>();
    if (test.deciding().isPresent()) {
      int size = test.deciding().getAsInt();
      SetTest.Draws random = test.decidingRandom().orElseThrow();
      evidence.add(
          Evidence.noted(
              String.format(
                  Locale.ROOT,
                  "Ablating the first %,d %s together %s (%s → %s)",
                  size,
                  units(size, unit),
                  test.changes().isPresent() ? "changes the answer" : "halves its probability",
                  percent(test.answer()),
                  percent(test.ablated(size).orElseThrow().probability())),
              Support.INTERVENED,
              share(sameRandom(test, random), random.count(), "matched random sets that do so too"),
              String.format(
                  Locale.ROOT,
                  "matched by layer, position and norm; they write %.2f times the norm of the set",
                  random.normRatio())));
    }
    test.elsewhere()
        .ifPresent(each ->
            evidence.add(
                Evidence.noted(
                    "With these "
                        + unit
                        + "s ablated at every position, predictions on other texts stay",
                    Support.INTERVENED,
                    each.same(),
                    String.format(
                        Locale.ROOT,
                        "random set: %.3f; %s",
                        each.sameRandom().value(),
                        test.reference()))));
    test.restores().stream()
        .forEach(size -> {
          SetTest.Point point = test.kept(size).orElseThrow();
          SetTest.Draws random = point.random().orElseThrow();
          evidence.add(
              Evidence.noted(
                  String.format(
                      Locale.ROOT,
                      "The first %,d %s alone, all else at its mean, give the answer (%s)",
                      size,
                      units(size, unit),
                      percent(point.probability())),
                  Support.INTERVENED,
                  share(
                      random.count() - random.halved(),
                      random.count(),
                      "matched random sets that do so too"),
                  "means over " + test.reference()));
        });
    return evidence;
  }

  private static Estimate share(int count, int all, String what) {
    Estimate share = Proportion.wilson(count, all, LEVEL);
    return share.in(what + ", " + share.unit());
  }
}
