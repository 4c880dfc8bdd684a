package dev.loupe.cli.stats;

import dev.loupe.cli.option.UsageError;
import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.JudgeError;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What is known of the judge who counted the successes. */
final class JudgeOptions {
  @Option(
      names = "--sensitivity",
      paramLabel = "HITS/POSITIVES",
      order = 3,
      converter = StatsConverters.Fraction.class,
      description =
          "If a judge counted the successes: known successes that it called successes, such as"
              + " 47/50.")
  private Optional<Counts> sensitivity = Optional.empty();

  @Option(
      names = "--specificity",
      paramLabel = "REJECTED/NEGATIVES",
      order = 4,
      converter = StatsConverters.Fraction.class,
      description = "With --sensitivity: known failures that it called failures, such as 92/100.")
  private Optional<Counts> specificity = Optional.empty();

  /**
   * The rate without the judge's errors, if the judge is known.
   *
   * @throws LoupeException if the judge carries no information
   */
  Optional<JudgeError.Corrected> corrected(
      Counts judged, double level, @Nullable CommandSpec command) {
    if (sensitivity.isPresent() != specificity.isPresent()) {
      throw UsageError.of(command, "--sensitivity and --specificity go together.");
    }
    if (sensitivity.isEmpty() || specificity.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new JudgeError(judged, sensitivity.get(), specificity.get())
            .corrected(level)
            .orElseThrow(() ->
                LoupeException.badInput(
                    "the judge carries no information: sensitivity and specificity add up to"
                        + " no more than 1",
                    "Take a better judge, or grade by hand.")));
  }
}
