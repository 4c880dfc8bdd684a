package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RealModel;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.report.Finding;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.NativeScope;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Traces of SmolLM2 as its users see them. */
@Tag("weights")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealModelTraceTest {
  private static final String PROMPT = "The capital of France is";

  private LanguageModel model;
  private Finding<TraceReport> finding;
  private TraceReport report;

  @BeforeAll
  void trace() {
    model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT);
    finding = ask(TraceRequest.of(PROMPT).withMaxNodes(300));
    report = finding.answer();
  }

  @AfterAll
  void close() {
    if (model != null) {
      model.close();
    }
  }

  private TraceReport run(TraceRequest request) {
    return ask(request).answer();
  }

  private Finding<TraceReport> ask(TraceRequest request) {
    return new Trace().ask(request, Subject.of(model, () -> "unknown"), Run.silent(0));
  }

  private float[] logits(String prompt) {
    try (var _ = NativeScope.open()) {
      TokenBatch tokens = TokenBatch.of(model.encode(prompt).ids());
      return model
          .transformer()
          .logits(tokens, Hooks.NONE)
          .select(0, 0)
          .select(0, tokens.length() - 1)
          .toFloats();
    }
  }

  private static Node.Logit onlyLogit(TraceReport report) {
    List<Node.Logit> logits =
        report.graph().nodes().stream()
            .filter(Node.Logit.class::isInstance)
            .map(Node.Logit.class::cast)
            .toList();
    assertEquals(1, logits.size());
    return logits.getFirst();
  }

  @Test
  void answersParisAndAllEvidenceHolds() {
    assertEquals(" Paris", report.predictions().getFirst().text());
    assertTrue(finding.evidence().stream().anyMatch(each -> each.verdict() == Verdict.PASSED));
    assertAll(
        finding.evidence().stream()
            .map(each -> () -> assertTrue(each.verdict() != Verdict.FAILED, each::toString)));
  }

  @Test
  void everySumClosesToOneInTenThousand() {
    AttributionGraph graph = report.graph();
    for (int target = 0; target < graph.nodes().size(); target++) {
      if (graph.edges().isTarget(target)) {
        double sum = 0;
        for (int source = 0; source < graph.nodes().size(); source++) {
          sum += graph.edges().weight(target, source);
        }
        float value = Node.targetValue(graph.nodes().get(target));
        assertEquals(value, sum, 1e-4 * Math.max(Math.abs(value), 0.01), report.label(target));
      }
    }
  }

  @Test
  void theSharesOfTheAnswerSumToOne() {
    GraphScores scores = report.scores();
    assertEquals(1, scores.listedShare() + scores.remainderShare() + scores.biasShare(), 1e-6);
    assertTrue(scores.listedShare() > 0.1, scores.toString());
  }

  @Test
  void aDifferenceIsTheDifferenceOfTheModelsLogits() {
    TraceReport difference =
        run(TraceRequest.of(PROMPT).withTarget(" Paris").withAgainst(" London").withMaxNodes(50));
    Node.Logit logit = onlyLogit(difference);
    float[] logits = logits(PROMPT);
    assertEquals(logits[logit.token()] - logits[logit.against()], logit.value(), 1e-3);
    assertEquals(model.tokenizer().singleToken(" Paris"), logit.token());
    assertEquals(model.tokenizer().singleToken(" London"), logit.against());
    assertTrue(logit.value() > 0, "the model prefers Paris");
  }

  @Test
  void anEarlierPositionIsTheTraceOfTheShorterPrompt() {
    TraceReport earlier = run(TraceRequest.of(PROMPT).withAt(2).withMaxNodes(100));
    TraceReport shorter = run(TraceRequest.of("The capital of").withMaxNodes(100));
    assertEquals(shorter.predictions(), earlier.predictions());
    assertSameGraph(shorter, earlier);
    assertEquals(run(TraceRequest.of(PROMPT).withAt(-3).withMaxNodes(100)).at(), earlier.at());
  }

  @Test
  void twoRunsAreEqual() {
    assertSameGraph(report, run(TraceRequest.of(PROMPT).withMaxNodes(300)));
  }

  private static void assertSameGraph(TraceReport expected, TraceReport actual) {
    assertEquals(expected.graph().nodes(), actual.graph().nodes());
    for (int target = 0; target < expected.graph().nodes().size(); target++) {
      for (int source = 0; source < expected.graph().nodes().size(); source++) {
        assertEquals(
            expected.graph().edges().weight(target, source),
            actual.graph().edges().weight(target, source));
      }
    }
  }
}
