package dev.loupe.cli.features;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.instrument.geometry.TextsRequest;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The text on which features are compared. */
final class TextOptions {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--corpus",
      paramLabel = "CORPUS",
      order = 10,
      description = "Correlate activations on documents drawn from this corpus.")
  private Optional<Path> corpus = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "COUNT",
      order = 11,
      converter = OptionConverters.Count.class,
      description = "Read about this many tokens (default: ${DEFAULT-VALUE}).")
  private int tokens = TextsRequest.USUAL_TOKENS;

  @Option(
      names = "--length",
      paramLabel = "COUNT",
      order = 12,
      converter = OptionConverters.Count.class,
      description =
          "Cut documents into texts of this many tokens, which change places for the chance level (default:"
              + " ${DEFAULT-VALUE}).")
  private int length = TextsRequest.USUAL_LENGTH;

  /** The text, if a corpus was named. */
  Optional<TextsRequest> asked() {
    return corpus.map(each -> new TextsRequest(each, tokens, length));
  }

  /**
   * The text.
   *
   * @throws picocli.CommandLine.ParameterException if no corpus was named
   */
  TextsRequest required() {
    return asked()
        .orElseThrow(() ->
            UsageError.of(
                command,
                "Give --corpus: a file or a folder of text ('loupe world generate' writes the Almanac's)."));
  }
}
