package dev.loupe.cli.trace;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.TraceReport;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The strongest units of a trace: what ablating each should do, what it writes, what it fires on.
 */
final class StrongestUnits {
  private static final int UNITS = 6;
  private static final int WORDS = 4;

  /** Tokens told before the peak of an example. */
  private static final int BEFORE = 3;

  private final TraceReport report;
  private final SummaryLines lines;

  StrongestUnits(TraceReport report, SummaryLines lines) {
    this.report = report;
    this.lines = lines;
  }

  /**
   * Prints the table, if there is a unit.
   *
   * @param name of a node
   */
  void show(IntFunction<String> name) {
    Comparator<Integer> order =
        report.tests().isPresent()
            ? Comparator.comparingDouble(report::effect)
            : Comparator.comparingDouble(node -> -report.pruned().influence(node));
    List<Integer> strongest =
        IntStream.range(0, report.graph().nodes().size())
            .filter(node -> report.graph().nodes().get(node) instanceof Node.Feature)
            .boxed()
            .sorted(order)
            .limit(UNITS)
            .toList();
    if (strongest.isEmpty()) {
      return;
    }
    lines.heading(
        "Strongest " + report.basis().unit() + "s",
        "predicted change of the logit if ablated; share of the answer");
    int widest = strongest.stream().mapToInt(node -> name.apply(node).length()).max().orElse(1);
    for (int node : strongest) {
      TraceReport.Meaning meaning = report.meaning(node);
      lines.lineWithNote(
          Style.BOLD,
          String.format(
              Locale.ROOT,
              "  %+6.2f %s  %-" + widest + "s",
              report.effect(node),
              SummaryLines.percent(report.pruned().share(node)),
              name.apply(node)),
          Stream.of(meaning.says(WORDS), meaning.alsoSays(WORDS))
              .filter(words -> !words.isEmpty())
              .map(SummaryLines::printable)
              .collect(Collectors.joining("; ", "  ", "")));
      meaning
          .firesOn()
          .filter(fires -> !fires.examples().isEmpty())
          .ifPresent(fires -> lines.wrapped(Style.DIM, " ".repeat(17) + "fires on ", words(fires)));
    }
  }

  /** The ends of the examples, each peak in brackets; the same end once. */
  private static String words(TraceReport.FiresOn fires) {
    return fires.examples().stream()
        .map(piece -> {
          List<String> tokens = piece.tokens();
          List<String> before = tokens.subList(Math.max(0, piece.peak() - BEFORE), piece.peak());
          String peak = tokens.get(piece.peak());
          String space = peak.startsWith(" ") ? " " : "";
          return "%s%s[%s]"
              .formatted(String.join("", before), space, peak.substring(space.length()))
              .strip();
        })
        .map(SummaryLines::printable)
        .distinct()
        .collect(Collectors.joining(" · "));
  }
}
