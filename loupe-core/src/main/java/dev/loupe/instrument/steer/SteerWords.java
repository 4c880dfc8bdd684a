package dev.loupe.instrument.steer;

import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.Freezing;
import java.util.ArrayList;
import java.util.List;

/** What was asked and done, in words. */
final class SteerWords {
  private SteerWords() {}

  static String question(String model, String prompt, List<String> features) {
    String what =
        features.size() == 1 ? "feature " + features.getFirst() : features.size() + " features";
    return "What does %s say after “%s” when %s changed?"
        .formatted(model, prompt, what + (features.size() == 1 ? " is" : " are"));
  }

  /** What becomes of an activation. */
  static String of(FeatureChange.Action action) {
    return switch (action) {
      case FeatureChange.Action.Set(double value) -> "set to " + ExactNumber.of(value);
      case FeatureChange.Action.Scale(double factor) -> "times " + ExactNumber.of(factor);
      case FeatureChange.Action.Add(double amount) -> "plus " + ExactNumber.of(amount);
    };
  }

  /** What is held. */
  static String of(Freezing freezing) {
    return switch (freezing) {
      case DIRECT ->
          "attention patterns, norm denominators and everything that the features replace";
      case ATTENTION_AND_NORMS -> "attention patterns and norm denominators";
      case ATTENTION -> "attention patterns";
      case NOTHING -> "nothing";
      case CONSTRAINED -> "attention patterns and what the features replace below the last layer";
    };
  }

  /** What the answer to such a request does not say. */
  static List<String> caveats(SteerRequest request) {
    List<String> caveats = new ArrayList<>();
    if (request.freezing() != Freezing.NOTHING) {
      caveats.add(
          "Held at the values of the unchanged run: "
              + of(request.freezing())
              + ". In the model itself these would change too.");
    }
    if (request.changes().stream()
        .flatMap(change -> change.action().stream())
        .anyMatch(SteerWords::isInvented)) {
      caveats.add(
          "An activation far above the feature's usual range takes the model out of its training"
              + " distribution.");
    }
    return caveats;
  }

  /** Whether the action gives an activation that no run of the model may ever have had. */
  private static boolean isInvented(FeatureChange.Action action) {
    return switch (action) {
      case FeatureChange.Action.Set(double value) -> value != 0;
      case FeatureChange.Action.Add _ -> true;
      case FeatureChange.Action.Scale _ -> false;
    };
  }
}
