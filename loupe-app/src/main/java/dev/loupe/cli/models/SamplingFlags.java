package dev.loupe.cli.models;

import dev.loupe.model.generate.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the next token is chosen and when to stop: the options of commands that generate text. */
public final class SamplingFlags {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--temperature",
      paramLabel = "NUMBER",
      order = 100,
      description =
          "Temperature; 0 always takes the most probable token (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "COUNT",
      order = 101,
      description =
          "Sample from the COUNT most probable tokens; 0 means all (default:"
              + " ${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "SHARE",
      order = 102,
      description =
          "Sample from the most probable tokens that together reach SHARE (default:"
              + " ${DEFAULT-VALUE}).")
  private double topP = 1;

  @Option(
      names = "--min-p",
      paramLabel = "SHARE",
      order = 103,
      description =
          "Sample from tokens at least SHARE times as probable as the most probable (default:"
              + " ${DEFAULT-VALUE}).")
  private double minP;

  @Option(
      names = "--max-tokens",
      paramLabel = "COUNT",
      order = 104,
      description = "Generate at most this many tokens (default: ${DEFAULT-VALUE}).")
  private int maxTokens = 512;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      order = 105,
      description = "Stop before this text; repeatable.")
  private List<String> stop = new ArrayList<>();

  /**
   * The checked options.
   *
   * @throws ParameterException naming the option and its range
   */
  SamplingOptions options(long seed) {
    try {
      return new SamplingOptions(temperature, topK, topP, minP, maxTokens, stop, seed);
    } catch (IllegalArgumentException e) {
      if (command == null) {
        throw e;
      }
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
