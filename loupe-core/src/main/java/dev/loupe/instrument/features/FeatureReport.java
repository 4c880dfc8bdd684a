package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.report.Evidence;
import java.util.List;
import java.util.Optional;

/**
 * What a feature means, from all sides.
 *
 * @param stored what the index knows
 * @param label in words, if it has been given one
 * @param promoted the tokens whose logits it raises most, strongest first
 * @param suppressed the tokens whose logits it lowers most, strongest first
 * @param nearest the features of all layers that write most alike, nearest first
 * @param evidence how this was checked
 * @param caveats what to keep in mind
 */
public record FeatureReport(
    StoredFeature stored,
    Optional<Label> label,
    List<TokenEffect> promoted,
    List<TokenEffect> suppressed,
    List<Neighbour> nearest,
    List<Evidence> evidence,
    List<String> caveats) {
  /**
   * A token that a feature moves.
   *
   * @param effect on its logit of one unit of activation, against the mean of all tokens
   */
  public record TokenEffect(int token, String text, double effect) {}

  /**
   * A feature that writes alike.
   *
   * @param cosine of the two decoder directions, each at its layer's own target
   */
  public record Neighbour(FeatureId id, double cosine, Optional<Label> label) {}

  public FeatureReport {
    promoted = List.copyOf(promoted);
    suppressed = List.copyOf(suppressed);
    nearest = List.copyOf(nearest);
    evidence = List.copyOf(evidence);
    caveats = List.copyOf(caveats);
  }

  /** Which feature. */
  public FeatureId id() {
    return stored.id();
  }
}
