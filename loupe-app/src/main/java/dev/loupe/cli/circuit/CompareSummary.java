package dev.loupe.cli.circuit;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.circuit.CompareCircuitsReport;
import dev.loupe.instrument.circuit.ComparedFeatures;
import java.util.Locale;

/** One task's circuits in several models on a terminal. */
final class CompareSummary {
  private static final int PARTNERS = 12;
  private static final double CHANCE = 0.05;

  private final CompareCircuitsReport report;
  private final SummaryLines lines;

  CompareSummary(CompareCircuitsReport report, SummaryLines lines) {
    this.report = report;
    this.lines = lines;
  }

  void write(String question) {
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(question));
    report.comparisons().forEach(each -> lines.wrapped(Style.PLAIN, "", verdict(each)));
    lines.heading(
        "Circuits",
        String.format(
            Locale.ROOT,
            "%s; chosen by %d pairs, measured on %d held out",
            report.metric(),
            report.train(),
            report.heldOut()));
    report.models().forEach(model -> HeadLines.write(model, lines));
    report.comparisons().forEach(this::comparison);
    report.features().ifPresent(this::features);
  }

  private void features(ComparedFeatures found) {
    lines.heading(
        "Circuits of features",
        String.format(
            Locale.ROOT,
            "matched on %d pairs, swapped on %d held out",
            found.texts(),
            report.heldOut()));
    for (ComparedFeatures.OfModel each : found.models()) {
      row(
          each.model(),
          String.format(
              Locale.ROOT,
              "%,d of %,d %s, faithfulness %s; %d compared",
              each.size(),
              each.candidates(),
              each.basis().equals("neurons") ? "neurons" : "features of " + each.basis(),
              Intervals.of(each.faithfulness()),
              each.members().size()));
    }
    for (ComparedFeatures.Pairing each : found.comparisons()) {
      lines.heading(
          report.models().getFirst().model() + "'s features in " + each.model(),
          verdict(each.verdict()));
      row(
          "likeness",
          String.format(
              Locale.ROOT,
              "%.3f, %d partners; texts permuted %.3f (p = %.3f), random features %.3f (p = %.3f)",
              each.likeness(),
              each.partners().size(),
              each.texts().mean(),
              each.texts().p(),
              each.circuits().mean(),
              each.circuits().p()));
      row("own twin", effect(each.own()));
      row("affine", swap(each.affine(), "a map of permuted texts"));
      row("rank", swap(each.rank(), "partners in random order"));
      each.partners().stream()
          .limit(PARTNERS)
          .forEach(partner ->
              lines.line(
                  String.format(
                      Locale.ROOT,
                      "  %-9s %-9s  activity %6.3f  effects %6.3f",
                      id(partner.first()),
                      id(partner.second()),
                      partner.activity(),
                      partner.effects())));
    }
  }

  private static String id(FeatureId feature) {
    return feature.layer() + "/" + feature.feature();
  }

  private static String verdict(CompareCircuitsReport.Verdict verdict) {
    return switch (verdict) {
      case SAME -> "the same mechanism, by these figures";
      case PARTLY -> "partly the same: alike or of the same effect, not both";
      case DIFFERENT -> "not the same: no more alike than chance, and of no such effect";
    };
  }

  private static String effect(ComparedFeatures.Effect effect) {
    return "moves the metric by %s of the way; %s of pairs follow"
        .formatted(Intervals.of(effect.moved()), Intervals.of(effect.followed()));
  }

  private static String swap(ComparedFeatures.Swap swap, String nothing) {
    return String.format(
        Locale.ROOT,
        "%s; random features %.3f (p = %.3f), values of random ones of the first %.3f (p = %.3f), %s %.3f (p = %.3f)",
        effect(swap.effect()),
        swap.random(),
        swap.randomP(),
        swap.fromRandom(),
        swap.fromRandomP(),
        nothing,
        swap.shuffled(),
        swap.shuffledP());
  }

  private String verdict(CompareCircuitsReport.Comparison each) {
    String first = report.models().getFirst().model();
    return switch (each.verdict()) {
      case SAME ->
          "The same mechanism in %s and %s, by these figures: what matches does the task there."
              .formatted(first, each.model());
      case PARTLY ->
          "Partly the same in %s and %s: %s."
              .formatted(
                  first,
                  each.model(),
                  each.texts().p() <= CHANCE
                      ? "what matches is more alike than chance, but does not do the task there as"
                          + " its own circuit does, or random parts do too"
                      : "what matches does the task there, but is no more alike than chance");
      case DIFFERENT ->
          "Not the same in %s and %s: what matches is no more alike than chance, and does not do the task there by itself."
              .formatted(first, each.model());
    };
  }

  private void comparison(CompareCircuitsReport.Comparison each) {
    lines.heading(
        report.models().getFirst().model() + " in " + each.model(),
        "%d of %d nodes have a partner"
            .formatted(each.partners().size(), report.models().getFirst().nodes().size()));
    row(
        "likeness",
        String.format(
            Locale.ROOT,
            "%.3f; texts permuted %.3f (p = %.3f), random circuits %.3f (p = %.3f)%s%s",
            each.likeness(),
            each.texts().mean(),
            each.texts().p(),
            each.circuits().mean(),
            each.circuits().p(),
            each.control()
                .map(value -> String.format(Locale.ROOT, ", the other task's %.3f", value))
                .orElse(""),
            each.shuffled()
                .map(value -> String.format(Locale.ROOT, ", shuffled weights %.3f", value))
                .orElse("")));
    row(
        "partners",
        String.format(
            Locale.ROOT,
            "%.0f of %d in its own circuit, by chance %.1f (p = %.3f)",
            each.shared().value(),
            each.shared().of(),
            each.shared().chance(),
            each.shared().p()));
    row(
        "depth",
        String.format(
            Locale.ROOT,
            "apart by %.3f of all layers, by chance %.3f (p = %.3f)",
            each.depth().value(),
            each.depth().chance(),
            each.depth().p()));
    row(
        "kinds",
        String.format(
            Locale.ROOT,
            "%.0f of %d heads are of one kind, by chance %.1f (p = %.3f)",
            each.kinds().value(),
            each.kinds().of(),
            each.kinds().chance(),
            each.kinds().p()));
    row(
        "alone",
        String.format(
            Locale.ROOT,
            "partners reach faithfulness %s; its own circuit %.3f, random %.3f (p = %.3f)%s",
            Intervals.of(each.functional().partners()),
            each.functional().own().value(),
            each.functional().random(),
            each.functional().p(),
            each.functional()
                .control()
                .map(value -> String.format(Locale.ROOT, ", the other task's %.3f", value))
                .orElse("")));
    each.partners().stream()
        .limit(PARTNERS)
        .forEach(partner ->
            lines.line(
                String.format(
                    Locale.ROOT,
                    "  %-6s %-6s  activity %6.3f  effects %6.3f  %s",
                    partner.first().name(),
                    partner.second().name(),
                    partner.activity(),
                    partner.effects(),
                    kinds(partner))));
  }

  private static String kinds(CompareCircuitsReport.Partner partner) {
    return partner.first().kind() == partner.second().kind()
        ? HeadLines.kind(partner.first().kind())
        : HeadLines.kind(partner.first().kind()) + " ·" + HeadLines.kind(partner.second().kind());
  }

  private void row(String name, String text) {
    lines.wrapped(Style.PLAIN, "  %-10s ".formatted(name), SummaryLines.printable(text));
  }
}
