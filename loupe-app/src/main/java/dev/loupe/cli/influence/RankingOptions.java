package dev.loupe.cli.influence;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * What 'influence ask' and 'influence compare' say alike: where the documents are, and by what they
 * are ranked.
 */
final class RankingOptions {
  @Option(
      names = "--corpus",
      paramLabel = "CORPUS",
      order = 11,
      description = "Where the documents of the fit are now (default: where the fit found them).")
  Optional<Path> corpus = Optional.empty();

  @Option(
      names = "--relative",
      order = 14,
      description =
          "Rank by influence over the norm of the document's gradient, which keeps documents of"
              + " large loss from being influential for everything.")
  boolean relative;
}
