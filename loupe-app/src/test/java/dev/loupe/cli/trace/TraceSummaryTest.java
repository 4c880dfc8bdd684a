package dev.loupe.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.UnitNames;
import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.EdgeMatrix;
import dev.loupe.instrument.trace.GraphPruner;
import dev.loupe.instrument.trace.GraphScores;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.PrunedGraph;
import dev.loupe.instrument.trace.StrongestPaths;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Provenance;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TraceSummaryTest {
  private static final String GOLDEN =
      """
      Why does SmolLM2-135M-Instruct continue “The capital of France is” with “ Paris”?

        “ Paris” 71.0%  █████████████████
        “ the”    4.0%  █

      Where the answer comes from
           67.7%  from the prompt's tokens, through listed neurons and attention
            4.2%  from biases, the same for every prompt
           28.1%  from neurons that are not listed: not followed further
          3 of 230,400 neurons listed (stopped by --max-nodes); 12 nodes and 20 edges in the picture

      Strongest neurons  predicted change of the logit if ablated; share of the answer
         +0.00  52.0%  12/873@4 at “ is”     promotes Paris, Lyon, Marseille, Nice; suppresses London
                       fires on the capital of [France] · [France]
         +0.00  32.0%  4/231@3 at “ France”  promotes French, France, Paris; suppresses London
         +0.00  11.9%  20/11@4 at “ is”      promotes city, town; suppresses London

      Strongest paths  share of the answer that runs through each; + pushes it up, − down
                  “ Paris”
        + 52.0%  ├ 12/873@4 at “ is”  promotes Paris, Lyon, Marseille, Nice
        + 32.0%  │ ├ 4/231@3 at “ France”  promotes French, France, Paris
        + 39.3%  │ │ ├ token “ France” (3)
        + 13.5%  │ │ └ token “ capital” (1)
        + 13.5%  │ ├ token “ capital” (1)
        + 39.3%  │ ├ token “ France” (3)
        + 11.7%  │ └ token “ is” (4)
        + 39.3%  ├ token “ France” (3)
        − 11.7%  ├ token “ is” (4)
        + 32.0%  └ 4/231@3 at “ France”  promotes French, France, Paris
        + 39.3%    └ token “ France” (3)

      Evidence
        ✓ passed  Incoming edges of every listed node sum to its value: 3.1e-07 relative gap, largest
                  (tolerance 1.0e-04)
        ✗ FAILED  The frozen replay gives the model's logits: 2.5e-03 largest gap (tolerance 1.0e-04)
                  The picture may not be of this model.
        · noted   Predicted and measured effect of ablating the top nodes agree: 0.903 [0.544, 0.983]
                  Spearman, n = 10
        ! caveat  Attention patterns are held fixed: why a head looks where it looks is not told.

      SmolLM2-135M-Instruct · float32 on cpu · libtorch 2.10.0 · Loupe 0.1.0 · 4.2 s\
      """;

  @Test
  void readsLikeThis() {
    assertEquals(GOLDEN, String.join("\n", whole(report(" Paris"), terminal(false, 100))));
  }

  @Test
  void keepsTheWidthOfTheTerminal() {
    for (String line : whole(report(" Paris"), terminal(false, 60))) {
      assertTrue(line.codePointCount(0, line.length()) <= 60, line);
    }
  }

  @Test
  void coloursOnlyWhereTheyAreWelcome() {
    String plain = String.join("\n", whole(report(" Paris"), terminal(false, 100)));
    String coloured = String.join("\n", whole(report(" Paris"), terminal(true, 100)));
    assertFalse(plain.contains("\u001b"));
    assertTrue(coloured.contains("\u001b"));
    assertEquals(plain, coloured.replaceAll("\u001b\\[[0-9;]*m", ""));
  }

  @Test
  void aTokenCannotMoveTheCursor() {
    String text = String.join("\n", whole(report("\u001b[2J\n"), terminal(false, 100)));
    assertFalse(text.contains("\u001b"));
    assertTrue(text.contains("“\ufffd[2J\\n”"), text);
  }

  private static Terminal terminal(boolean colour, int width) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    return new Terminal(
        InputStream.nullInputStream(), nowhere, nowhere, colour, colour, colour, width);
  }

  private static AttributionGraph graph() {
    List<Node> nodes =
        List.of(
            new Node.Feature(4, 3, 231, 2, 2, 1),
            new Node.Feature(12, 4, 873, 3, 3, 1),
            new Node.Feature(20, 4, 11, 1, -1, -1),
            new Node.Token(0, 1),
            new Node.Token(1, 2),
            new Node.Token(2, 3),
            new Node.Token(3, 4),
            new Node.Token(4, 5),
            new Node.AttentionBias(3),
            new Node.Remainder(10, 4, 1535),
            new Node.Logit(7042, -1, 0.71f, 9, 0.71f),
            new Node.Logit(253, -1, 0.04f, 2, 0.04f));
    float[][] rows = new float[nodes.size()][0];
    rows[0] = new float[] {0, 0, 0, 0, 0.3f, 0, 1.5f, 0, 0.2f, 0, 0, 0};
    rows[1] = new float[] {1.6f, 0, 0, 0.1f, 0.5f, 0, 0.4f, 0.2f, 0, 0.2f, 0, 0};
    rows[2] = new float[] {0, -0.9f, 0, 0, 0, 0.2f, 0, 0.1f, 0, -0.4f, 0, 0};
    rows[10] = new float[] {0.4f, 4.2f, 1.1f, 0, 0, 0, 0.8f, -0.5f, 0.1f, 1.9f, 0, 0};
    rows[11] = new float[] {0, -0.8f, 0.2f, 0, 0, 0, 0, 1.5f, 0, 1.1f, 0, 0};
    float[][] masses = new float[nodes.size()][0];
    for (int target = 0; target < rows.length; target++) {
      if (rows[target].length > 0) {
        masses[target] = new float[] {1.5f * Math.abs(rows[target][9])};
      }
    }
    return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, 9));
  }

  private static Finding<TraceReport> report(String answer) {
    AttributionGraph graph = graph();
    PrunedGraph pruned = new GraphPruner(0.95, 0.98).prune(graph);
    TraceReport report =
        new TraceReport(
            new TraceReport.Model(
                "SmolLM2-135M-Instruct", "llama", "ab12", "float32", 30, 576, 1536, 9, 49152),
            TraceReport.Basis.neurons(UnitNames.PLAIN),
            new TraceReport.Prompt(
                "The capital of France is",
                List.of(
                    new TraceReport.PromptToken(1, "The", 0, 3),
                    new TraceReport.PromptToken(2, " capital", 3, 11),
                    new TraceReport.PromptToken(3, " of", 11, 14),
                    new TraceReport.PromptToken(4, " France", 14, 21),
                    new TraceReport.PromptToken(5, " is", 21, 24))),
            4,
            List.of(
                new TraceReport.Prediction(7042, answer, 0.71, 17.37),
                new TraceReport.Prediction(253, " the", 0.04, 14.5)),
            new TraceReport.Settings(0.8, 2000, 0.95, 0.98, "", "", 0, 3000, 0),
            graph,
            pruned,
            Map.of(
                0, meaning(" French", " France", " Paris"),
                1, firing(meaning(" Paris", " Lyon", " Marseille", " Nice", " Lille")),
                2, meaning(" city", " town")),
            Map.of(7042, answer, 253, " the"),
            List.of(),
            StrongestPaths.of(graph, pruned, 8),
            List.of(),
            Map.of(),
            Optional.empty(),
            GraphScores.of(graph),
            Optional.empty(),
            230_400,
            "maxNodes");
    return new Finding<>(
        "loupe.trace/1",
        "Why does SmolLM2-135M-Instruct continue “The capital of France is” with “" + answer + "”?",
        report,
        List.of(
            Evidence.atMost(
                1e-4,
                "Incoming edges of every listed node sum to its value",
                Support.OBSERVED,
                Estimate.exactly(3.1e-7, "relative gap, largest"),
                ""),
            Evidence.atMost(
                1e-4,
                "The frozen replay gives the model's logits",
                Support.OBSERVED,
                Estimate.exactly(2.5e-3, "largest gap"),
                "The picture may not be of this model."),
            Evidence.noted(
                "Predicted and measured effect of ablating the top nodes agree",
                Support.INTERVENED,
                new Estimate(0.903, 0.544, 0.983, 0.95, "Spearman, n = 10"),
                "")),
        List.of("Attention patterns are held fixed: why a head looks where it looks is not told."),
        new Provenance(
            List.of(new Provenance.Input("SmolLM2-135M-Instruct", "ab12")),
            0,
            "float32",
            "cpu",
            "0.1.0",
            "25.0.3",
            "libtorch 2.10.0",
            4.23));
  }

  /** The same, with two examples whose ends read alike and one that is short. */
  private static TraceReport.Meaning firing(TraceReport.Meaning meaning) {
    List<String> tokens = List.of("We", " like", " the", " capital", " of", " France", " and");
    List<Double> activations = Collections.nCopies(tokens.size(), 1.0);
    TraceReport.Piece piece = new TraceReport.Piece(tokens, activations, 5);
    TraceReport.Piece start = new TraceReport.Piece(List.of("France"), List.of(1.0), 0);
    return new TraceReport.Meaning(
        meaning.promotes(),
        meaning.suppresses(),
        Optional.of(new TraceReport.FiresOn(0.01, List.of(piece, piece, start))));
  }

  private static TraceReport.Meaning meaning(String... promotes) {
    return new TraceReport.Meaning(
        Arrays.stream(promotes).map(text -> new TraceReport.TokenWeight(text, 0.5)).toList(),
        List.of(new TraceReport.TokenWeight(" London", -0.4)),
        Optional.empty());
  }

  private static List<String> whole(Finding<TraceReport> finding, Terminal terminal) {
    SummaryLines lines = new SummaryLines(terminal);
    TraceSummary.answer(finding.question(), finding.answer().predictions(), lines);
    new TraceSummary(finding.answer(), lines, "PROMPT").write("");
    lines.evidence(finding.evidence(), finding.caveats());
    lines.provenance(finding.provenance());
    return lines.lines();
  }
}
