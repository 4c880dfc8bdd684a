package dev.loupe.instrument.trace;

import dev.loupe.dictionary.UnitNames;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Provenance;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A whole finding around a made-up graph. */
final class SampleReport {
  private SampleReport() {}

  static Finding<TraceReport> of(AttributionGraph graph) {
    PrunedGraph pruned = new GraphPruner(0.97, 0.99).prune(graph);
    Map<Integer, TraceReport.Meaning> meanings = new HashMap<>();
    for (int node = 0; node < graph.nodes().size(); node++) {
      if (graph.nodes().get(node) instanceof Node.Feature) {
        meanings.put(
            node,
            new TraceReport.Meaning(
                List.of(
                    new TraceReport.TokenWeight(" Paris", 0.9),
                    new TraceReport.TokenWeight(" \"Lyon\"", 0.5)),
                List.of(new TraceReport.TokenWeight(" the", -0.4)),
                Optional.of(
                    new TraceReport.FiresOn(
                        0.25,
                        List.of(
                            new TraceReport.Piece(
                                List.of(" of", " France"), List.of(0.0, 2.5), 1))))));
      }
    }
    TraceReport report =
        new TraceReport(
            new TraceReport.Model("tiny", "gpt2", "ab12", "float32", 4, 32, 8, 4, 101),
            TraceReport.Basis.neurons(UnitNames.PLAIN),
            new TraceReport.Prompt(
                "a b c",
                List.of(
                    new TraceReport.PromptToken(10, "a", 0, 1),
                    new TraceReport.PromptToken(11, " b", 1, 3),
                    new TraceReport.PromptToken(12, " c", 3, 5))),
            2,
            List.of(new TraceReport.Prediction(7, " Paris", 0.7, 3.5)),
            new TraceReport.Settings(0.8, 100, 0.97, 0.99, "", "", 0.05, 3000, 0),
            graph,
            pruned,
            meanings,
            Map.of(7, " Paris", 8, " London"),
            NodeGroups.of(graph, pruned, 0.05),
            StrongestPaths.of(graph, pruned, 5),
            List.of(),
            Map.of(),
            Optional.empty(),
            GraphScores.of(graph),
            Optional.empty(),
            96,
            "coverage");
    return new Finding<>(
        TraceJson.SCHEMA,
        "Why does tiny continue “a b c” with “ Paris”?",
        report,
        List.of(
            Evidence.atMost(
                1e-4, "Sums close", Support.OBSERVED, Estimate.exactly(3e-7, "relative gap"), "")),
        List.of("One prompt."),
        new Provenance(
            List.of(new Provenance.Input("tiny", "ab12")),
            0,
            "float32",
            "cpu",
            "0.1.0",
            "25",
            "libtorch",
            1.5));
  }
}
