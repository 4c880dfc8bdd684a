package dev.loupe.instrument.circuit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RandomAlmanacModel;
import dev.loupe.circuit.Component;
import dev.loupe.circuit.ComponentRuns;
import dev.loupe.circuit.HeadKinds;
import dev.loupe.circuit.HeadKinds.Kind;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.BpeTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Circuits of heads and MLPs of a random model, compared with its own and with what cannot be. */
class CompareCircuitsTest {
  private static final String PROMPT = "The war lasted from the year 17%d to the year 17";

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static Subject subject;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder.resolve("one"));
    subject = Subject.of(model, () -> "ab12");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Task task(boolean twins) {
    List<TaskPair> all =
        IntStream.range(0, 16)
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

  private static CompareCircuitsRequest request(Task task, Subject other) {
    return new CompareCircuitsRequest(task, List.of(other), false, Optional.empty(), 0.7, 8, 19);
  }

  private static CompareCircuitsReport compare(CompareCircuitsRequest request) {
    return new CompareCircuits().ask(request, subject, Run.silent(3)).answer();
  }

  @Test
  void aModelIsLikeItself() {
    CompareCircuitsReport report = compare(request(task(true), subject));
    CompareCircuitsReport.ModelCircuit own = report.models().getFirst();
    assertEquals(own.components(), Component.all(own.layers(), heads()).size());
    CompareCircuitsReport.Comparison itself = report.comparisons().getFirst();
    assertEquals(own.nodes().size(), itself.partners().size());
    assertEquals(1, itself.likeness(), 1e-9);
    itself.partners().forEach(pair -> assertEquals(pair.first(), pair.second()));
    assertEquals(own.nodes().size(), itself.shared().value());
    assertEquals(0, itself.depth().value(), 1e-12);
    assertEquals(itself.kinds().of(), itself.kinds().value());
    assertEquals(itself.functional().own().value(), itself.functional().partners().value(), 1e-9);
    Set<String> names = new HashSet<>(List.of("input", "logits"));
    own.nodes().forEach(node -> names.add(node.name()));
    assertTrue(own.edges().size() > 3);
    for (CompareCircuitsReport.HeadEdge edge : own.edges()) {
      assertTrue(names.contains(edge.from()), edge.from());
      assertTrue(names.contains(edge.to().replaceAll("<.>", "")), edge.to());
    }
    assertTrue(itself.shuffled().orElseThrow() < 0.9, "shuffled " + itself.shuffled());
    assertTrue(itself.texts().mean() < 1);
    assertTrue(itself.texts().p() <= 0.1, "p " + itself.texts().p());
  }

  @Test
  void valuesOfAModelsOwnFeaturesDoWhatTheyDo() {
    CompareCircuitsRequest request =
        new CompareCircuitsRequest(task(true), List.of(subject), true, Optional.empty(), 0.7, 8, 3);
    CompareCircuitsReport report = compare(request);
    ComparedFeatures features = report.features().orElseThrow();
    ComparedFeatures.OfModel own = features.models().getFirst();
    assertEquals(own, features.models().getLast());
    assertEquals("neurons", own.basis());
    assertEquals(Math.min(200, own.size()), own.members().size());
    ComparedFeatures.Pairing itself = features.comparisons().getFirst();
    assertEquals(own.members().size(), itself.partners().size());
    assertEquals(1, itself.likeness(), 1e-9);
    itself
        .partners()
        .forEach(pair -> {
          assertEquals(pair.first(), pair.second());
          assertEquals(1, pair.activity(), 1e-9);
        });
    double moved = itself.own().moved().value();
    assertTrue(moved > 0.5, "moved " + moved);
    assertEquals(moved, itself.affine().effect().moved().value(), 0.1 * moved);
    assertEquals(moved, itself.rank().effect().moved().value(), 0.1 * moved);
    assertTrue(itself.affine().shuffled() < 0.97 * moved, "shuffled " + itself.affine());
    assertTrue(itself.own().followed().hasInterval());
    assertTrue(itself.texts().mean() < 1);
  }

  private static int heads() {
    return model.transformer().config().heads();
  }

  @Test
  void whatIsLeftOutPutsOutTheTwinsValues() {
    Transformer network = model.transformer();
    TokenPair pair = task(true).tokens(task(true).pairs(), model.tokenizer()).getFirst();
    ComponentRuns runs = new ComponentRuns(network);
    Set<Component> oneLayer = new HashSet<>(runs.all());
    oneLayer.removeIf(each -> each.layer() == 1);
    double[][] found =
        runs.values(
            List.of(pair),
            Metric.LOGIT_DIFFERENCE,
            List.of(runs.all(), List.of(), oneLayer),
            _ -> {});
    assertEquals(value(network, pair, Hooks.NONE), found[0][0], 1e-9);
    List<Integer> layers = IntStream.range(0, network.config().layers()).boxed().toList();
    assertEquals(value(network, pair, patched(network, pair, layers)), found[1][0], 1e-9);
    assertEquals(value(network, pair, patched(network, pair, List.of(1))), found[2][0], 1e-9);
    assertTrue(Math.abs(found[0][0] - found[1][0]) > 1e-3);
  }

  private static double value(Transformer network, TokenPair pair, Hooks hooks) {
    try (var _ = NativeScope.open()) {
      Tensor hidden = network.hidden(TokenBatch.of(pair.clean()), hooks, null);
      double[] logits =
          network.unembed(hidden.slice(1, pair.length() - 1L, pair.length())).toDoubles();
      return Metric.LOGIT_DIFFERENCE.value(logits, pair, logits);
    }
  }

  /** Whole layers of attention and MLP, by their sums in the twin's run. */
  private static Hooks patched(Transformer network, TokenPair pair, List<Integer> layers) {
    Map<Tap, Tensor> seen = new HashMap<>();
    Hooks reading = Hooks.NONE;
    Hooks writing = Hooks.NONE;
    for (int layer : layers) {
      for (Site site : List.of(Site.ATTN_OUT, Site.MLP_OUT)) {
        Tap tap = new Tap(site, layer);
        reading = reading.and(Hooks.observe(tap, value -> seen.put(tap, value.copy().retain())));
        writing = writing.and(Hooks.replace(tap, _ -> Objects.requireNonNull(seen.get(tap))));
      }
    }
    try (var _ = NativeScope.open()) {
      network.observe(TokenBatch.of(pair.twin()), reading);
    }
    return writing;
  }

  @Test
  void kindsOfHeadsAreWhereTheyAttend() {
    int period = 24;
    Map<Kind, Integer> back =
        Map.of(Kind.PREVIOUS_TOKEN, 1, Kind.DUPLICATE_TOKEN, period, Kind.INDUCTION, period - 1);
    back.forEach((kind, steps) -> {
      Hooks forced =
          Hooks.replace(
              new Tap(Site.ATTN_PATTERN, 1), pattern -> attending(pattern.shape(), steps));
      Map<Component, Kind> kinds =
          HeadKinds.of(model.transformer().with(forced), model.tokenizer().vocabularySize(), 4);
      assertEquals(kind, kinds.get(new Component(1, 0)));
      assertEquals(Kind.OTHER, kinds.get(new Component(0, 0)));
      assertEquals(Kind.MLP, kinds.get(Component.mlp(1)));
    });
  }

  private static Tensor attending(long[] shape, int steps) {
    double[] all = new double[Math.toIntExact(shape[0] * shape[1] * shape[2] * shape[3])];
    int length = Math.toIntExact(shape[2]);
    for (int row = 0; row < all.length / length; row++) {
      all[row * length + Math.max(0, row % length - steps)] = 1;
    }
    return Tensor.of(all, shape);
  }

  @Test
  void theSameSeedFindsTheSame() {
    CompareCircuitsRequest request = request(task(true), subject);
    assertEquals(compare(request), compare(request));
  }

  private static String refused(CompareCircuitsRequest request) {
    return assertThrows(LoupeException.class, () -> compare(request)).getMessage();
  }

  @Test
  void modelsOfOtherTokensAreRefused() throws IOException {
    BpeTrainer trainer = new BpeTrainer(400, BpeTrainer.CHAT_TOKENS);
    trainer.add("The war lasted from the year 17");
    try (LanguageModel other =
        RandomAlmanacModel.open(folder.resolve("two"), trainer, Optional.empty(), 16)) {
      String message = refused(request(task(true), Subject.of(other, () -> "cd34")));
      assertTrue(message.contains("token"), message);
    }
  }

  @Test
  void twinsAreNeeded() {
    assertTrue(refused(request(task(false), subject)).contains("no corrupted twin"));
  }

  @Test
  void tooFewPairsAreRefused() {
    Task few = task(true).limited(2);
    assertTrue(refused(request(few, subject)).contains("2 to compare it"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new CompareCircuitsRequest(few, List.of(), false, Optional.empty(), 0.7, 8, 19));
  }

  @Test
  void componentsAreNamedByBlock() {
    assertArrayEquals(
        new String[] {"a0.0", "a0.1", "m0", "a1.0", "a1.1", "m1"},
        Component.all(2, 2).stream().map(Component::toString).toArray());
  }
}
