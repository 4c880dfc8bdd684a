package dev.loupe.dictionary.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.dictionary.training.DictionaryPlan.Stream;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DictionaryTrainerTest {
  private static final Sparsity BATCH_TOPK = new Sparsity.BatchTopK(5, 1.0 / 32);

  @TempDir Path folder;
  private Transformer model;

  @BeforeEach
  void open() {
    model = TinyModel.open(TinyModel.write(folder.resolve("model")), DType.F32);
  }

  @AfterEach
  void close() {
    model.close();
  }

  /** Hears every step, and ends the training after one of them. */
  private static final class Recorder implements DictionaryListener {
    private final List<Step> steps = new ArrayList<>();
    private final int last;

    Recorder(int last) {
      this.last = last;
    }

    @Override
    public void step(Step step) {
      steps.add(step);
    }

    @Override
    public boolean stopRequested() {
      return !steps.isEmpty() && steps.getLast().step() == last;
    }
  }

  private DictionaryPlan plan(String name, Dictionary.Kind kind, Sparsity sparsity, int endToEnd) {
    return TinyModel.plan(
        folder.resolve(name), TinyModel.layout(model, kind, false), sparsity, endToEnd);
  }

  private DictionaryTrainer.Result run(DictionaryPlan plan, DictionaryListener listener) {
    return DictionaryTrainer.run(plan, model, TinyModel.CORPUS, listener);
  }

  @ParameterizedTest
  @EnumSource(Dictionary.Kind.class)
  void everyKindLearnsAndIsWrittenInItsFormat(Dictionary.Kind kind) {
    for (Sparsity sparsity : List.of(BATCH_TOPK, new Sparsity.JumpRelu(1e-3, 4, 0.5, 0.3, 1e-4))) {
      DictionaryPlan plan = plan(kind + sparsity.getClass().getSimpleName(), kind, sparsity, 0);
      Recorder recorder = new Recorder(0);
      assertTrue(run(plan, recorder).finished());
      double first = recorder.steps.getFirst().unexplained();
      double last = recorder.steps.getLast().unexplained();
      assertTrue(last < 0.8 * first, () -> kind + ": from " + first + " to " + last);
      for (int size : plan.sizes()) {
        try (Dictionary dictionary = DictionaryFiles.open(plan.folder(size), Optional.empty())) {
          assertEquals(kind, dictionary.kind());
          assertEquals(size, dictionary.features(1));
          assertEquals("ab12", dictionary.info().modelSha256().orElseThrow());
        }
      }
    }
  }

  /** The written dictionary, read by other code, must be as good as the trainer says. */
  @Test
  void whatIsWrittenIsWhatWasTrained() {
    DictionaryPlan plan =
        plan(
            "folded",
            Dictionary.Kind.CROSS_LAYER_TRANSCODER,
            new Sparsity.JumpRelu(1e-3, 4, 0.5, 0.3, 0),
            0);
    Recorder recorder = new Recorder(0);
    run(plan, recorder);
    try (Dictionary dictionary = DictionaryFiles.open(plan.folder(40), Optional.empty())) {
      var result =
          new DictionaryEvaluation(model, dictionary, TinyModel.CORPUS, 64, LeftOut.NONE, 1)
              .run(_ -> {});
      double mean =
          result.layers().stream()
              .mapToDouble(layer -> layer.unexplained().value())
              .average()
              .orElseThrow();
      double trained = recorder.steps.getLast().unexplained();
      // The trainer saw 48 of about 700 positions in its last step.
      assertEquals(trained, mean, 0.3 * trained);
      assertEquals(recorder.steps.getLast().active(), result.meanActive(), 2.5);
    }
  }

  @Test
  void endToEndStepsBringTheReplacementCloser() {
    DictionaryPlan plan = plan("end", Dictionary.Kind.CROSS_LAYER_TRANSCODER, BATCH_TOPK, 25);
    Recorder recorder = new Recorder(0);
    run(plan, recorder);
    List<Double> divergences =
        recorder.steps.stream()
            .map(DictionaryListener.Step::divergence)
            .filter(each -> !Double.isNaN(each))
            .toList();
    assertEquals(25, divergences.size());
    assertTrue(divergences.getLast() < 0.7 * divergences.getFirst(), () -> divergences.toString());
  }

  /** In shuffled batches, in the middle of a buffer, and end to end. */
  @Test
  void goesOnToTheSameBits() throws IOException {
    DictionaryPlan whole = plan("whole", Dictionary.Kind.CROSS_LAYER_TRANSCODER, BATCH_TOPK, 10);
    run(whole, DictionaryListener.NONE);
    DictionaryPlan parts = plan("parts", Dictionary.Kind.CROSS_LAYER_TRANSCODER, BATCH_TOPK, 10);
    for (int stop : List.of(7, 18, 33)) {
      assertFalse(run(parts, new Recorder(stop)).finished());
    }
    assertTrue(run(parts, DictionaryListener.NONE).finished());
    Path weights = Path.of("checkpoints", "step-00000040", "dictionaries.safetensors");
    assertArrayEquals(
        Files.readAllBytes(whole.folder().resolve(weights)),
        Files.readAllBytes(parts.folder().resolve(weights)));
    for (String file : List.of("W_enc_0.safetensors", "W_dec_1.safetensors")) {
      assertArrayEquals(
          Files.readAllBytes(whole.folder(40).resolve(file)),
          Files.readAllBytes(parts.folder(40).resolve(file)));
    }
    assertEquals(40, Files.readAllLines(parts.folder().resolve("metrics.jsonl")).size());
  }

  /** The first step waits for a buffer, and a later one for the next. */
  @Test
  void stopsWhileTheModelReadsAndGoesOnToTheSameBits() throws IOException {
    DictionaryPlan whole = plan("whole", Dictionary.Kind.SAE, BATCH_TOPK, 0);
    run(whole, DictionaryListener.NONE);
    DictionaryPlan parts = plan("parts", Dictionary.Kind.SAE, BATCH_TOPK, 0);
    DictionaryTrainer.Result none = run(parts, new StopsReading(1));
    assertEquals(new DictionaryTrainer.Result(0, false, 0), none);
    StopsReading second = new StopsReading(2);
    DictionaryTrainer.Result some = run(parts, second);
    assertFalse(some.finished());
    assertTrue(some.step() > 0 && some.step() < whole.steps(), some::toString);
    assertEquals(some.step(), second.saved, "what was learned is kept");
    assertTrue(run(parts, DictionaryListener.NONE).finished());
    Path file = Path.of("checkpoints", "step-00000040", "dictionaries.safetensors");
    assertArrayEquals(
        Files.readAllBytes(whole.folder().resolve(file)),
        Files.readAllBytes(parts.folder().resolve(file)));
  }

  /** Stops at the first rows of a buffer. */
  private static final class StopsReading implements DictionaryListener {
    private final int buffer;
    private int buffers;
    private int before = Integer.MAX_VALUE;
    private int saved;

    StopsReading(int buffer) {
      this.buffer = buffer;
    }

    @Override
    public void reading(int rows, int all) {
      assertTrue(rows <= all);
      buffers += rows <= before ? 1 : 0;
      before = rows;
    }

    @Override
    public void saved(int step, Path checkpoint) {
      saved = step;
    }

    @Override
    public boolean stopRequested() {
      return buffers == buffer;
    }
  }

  @Test
  void aCacheGivesTheSameAndADamagedShardIsNamed() throws IOException {
    Path cache = folder.resolve("cache");
    Layout layout = TinyModel.layout(model, Dictionary.Kind.SAE, false);
    Stream stream = new Stream(48, 1, LeftOut.NONE.and(Set.of(0)), Optional.of(cache), 9, 5);
    List<List<Double>> courses = new ArrayList<>();
    for (String name : List.of("first", "second")) {
      Recorder recorder = new Recorder(0);
      run(TinyModel.plan(folder.resolve(name), layout, BATCH_TOPK, 0, 3e-3, stream), recorder);
      courses.add(recorder.steps.stream().map(DictionaryListener.Step::unexplained).toList());
    }
    assertEquals(courses.get(0), courses.get(1));

    Path shard = cache.resolve("shard-000001.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 5] ^= 1;
    Files.write(shard, bytes);
    DictionaryPlan third =
        TinyModel.plan(folder.resolve("third"), layout, BATCH_TOPK, 0, 3e-3, stream);
    LoupeException damaged =
        assertThrows(LoupeException.class, () -> run(third, DictionaryListener.NONE));
    assertTrue(damaged.getMessage().contains(shard.toString()), damaged.getMessage());
    Files.delete(shard);
    assertTrue(run(third, DictionaryListener.NONE).finished());

    Stream other = new Stream(48, 1, LeftOut.NONE, Optional.of(cache), 9, 5);
    LoupeException different =
        assertThrows(
            LoupeException.class,
            () ->
                run(
                    TinyModel.plan(folder.resolve("x"), layout, BATCH_TOPK, 0, 3e-3, other),
                    DictionaryListener.NONE));
    assertTrue(different.getMessage().contains("left out"), different.getMessage());
  }

  /** One position of twelve is fifty times as long: it would be nearly all of the variance. */
  @Test
  void nothingIsLearnedFromPositionsManyTimesLongerThanTheMedian() throws IOException {
    Transformer loud = TinyModel.loud(model);
    Layout layout = Layout.of(loud, Dictionary.Kind.SAE, Site.RESID_POST, List.of(0), false);
    List<Long> positions = new ArrayList<>();
    for (LeftOut leftOut : List.of(LeftOut.NONE, LeftOut.NONE.longerThan(10))) {
      Path cache = folder.resolve("cache-" + positions.size());
      Stream stream = new Stream(48, 1, leftOut, Optional.of(cache), 9, 5);
      Path out = folder.resolve("loud-" + positions.size());
      DictionaryPlan plan = TinyModel.plan(out, layout, BATCH_TOPK, 0, 3e-3, stream);
      DictionaryTrainer.run(plan, loud, TinyModel.CORPUS, DictionaryListener.NONE);
      try (Safetensors shard = Safetensors.open(cache.resolve("shard-000000.safetensors"))) {
        positions.add(shard.get("resid_post.0").sizes()[0]);
      }
    }
    assertTrue(
        positions.get(1) > 0.8 * positions.get(0) && positions.get(1) < positions.get(0),
        positions::toString);
  }

  @Test
  void aCorpusThatIsTooShortIsTold() {
    Layout layout = TinyModel.layout(model, Dictionary.Kind.SAE, false);
    DictionaryPlan plan =
        TinyModel.plan(
            folder.resolve("short"),
            layout,
            BATCH_TOPK,
            0,
            3e-3,
            new Stream(48, 1, LeftOut.NONE, Optional.empty(), 1, 5));
    LoupeException refused =
        assertThrows(LoupeException.class, () -> run(plan, DictionaryListener.NONE));
    assertTrue(refused.getMessage().contains("768"), refused.getMessage());
    assertTrue(refused.remedy().contains("`passes` to 3"), refused.remedy());
  }

  @Test
  void anotherPlanIsRefusedByName() {
    DictionaryPlan plan = plan("same", Dictionary.Kind.SAE, BATCH_TOPK, 0);
    run(plan, new Recorder(12));
    DictionaryPlan other = plan("same", Dictionary.Kind.SAE, new Sparsity.BatchTopK(6, 0), 0);
    LoupeException refused =
        assertThrows(LoupeException.class, () -> run(other, DictionaryListener.NONE));
    assertTrue(refused.getMessage().contains("sparsity"), refused.getMessage());
  }

  @Test
  void whenItDivergesTheLastGoodStateStays() throws IOException {
    Layout layout = TinyModel.layout(model, Dictionary.Kind.SAE, false);
    DictionaryPlan plan =
        TinyModel.plan(
            folder.resolve("nan"),
            layout,
            new Sparsity.JumpRelu(1e-3, 4, 0.5, 0.3, 0),
            0,
            1e18,
            new Stream(48, 1, LeftOut.NONE, Optional.empty(), 9, 5));
    LoupeException diverged =
        assertThrows(LoupeException.class, () -> run(plan, DictionaryListener.NONE));
    assertTrue(diverged.getMessage().contains("not finite"), diverged.getMessage());
    assertFalse(Files.exists(plan.folder(24)), "nothing is written");
  }

  @Test
  void aDiskThatRefusesIsTold() throws IOException {
    DictionaryPlan plan = plan("full", Dictionary.Kind.SAE, BATCH_TOPK, 0);
    Files.createDirectories(plan.folder());
    Files.writeString(plan.folder().resolve("metrics.jsonl"), "");
    Files.createDirectories(plan.folder().resolve("checkpoints"));
    Files.writeString(plan.folder().resolve("checkpoints").resolve(".step-00000010.part"), "");
    assertTrue(run(plan, DictionaryListener.NONE).finished(), "what a kill left is removed");

    DictionaryPlan blocked = plan("blocked", Dictionary.Kind.SAE, BATCH_TOPK, 0);
    Files.createDirectories(blocked.folder());
    Files.writeString(blocked.folder().resolve("checkpoints"), "a file in the way");
    LoupeException refused =
        assertThrows(LoupeException.class, () -> run(blocked, DictionaryListener.NONE));
    assertTrue(refused.getMessage().contains("cannot be written"), refused.getMessage());
  }
}
