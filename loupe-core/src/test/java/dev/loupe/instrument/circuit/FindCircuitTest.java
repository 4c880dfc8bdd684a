package dev.loupe.instrument.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.PromptRun;
import dev.loupe.circuit.Ranking;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A circuit of neurons of a random model, and what cannot be searched. */
class FindCircuitTest {
  private static final String PROMPT = "The war lasted from the year 17%d to the year 17";

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static Subject subject;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
    subject = Subject.of(model, () -> "ab12");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Task task(int pairs, boolean twins) {
    List<TaskPair> all =
        IntStream.range(0, pairs)
            .mapToObj(i ->
                new TaskPair(
                    PROMPT.formatted(30 + 3 * i),
                    twins ? Optional.of(PROMPT.formatted(12)) : Optional.empty(),
                    List.of(Integer.toString(80 + i)),
                    List.of("13"),
                    i % 2 == 1))
            .toList();
    return new Task("years", "a test", Metric.LOGIT_DIFFERENCE, all);
  }

  private static CircuitRequest request(Task task, Ablation ablation, Ranking ranking) {
    return new CircuitRequest(
        task,
        Optional.of(ablation),
        Optional.empty(),
        ranking,
        0.8,
        4,
        5,
        Optional.empty(),
        false,
        true,
        Optional.empty());
  }

  private static CircuitReport find(CircuitRequest request) {
    return new FindCircuit().ask(request, subject, Run.silent(3)).answer();
  }

  /** All neurons are active, so that with many pairs their values are most of the memory. */
  @Test
  void anEstimateCountsWhatPairsHoldInNeurons() {
    int[] ids = model.encode(PROMPT.formatted(30)).ids();
    ModelConfig config = model.transformer().config();
    int active =
        PromptRun.of(model.transformer(), NeuronBasis.of(model.transformer()), ids).nodes().size();
    long more =
        Prepared.bytes(config, 8, ids.length, true) - Prepared.bytes(config, 8, ids.length, false);
    // Of the clean prompt, the twin and the twin as reference: a number and two values each.
    assertEquals(8L * 3 * active * (4 + 8 + 8), more);
  }

  @Test
  void reachesWhatWasAskedForOnThePairsThatChoseIt() {
    CircuitReport report = find(request(task(8, true), Ablation.TWIN, Ranking.MASK));
    assertTrue(report.circuit().byScore().isPresent());
    assertTrue(report.circuit().trained() >= 0.8, "faithfulness " + report.circuit().trained());
    assertTrue(report.circuit().size() <= report.candidates());
    assertEquals(Math.min(200, report.circuit().size()), report.members().size());
    // The whole model is the last point of the curve, and nothing but the model is left out there.
    CircuitReport.Point last = report.curve().getLast();
    assertEquals(report.candidates(), last.size());
    assertEquals(1, last.faithfulness().value(), 0.05);
    assertTrue(report.scores().largestGap() < 1e-9);
    assertEquals(5, report.draws().size());
    CompareCircuitsReport.ModelCircuit heads = report.heads().orElseThrow();
    assertTrue(heads.nodes().size() <= heads.components());
    assertTrue(heads.edges().size() > 0);
    // Without its only node a circuit is empty, and without any node it loses what the node did.
    assertTrue(heads.nodes().stream().allMatch(node -> Double.isFinite(node.drop())));
    for (CircuitReport.Supernode group : report.supernodes()) {
      assertTrue(group.members().size() > 1, group::name);
      assertTrue(group.last() - group.first() <= 4, group::name);
      group
          .members()
          .forEach(i -> {
            int layer = report.members().get(i).feature().layer();
            assertTrue(layer >= group.first() && layer <= group.last(), group::name);
          });
      assertTrue(group.p() >= 1 / 20.0 && group.p() <= 1, group::name);
    }
    CircuitReport.Example example = report.example();
    int size = report.circuit().size();
    assertEquals(size <= 120 ? size + 1 : 122, example.sizes().size());
    assertEquals(example.empty(), example.sizes().getFirst(), 1e-9);
    assertEquals(example.circuit(), example.sizes().getLast(), 1e-9);
  }

  @Test
  void valuesAreDrawnFromPositionsThatAreAlike() {
    CircuitReport report = find(request(task(4, false), Ablation.CLUSTER, Ranking.ATTRIBUTION));
    assertEquals("values of positions like it", report.choices().ablation());
    assertTrue(report.heads().isEmpty(), "no twins, so no heads");
    assertTrue(report.scores().largestGap() < 1e-6, "gap " + report.scores().largestGap());
  }

  @Test
  void theSameSeedFindsTheSame() {
    CircuitRequest request = request(task(4, true), Ablation.MEAN, Ranking.ATTRIBUTION);
    assertEquals(find(request), find(request));
  }

  private static String refused(CircuitRequest request) {
    return assertThrows(LoupeException.class, () -> find(request)).getMessage();
  }

  @Test
  void oneOrTwoPromptsAreTooFew() {
    String message = refused(request(task(2, true), Ablation.TWIN, Ranking.ATTRIBUTION));
    assertTrue(message.contains("1 pairs to choose a circuit and 1 to test it"), message);
  }

  @Test
  void twinsAreAskedForWhereTheyAreNeeded() {
    assertTrue(
        refused(request(task(8, false), Ablation.TWIN, Ranking.ATTRIBUTION))
            .contains("no corrupted twin, and ablation puts in"));
    assertTrue(
        refused(request(task(8, false), Ablation.MEAN, Ranking.INPUTS))
            .contains("no corrupted twin, and the path"));
  }

  @Test
  void twinsOfUnequalLengthAreRefused() {
    Task unequal =
        new Task(
            "years",
            "a test",
            Metric.LOGIT_DIFFERENCE,
            task(8, true).pairs().stream()
                .map(pair ->
                    new TaskPair(
                        pair.clean(),
                        Optional.of(pair.clean() + "40"),
                        pair.answers(),
                        pair.foils(),
                        pair.heldOut()))
                .toList());
    assertTrue(
        refused(request(unequal, Ablation.TWIN, Ranking.ATTRIBUTION))
            .contains("its corrupted twin"));
  }

  @Test
  void aTwinThatIsTheSamePromptLeavesNothingToDivideBy() {
    Task same =
        new Task(
            "years",
            "a test",
            Metric.LOGIT_DIFFERENCE,
            task(8, true).pairs().stream()
                .map(pair ->
                    new TaskPair(
                        pair.clean(),
                        Optional.of(pair.clean()),
                        pair.answers(),
                        pair.foils(),
                        pair.heldOut()))
                .toList());
    assertTrue(
        refused(request(same, Ablation.TWIN, Ranking.ATTRIBUTION))
            .contains("too small to divide by"));
  }

  @Test
  void theDivergenceHasNoSlopeAtTheModelItself() {
    assertTrue(
        refused(request(task(8, true).by(Metric.KL), Ablation.TWIN, Ranking.ATTRIBUTION))
            .contains("has no slope"));
  }
}
