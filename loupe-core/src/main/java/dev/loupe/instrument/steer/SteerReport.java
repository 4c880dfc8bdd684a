package dev.loupe.instrument.steer;

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
    Optional<Continuations> continuations) {
  public SteerReport {
    tokens = List.copyOf(tokens);
    changes = List.copyOf(changes);
    predictions = List.copyOf(predictions);
  }

  /**
   * A change of a feature at one position, or at every one.
   *
   * @param position from 0; every one when empty
   * @param action in words, such as {@code set to 0}
   * @param before activation in the unchanged run; at the last position where the change is
   *     everywhere
   */
  public record Change(
      int layer, int feature, OptionalInt position, String action, double before) {}

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
}
