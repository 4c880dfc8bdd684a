package dev.loupe.cli.steer;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Freezing;
import dev.loupe.instrument.steer.SteerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code loupe steer} changes. */
public final class SteerOptions {
  private static final Pattern FEATURE =
      Pattern.compile("(\\d{1,4}/(?:\\d{1,6}\\.)?\\d{1,9})(?:@(-?\\d{1,9}))?(?:=(\\S+))?");

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--ablate",
      paramLabel = "FEATURE",
      order = 10,
      description =
          "Ablate a feature: LAYER/NUMBER@POSITION, or LAYER/NUMBER at every position (in a mixture"
              + " LAYER/EXPERT.NEURON); repeatable, as are the other changes.")
  private List<String> ablated = List.of();

  @Option(
      names = "--set",
      paramLabel = "FEATURE=VALUE",
      order = 11,
      description = "Clamp its activation to a value.")
  private List<String> set = List.of();

  @Option(
      names = "--scale",
      paramLabel = "FEATURE=FACTOR",
      order = 12,
      description = "Multiply its activation.")
  private List<String> scaled = List.of();

  @Option(
      names = "--add",
      paramLabel = "FEATURE=AMOUNT",
      order = 13,
      description = "Inject it: add to its activation, whether or not it is active.")
  private List<String> added = List.of();

  @Option(
      names = "--patch",
      paramLabel = "FEATURE",
      order = 14,
      description = "Give it the activation that it has at the same position of the --from prompt.")
  private List<String> patched = List.of();

  @Option(
      names = "--from",
      paramLabel = "PROMPT",
      order = 15,
      description = "Prompt that --patch takes activations from, with the same number of tokens.")
  private Optional<String> from = Optional.empty();

  @Option(
      names = "--swap",
      paramLabel = "PROMPT",
      order = 16,
      description =
          "Find the features that carry the difference to this prompt: give as few as possible their"
              + " activations there, until the model gives its answer. Compared with random ones.")
  private Optional<String> swapped = Optional.empty();

  @Option(
      names = "--swap-at",
      paramLabel = "POSITION",
      order = 17,
      description =
          "Position of both prompts whose features --swap may change (default: the last).")
  private @Nullable Integer swapAt;

  @Option(
      names = "--swap-features",
      paramLabel = "COUNT",
      order = 18,
      converter = OptionConverters.Count.class,
      description = "Swap so many features (default: as few as give the other answer).")
  private @Nullable Integer swapFeatures;

  @Option(
      names = "--freeze",
      paramLabel = "WHAT",
      order = 20,
      description =
          "Freeze at the values of the unchanged run: nothing, attention (patterns),"
              + " attention-and-norms, direct (all but one step: the edges of a graph), constrained"
              + " (patterns, and what the features replace below the last layer) (default:"
              + " nothing).")
  private String freeze = "nothing";

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "Next tokens to show (default: ${DEFAULT-VALUE}).")
  private int top = SteerRequest.DEFAULT_TOP;

  @Option(
      names = "--max-tokens",
      paramLabel = "COUNT",
      order = 31,
      converter = OptionConverters.Count.class,
      description = "Also generate this many tokens, without and with the changes.")
  private @Nullable Integer maxTokens;

  /**
   * The request.
   *
   * @throws ParameterException if a change is not written as it must be, or there is none
   */
  SteerRequest request(String prompt) {
    List<SteerRequest.Change> changes = new ArrayList<>();
    ablated.forEach(
        text -> changes.add(change("--ablate", text, false, _ -> new FeatureChange.Action.Set(0))));
    set.forEach(text -> changes.add(change("--set", text, true, FeatureChange.Action.Set::new)));
    scaled.forEach(
        text -> changes.add(change("--scale", text, true, FeatureChange.Action.Scale::new)));
    added.forEach(text -> changes.add(change("--add", text, true, FeatureChange.Action.Add::new)));
    for (String text : patched) {
      SteerRequest.Change change =
          change("--patch", text, false, _ -> new FeatureChange.Action.Set(0));
      changes.add(new SteerRequest.Change(change.feature(), change.position(), Optional.empty()));
    }
    if (changes.isEmpty() == swapped.isEmpty()) {
      throw wrong(
          swapped.isPresent()
              ? "--swap finds the features to change: leave out --ablate, --set, --scale, --add and --patch."
              : "There is nothing to change: give --ablate, --set, --scale, --add, --patch or --swap.");
    }
    if (swapped.isPresent() && from.isPresent()) {
      throw wrong("--swap names the other prompt: leave out --from.");
    }
    if (swapped.isEmpty() && (swapAt != null || swapFeatures != null)) {
      throw wrong("--swap-at and --swap-features go with --swap.");
    }
    return new SteerRequest(
        prompt,
        false,
        changes,
        from.or(() -> swapped),
        freezing(),
        top,
        maxTokens == null ? 0 : maxTokens,
        swapped.map(_ ->
            new SteerRequest.Swap(
                swapAt == null ? -1 : swapAt,
                swapFeatures == null ? OptionalInt.empty() : OptionalInt.of(swapFeatures))));
  }

  private SteerRequest.Change change(
      String option, String text, boolean hasAmount, DoubleFunction<FeatureChange.Action> action) {
    Matcher parts = FEATURE.matcher(text);
    if (!parts.matches() || (parts.group(3) != null) != hasAmount) {
      throw wrong(
          "Invalid value '%s' for option '%s': write LAYER/NUMBER@POSITION%s, or without @POSITION for everywhere."
              .formatted(text, option, hasAmount ? "=NUMBER" : ""));
    }
    String position = parts.group(2);
    return new SteerRequest.Change(
        FeatureId.parse(parts.group(1)),
        position == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(position)),
        Optional.of(action.apply(hasAmount ? amount(option, parts.group(3)) : 0)));
  }

  private double amount(String option, String text) {
    try {
      double value = Double.parseDouble(text);
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw wrong("Invalid value '%s' for option '%s': not a number.".formatted(text, option));
  }

  private Freezing freezing() {
    return switch (freeze) {
      case "nothing" -> Freezing.NOTHING;
      case "attention" -> Freezing.ATTENTION;
      case "attention-and-norms" -> Freezing.ATTENTION_AND_NORMS;
      case "direct" -> Freezing.DIRECT;
      case "constrained" -> Freezing.CONSTRAINED;
      default ->
          throw wrong(
              "Invalid value '%s' for option '--freeze': choose nothing, attention, attention-and-norms, direct or constrained."
                  .formatted(freeze));
    };
  }

  private ParameterException wrong(String message) {
    return UsageError.of(command, message);
  }
}
