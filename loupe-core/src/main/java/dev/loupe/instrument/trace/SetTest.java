package dev.loupe.instrument.trace;

import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the listed units do together, tested in the real model: some of them ablated (necessity),
 * all else ablated (sufficiency), and what else such an ablation changes (specificity).
 *
 * @param order in which units are taken
 * @param units how many can be taken
 * @param first the first units in that order as {@code LAYER/NUMBER@POSITION}, as many as the
 *     deciding set has, at least ten
 * @param answer probability of the explained token in the unchanged run
 * @param necessity ablations of the first k units, rising k
 * @param halves the smallest tested k that halves the answer's probability
 * @param changes the smallest tested k that makes the model give another answer
 * @param sufficiency runs in which everything but the first k units is ablated to its mean, rising
 *     k; k = 0 keeps nothing
 * @param restores the smallest tested k > 0 that gives the answer with at least half of its
 *     probability when only those units are kept
 * @param logit what the deciding ablation does to the answer
 * @param rivals what it does to the model's next best tokens
 * @param elsewhere what the deciding ablation does to other texts
 * @param reference those texts in words; the means are over them too
 * @param texts how many of them were used
 */
public record SetTest(
    Order order,
    int units,
    List<String> first,
    double answer,
    List<Point> necessity,
    OptionalInt halves,
    OptionalInt changes,
    List<Point> sufficiency,
    OptionalInt restores,
    Rival logit,
    List<Rival> rivals,
    Optional<Elsewhere> elsewhere,
    String reference,
    int texts) {

  public SetTest {
    first = List.copyOf(first);
    necessity = List.copyOf(necessity);
    sufficiency = List.copyOf(sufficiency);
    rivals = List.copyOf(rivals);
  }

  /** In which order listed units are taken. */
  public enum Order {
    /** By how much the frozen model predicts that ablating one alone lowers the answer's logit. */
    EFFECT,
    /** By influence, the share of the answer that runs through one. */
    INFLUENCE
  }

  /**
   * One set of units.
   *
   * @param units how many
   * @param probability of the answer
   * @param top text of the token that the model now prefers
   * @param random the same for sets drawn at random, where some were
   */
  public record Point(int units, double probability, String top, Optional<Draws> random) {}

  /**
   * Sets of the same size drawn at random, matched by layer, position and norm.
   *
   * @param count how many sets
   * @param median probability of the answer
   * @param low the lowest
   * @param high the highest
   * @param halved how many halve the answer's probability
   * @param changed how many change the answer
   * @param normRatio norms of what they write, summed, over those of the set; the mean
   */
  public record Draws(
      int count,
      double median,
      double low,
      double high,
      int halved,
      int changed,
      double normRatio) {}

  /**
   * The answer, or a token that the model might have given instead.
   *
   * @param text of the token
   * @param before its logit, minus the mean of all
   * @param after the same with the deciding set ablated
   */
  public record Rival(String text, double before, double after) {}

  /**
   * Predictions on the reference with the units of the deciding set ablated at every position.
   *
   * @param same share of them that stay as they are
   * @param sameRandom the same for a matched random set
   */
  public record Elsewhere(Estimate same, Estimate sameRandom) {}

  /** The deciding set's size: what changes the answer, else what halves it. */
  public OptionalInt deciding() {
    return changes.isPresent() ? changes : halves;
  }

  /** The point of so many units. */
  public Optional<Point> ablated(int units) {
    return necessity.stream().filter(point -> point.units() == units).findFirst();
  }

  /** The point at which so many units alone are kept. */
  public Optional<Point> kept(int units) {
    return sufficiency.stream().filter(point -> point.units() == units).findFirst();
  }

  /** The random sets beside the deciding set. */
  public Optional<Draws> decidingRandom() {
    return deciding().isPresent()
        ? ablated(deciding().getAsInt()).flatMap(Point::random)
        : Optional.empty();
  }
}
