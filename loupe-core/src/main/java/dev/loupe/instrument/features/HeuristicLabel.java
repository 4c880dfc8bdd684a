package dev.loupe.instrument.features;

import dev.loupe.instrument.features.FeatureReport.TokenEffect;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Words for a feature without a model that would write them: the token that most of its strongest
 * examples peak on, those that stand before it, and the tokens that it promotes. A rule of thumb,
 * and marked as such.
 */
final class HeuristicLabel {
  private static final double MOST = 0.5;
  private static final int WORDS = 3;

  private HeuristicLabel() {}

  /** Empty for a feature that was never above zero. */
  static Optional<Label> of(StoredFeature feature, List<TokenEffect> promoted) {
    if (feature.strongest().isEmpty()) {
      return Optional.empty();
    }
    String after =
        context(feature.strongest()).map(tokens -> " after " + quoted(tokens)).orElse("");
    String fires =
        common(feature.strongest(), Example::peakText)
            .map(token -> "fires on " + quoted(token) + after)
            .orElseGet(() ->
                after.isEmpty() ? "fires on " + several(feature.strongest()) : "fires" + after);
    String promotes =
        promoted.stream()
            .limit(WORDS)
            .map(effect -> quoted(effect.text()))
            .collect(Collectors.joining(", "));
    return Optional.of(
        new Label(
            promotes.isEmpty() ? fires : fires + "; promotes " + promotes,
            Label.HEURISTIC,
            Optional.empty(),
            Optional.empty()));
  }

  /** What most of the examples have in common. */
  private static Optional<String> common(
      List<Example> examples, Function<Example, String> property) {
    return counts(examples, property).entrySet().stream()
        .filter(entry -> entry.getValue() >= MOST * examples.size() && entry.getValue() > 1)
        .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey);
  }

  private static String several(List<Example> examples) {
    return counts(examples, Example::peakText).entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(WORDS)
        .map(entry -> quoted(entry.getKey()))
        .collect(Collectors.joining(", "));
  }

  private static Map<String, Long> counts(
      List<Example> examples, Function<Example, String> property) {
    return examples.stream().collect(Collectors.groupingBy(property, Collectors.counting()));
  }

  /** The longest run of tokens, of at most three, that stands before most of the peaks. */
  private static Optional<String> context(List<Example> examples) {
    for (int length = WORDS; length > 0; length--) {
      int tokens = length;
      Optional<String> shared = common(examples, example -> before(example, tokens));
      if (shared.isPresent() && !shared.get().isBlank()) {
        return shared;
      }
    }
    return Optional.empty();
  }

  private static String before(Example example, int tokens) {
    return example.peak() < tokens
        ? ""
        : String.join("", example.texts().subList(example.peak() - tokens, example.peak()));
  }

  private static String quoted(String token) {
    String shown = token.strip();
    return "“" + (shown.isEmpty() ? token : shown) + "”";
  }
}
