package dev.loupe.cli.circuit;

import dev.loupe.circuit.HeadKinds.Kind;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.circuit.CompareCircuitsReport;
import java.util.Locale;
import java.util.stream.Collectors;

/** A model's circuit of heads and MLPs on a terminal. */
final class HeadLines {
  private static final int NODES = 16;
  private static final int EDGES = 6;

  private HeadLines() {}

  static void write(CompareCircuitsReport.ModelCircuit model, SummaryLines lines) {
    lines.wrapped(
        Style.PLAIN,
        "  ",
        String.format(
            Locale.ROOT,
            "%s: %d of %d heads and MLPs, faithfulness %s, random %.3f (p = %.3f); model %.3f,"
                + " nothing %.3f",
            model.model(),
            model.nodes().size(),
            model.components(),
            Intervals.of(model.faithfulness()),
            model.random(),
            model.p(),
            model.own(),
            model.empty()));
    String nodes =
        model.nodes().stream()
            .limit(NODES)
            .map(node -> node.name() + kind(node.kind()))
            .collect(Collectors.joining(" "));
    String edges =
        model.edges().stream()
            .limit(EDGES)
            .map(edge ->
                String.format(
                    Locale.ROOT,
                    "%s→%s %.0f%%",
                    edge.from(),
                    edge.to().replaceAll("<(.)>", ".$1"),
                    100 * edge.effect()))
            .collect(Collectors.joining(", "));
    long idle = model.nodes().stream().filter(node -> node.drop() <= 0).count();
    lines.wrapped(Style.DIM, "    ", nodes + (model.nodes().size() > NODES ? " …" : ""));
    if (idle > 0) {
      lines.wrapped(
          Style.DIM, "    ", "%d of them lose the circuit nothing when left out".formatted(idle));
    }
    if (!edges.isEmpty()) {
      lines.wrapped(Style.DIM, "    edges ", edges);
    }
  }

  /** In brackets, with a space before it; nothing for a head of no kind, and an MLP. */
  static String kind(Kind kind) {
    return switch (kind) {
      case PREVIOUS_TOKEN -> " (previous)";
      case DUPLICATE_TOKEN -> " (duplicate)";
      case INDUCTION -> " (induction)";
      case OTHER, MLP -> "";
    };
  }
}
