package dev.loupe.instrument.steer;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The effects of changing features.
 *
 * @param model its name
 * @param basis what counts as a feature: {@code neurons}, or the name of a dictionary
 * @param prompt the text
 * @param tokens of the prompt, as text
 * @param from the prompt that activations were taken from
 * @param held what was frozen, in words
 * @param changes as they were made
 * @param predictions next tokens that lead before or after, by their larger probability
 * @param divergence Kullback–Leibler divergence of the next token after from before, in nats
 * @param continuations if asked for
 * @param swap how the changes were found, if they give features another prompt's activations until
 *     its answer comes out
 */
public record SteerReport(
    String model,
    String basis,
    String prompt,
    List<String> tokens,
    Optional<String> from,
    String held,
    List<Change> changes,
    List<Prediction> predictions,
    double divergence,
    Optional<Continuations> continuations,
    Optional<Swap> swap) {
  public SteerReport {
    tokens = List.copyOf(tokens);
    changes = List.copyOf(changes);
    predictions = List.copyOf(predictions);
  }

  /**
   * A change of a feature at one position, or at every one.
   *
   * @param feature numbered through its layer
   * @param name as it is spelt
   * @param position from 0; every one when empty
   * @param action in words, such as {@code set to 0}
   * @param before activation in the unchanged run; at the last position where the change is
   *     everywhere
   */
  public record Change(
      int layer, int feature, String name, OptionalInt position, String action, double before) {}

  /**
   * A next token.
   *
   * @param logitBefore minus the mean of all logits
   * @param logitAfter likewise
   */
  public record Prediction(
      int id,
      String text,
      double probabilityBefore,
      double probabilityAfter,
      double logitBefore,
      double logitAfter) {}

  /** How the model continues, always with the most probable token. */
  public record Continuations(String before, String after) {}

  /**
   * The search for the features that tell two prompts apart.
   *
   * @param position of all of them
   * @param answer of the prompt
   * @param other answer of the other prompt
   * @param candidates features whose change is predicted to move the answer there
   * @param needed how many of them give the other answer, as few as were found; empty if not even
   *     all of them do, or if their number was given
   * @param taken how many were changed
   * @param curve by rising number of features
   * @param randomSets random sets of other features of the same layers, given their activations in
   *     the other prompt
   * @param randomArrived how many of these give the other answer
   * @param randomProbability of the other answer in them, the mean
   * @param removal what the prompt's own answer is without the changed features
   */
  public record Swap(
      int position,
      String answer,
      String other,
      int candidates,
      OptionalInt needed,
      int taken,
      List<SwapPoint> curve,
      int randomSets,
      int randomArrived,
      double randomProbability,
      Removal removal) {
    public Swap {
      curve = List.copyOf(curve);
    }

    /** The share of random sets that give the other answer, with Wilson's interval. */
    public Estimate randomShare() {
      Estimate share = Proportion.wilson(randomArrived, randomSets, 0.95);
      return share.in(
          "of as many random other features of the same layers do so too, " + share.unit());
    }

    /** Whether the model gives the other prompt's answer. */
    public boolean arrives() {
      return curve.stream()
          .anyMatch(point -> point.features() == taken && point.top().equals(other));
    }
  }

  /**
   * Candidates of the swap that are active in the prompt itself, set to 0 there, in the order of
   * the swap: those that carry what is swapped should be needed for the prompt's own answer too.
   *
   * @param needed how many of them take the answer away, as few as were found; empty if not even
   *     {@link #MOST} of them do
   * @param features how many were set to 0
   * @param own probability of the prompt's answer without them
   * @param top the model's answer without them
   * @param randomSets sets of as many other active features of the same layers, drawn at random
   * @param randomChanged how many of these take the answer away
   * @param randomOwn probability of the prompt's answer without them, the mean
   */
  public record Removal(
      OptionalInt needed,
      int features,
      double own,
      String top,
      int randomSets,
      int randomChanged,
      double randomOwn) {
    /** More features than this are no explanation. */
    public static final int MOST = 40;

    /** The share of random sets that take the answer away, with Wilson's interval. */
    public Estimate randomShare() {
      Estimate share = Proportion.wilson(randomChanged, randomSets, 0.95);
      return share.in(
          "of as many random other active features of the same layers do so too, " + share.unit());
    }
  }

  /**
   * A run with some features changed.
   *
   * @param own probability of the prompt's answer
   * @param other probability of the other prompt's answer
   * @param top the model's answer
   */
  public record SwapPoint(int features, double own, double other, String top) {}
}
