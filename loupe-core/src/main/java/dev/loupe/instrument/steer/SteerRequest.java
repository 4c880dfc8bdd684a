package dev.loupe.instrument.steer;

import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Freezing;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to change, and in which run.
 *
 * @param prompt the text, as the model sees it
 * @param rendered whether the prompt is a rendered chat, to which no special token is added
 * @param changes of features, at least one unless some are to be found by {@code swap}
 * @param from another prompt with the same number of tokens, from which features without an action
 *     take their activations
 * @param freezing what is frozen at the values of the unchanged run
 * @param top next tokens to report
 * @param maxTokens tokens to continue for, before and after the change; 0 for none
 * @param swap which features get their activations in the prompt {@code from}, until its answer
 *     comes out
 */
public record SteerRequest(
    String prompt,
    boolean rendered,
    List<Change> changes,
    Optional<String> from,
    Freezing freezing,
    int top,
    int maxTokens,
    Optional<Swap> swap) {
  /**
   * A search for the features that tell the two prompts apart.
   *
   * @param at position in both prompts, from 0, or from the end where negative
   * @param features how many are changed; as few as give the other answer when empty
   */
  public record Swap(int at, OptionalInt features) {
    /** At the last position, as few as do. */
    public static final Swap LAST = new Swap(-1, OptionalInt.empty());
  }

  /** Next tokens that are reported by default. */
  public static final int DEFAULT_TOP = 10;

  /**
   * A change of a feature.
   *
   * @param feature of the basis, in either spelling
   * @param position from 0, or from the end where negative; everywhere, generated tokens included,
   *     when empty
   * @param action what becomes of its activation; that in the other prompt when empty
   */
  public record Change(
      FeatureId feature, OptionalInt position, Optional<FeatureChange.Action> action) {
    /** Of a feature that is numbered through its layer. */
    public Change(
        int layer, int feature, OptionalInt position, Optional<FeatureChange.Action> action) {
      this(new FeatureId(layer, feature), position, action);
    }
  }

  public SteerRequest {
    changes = List.copyOf(changes);
    if ((changes.isEmpty() && swap.isEmpty()) || top < 1 || maxTokens < 0) {
      throw new IllegalArgumentException(
          changes.size() + " changes, top " + top + ", maxTokens " + maxTokens);
    }
  }

  /** Changes with nothing frozen and no continuation. */
  public static SteerRequest of(String prompt, Change... changes) {
    return new SteerRequest(
        prompt,
        false,
        List.of(changes),
        Optional.empty(),
        Freezing.NOTHING,
        DEFAULT_TOP,
        0,
        Optional.empty());
  }

  /** Features of the last position swapped for those of another prompt, as few as do. */
  public static SteerRequest swapping(String prompt, String other) {
    return new SteerRequest(
        prompt,
        false,
        List.of(),
        Optional.of(other),
        Freezing.NOTHING,
        DEFAULT_TOP,
        0,
        Optional.of(Swap.LAST));
  }

  /** The same with other things frozen. */
  public SteerRequest withFreezing(Freezing other) {
    return new SteerRequest(prompt, rendered, changes, from, other, top, maxTokens, swap);
  }

  /** The same with features taken from another prompt. */
  public SteerRequest withFrom(String other) {
    return new SteerRequest(
        prompt, rendered, changes, Optional.of(other), freezing, top, maxTokens, swap);
  }

  /** The same, continuing for some tokens. */
  public SteerRequest withMaxTokens(int count) {
    return new SteerRequest(prompt, rendered, changes, from, freezing, top, count, swap);
  }
}
