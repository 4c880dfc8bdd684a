package dev.loupe.cli.circuit;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.circuit.CircuitReport;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A circuit on a terminal: the verdict, the figures it rests on, the features. */
final class CircuitSummary {
  private static final int MEMBERS = 12;
  private static final int BAR = 24;

  private final CircuitReport report;
  private final SummaryLines lines;

  CircuitSummary(CircuitReport report, SummaryLines lines) {
    this.report = report;
    this.lines = lines;
  }

  void write(String question) {
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(question));
    lines.wrapped(Style.PLAIN, "", verdict());
    choices();
    comparisons();
    curve();
    supernodes();
    members();
    report
        .heads()
        .ifPresent(heads -> {
          lines.heading("Heads and MLPs", "all others put out the twin's values");
          HeadLines.write(heads, lines);
        });
    example();
  }

  private String verdict() {
    CircuitReport.Found found = report.circuit();
    String size =
        String.format(
            Locale.ROOT,
            "%,d of %,d features (%s), of which %,.0f are active in a prompt (%s of %,.0f),",
            found.size(),
            report.candidates(),
            SummaryLines.percent(found.share()),
            found.activePerPrompt(),
            SummaryLines.percent(found.shareOfPrompt()),
            report.activePerPrompt());
    return switch (report.verdict()) {
      case CIRCUIT ->
          "A circuit: "
              + size
              + " do the task by themselves: faithfulness "
              + Intervals.of(found.faithfulness())
              + " on held-out pairs.";
      case PART ->
          "Part of a circuit: "
              + size
              + " reach faithfulness "
              + Intervals.of(found.faithfulness())
              + " on held-out pairs, more than any random circuit, but not what a circuit must.";
      case NONE ->
          "No circuit: "
              + size
              + " reach faithfulness "
              + Intervals.of(found.faithfulness())
              + " on held-out pairs, and random features of the same layers reach as much.";
    };
  }

  private void choices() {
    CircuitReport.Choices choices = report.choices();
    CircuitReport.Scores scores = report.scores();
    lines.heading("Measured by", choices.metric());
    row("task", choices.task() + ": " + choices.source());
    row(
        "pairs",
        "%d choose the circuit, %d held out test it".formatted(choices.train(), choices.heldOut()));
    row("left out", "set to " + choices.ablation() + "; errors " + choices.errors());
    row("ranked by", choices.ranking());
    row(
        "metric",
        String.format(
            Locale.ROOT,
            "model %.3f · circuit %.3f · nothing %.3f",
            scores.model(),
            scores.circuit(),
            scores.empty()));
    row(
        "errors",
        String.format(
            Locale.ROOT,
            "kept: everything %.3f, nothing %.3f · removed: everything %.3f, nothing %.3f",
            scores.allErrorsKept(),
            scores.emptyErrorsKept(),
            scores.allErrorsRemoved(),
            scores.emptyErrorsRemoved()));
    List<Integer> held = report.circuit().errors();
    if (!held.isEmpty()) {
      row(
          "",
          "the circuit holds the errors of layers "
              + held.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
  }

  private void row(String name, String text) {
    lines.line("  %-10s %s".formatted(name, SummaryLines.printable(text)));
  }

  private void comparisons() {
    CircuitReport.Found found = report.circuit();
    lines.heading("Beside it", "faithfulness on held-out pairs");
    bar("this circuit", found.size(), found.faithfulness());
    bar("the model without it", found.size(), found.completeness());
    double mean = report.draws().stream().mapToDouble(f -> f).average().orElse(Double.NaN);
    bar(
        String.format(Locale.ROOT, "random, same layers, p %.3f", report.p()),
        found.size(),
        Estimate.exactly(mean, ""));
    for (CircuitReport.Rival rival : report.rivals()) {
      bar(rival.name(), rival.size(), rival.faithfulness());
    }
    if (report.neurons().asked()) {
      bar(
          "neurons by score",
          report.neurons().size().orElse(report.neurons().candidates()),
          report.neurons().faithfulness());
      if (found.byScore().isPresent()) {
        lines.line(
            Style.DIM,
            String.format(
                Locale.ROOT,
                "  by score alone it takes %,d features, and %s neurons",
                found.byScore().getAsInt(),
                report.neurons().size().isPresent()
                    ? String.format(Locale.ROOT, "%,d", report.neurons().size().getAsInt())
                    : "more than all"));
      }
    }
  }

  private void bar(String name, int size, Estimate value) {
    int filled = (int) Math.round(Math.clamp(value.value(), 0, 1) * BAR);
    lines.line(
        String.format(
            Locale.ROOT,
            "  %-36s %,7d  %-22s %s",
            name,
            size,
            Intervals.of(value),
            "█".repeat(Double.isNaN(value.value()) ? 0 : filled)));
  }

  private void curve() {
    lines.heading("By size", "highest scores first; kept alone, and left out of the model");
    for (CircuitReport.Point point : report.curve()) {
      if (point.size() > 0) {
        lines.line(
            String.format(
                Locale.ROOT,
                "  %6s %,8d  %-22s  without %s",
                SummaryLines.percent(point.share()),
                point.size(),
                Intervals.of(point.faithfulness()),
                Intervals.of(point.completeness())));
      }
    }
    for (CircuitReport.Areas areas : report.areas()) {
      lines.line(
          Style.DIM,
          String.format(
              Locale.ROOT,
              "  %s scores: CPR %.3f, CMD %.3f",
              areas.order(),
              areas.cpr(),
              areas.cmd()));
    }
  }

  private void supernodes() {
    if (report.supernodes().isEmpty()) {
      return;
    }
    lines.heading(
        "Its supernodes", "what faithfulness loses without each; as many drawn at random");
    for (CircuitReport.Supernode each : report.supernodes()) {
      lines.line(
          String.format(
              Locale.ROOT,
              "  %-24s %3d  %-12s %-22s %6.3f, p %.3f",
              SummaryLines.printable(each.name()),
              each.members().size(),
              each.first() == each.last()
                  ? "layer " + each.first()
                  : "layers " + each.first() + "–" + each.last(),
              Intervals.of(each.drop()),
              each.random(),
              each.p()));
    }
  }

  private void members() {
    List<CircuitReport.Member> members = report.members();
    lines.heading("Its features", "what faithfulness loses without each");
    for (CircuitReport.Member member : members.subList(0, Math.min(MEMBERS, members.size()))) {
      lines.line(
          String.format(Locale.ROOT, "  %-10s %s", member.feature(), Intervals.of(member.drop())));
    }
    long idle = members.stream().filter(each -> !(each.drop().low() > 0)).count();
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "  %,d of %,d may be idle: the interval of their drop holds 0",
            idle,
            members.size()));
  }

  private void example() {
    CircuitReport.Example example = report.example();
    lines.heading("One held-out pair", "");
    row("clean", "“" + example.clean() + "” →" + example.answer());
    if (!example.corrupted().isEmpty()) {
      row("corrupted", "“" + example.corrupted() + "”, against" + example.foil());
    }
    row(
        "metric",
        String.format(
            Locale.ROOT,
            "model %.3f · circuit %.3f · nothing %.3f",
            example.model(),
            example.circuit(),
            example.empty()));
  }
}
