package dev.loupe.cli.audit;

import dev.loupe.audit.AnswerOptions.Columns;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The names of a table's columns, or of what a log's metadata holds. */
final class AnswerColumns {
  @Option(
      names = "--system",
      paramLabel = "COLUMN",
      order = 1,
      description = "Column of a table: what answered. Default: system.")
  private Optional<String> system = Optional.empty();

  @Option(
      names = "--item",
      paramLabel = "COLUMN",
      order = 2,
      description = "Column of a table: the question. Default: id.")
  private Optional<String> item = Optional.empty();

  @Option(
      names = "--outcome",
      paramLabel = "COLUMN",
      order = 3,
      description =
          "Column of a table: correct, wrong, abstained, empty or undetermined. Default: outcome.")
  private Optional<String> outcome = Optional.empty();

  @Option(
      names = "--confidence",
      paramLabel = "NAME",
      order = 4,
      description =
          "Column of a table, or name in the metadata of Inspect's score. Default: confidence.")
  private Optional<String> confidence = Optional.empty();

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      order = 5,
      description =
          "Column of a table, or name in the metadata of Inspect's sample: answers that depend on"
              + " each other. Default: cluster.")
  private Optional<String> cluster = Optional.empty();

  @Option(
      names = "--category",
      paramLabel = "NAME",
      order = 6,
      description =
          "Column of a table, or name in the metadata of Inspect's sample: sections of the report."
              + " Default: category.")
  private Optional<String> category = Optional.empty();

  @Option(
      names = "--label",
      paramLabel = "NAME",
      order = 7,
      description =
          "Column of a table, or name in the metadata of Inspect's sample: a person's grade of some"
              + " answers, by which the errors of the grades are corrected. Default: label.")
  private Optional<String> label = Optional.empty();

  @Option(
      names = "--text",
      paramLabel = "COLUMN",
      order = 8,
      description = "Column of a table: the answer's text. Default: answer.")
  private Optional<String> text = Optional.empty();

  @Option(
      names = "--right",
      paramLabel = "COLUMN",
      order = 9,
      description = "Column of a table: the right answer, for --match. Default: target.")
  private Optional<String> right = Optional.empty();

  @Option(
      names = "--question",
      paramLabel = "COLUMN",
      order = 10,
      description = "Column of a table: what was asked, for --judge. Default: question.")
  private Optional<String> question = Optional.empty();

  Columns columns() {
    return new Columns(
        system, item, outcome, confidence, cluster, category, label, text, right, question);
  }
}
