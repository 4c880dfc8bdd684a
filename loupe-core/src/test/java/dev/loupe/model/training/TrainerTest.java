package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.FolderLock;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.training.TrainingPlan.Optimisation;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final TinyCorpus CORPUS = TinyCorpus.of(16);

  @TempDir Path folder;

  private static Trainer.Result run(TrainingPlan plan) {
    return Trainer.run(plan, CORPUS, Optional.empty(), List.of(), TrainingListener.NONE);
  }

  @Test
  void memorisesATinyCorpus() {
    List<Double> losses = new ArrayList<>();
    List<Probe.Score> scores = new ArrayList<>();
    Probe copying =
        new Probe() {
          @Override
          public String name() {
            return "copying";
          }

          @Override
          public List<Score> measure(Transformer model) {
            int[] tokens = new int[13];
            CORPUS.read(2, tokens, new boolean[12]);
            try (var _ = NativeScope.open()) {
              long[] said =
                  model
                      .logits(TokenBatch.of(Arrays.copyOf(tokens, 12)), Hooks.NONE)
                      .argmax(-1)
                      .toLongs();
              long right = 0;
              for (int t = 4; t < 12; t++) {
                right += said[t] == tokens[t + 1] ? 1 : 0;
              }
              return List.of(new Score("rows", right, 8));
            }
          }
        };
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(Step step) {
            losses.add(step.loss());
          }

          @Override
          public void measured(int step, String probe, Probe.Score score) {
            scores.add(score);
          }
        };
    Trainer.Result result =
        Trainer.run(Plans.of(folder), CORPUS, Optional.of(CORPUS), List.of(copying), listener);
    assertTrue(result.finished());
    assertEquals(100, losses.size());
    // The first four tokens of a row are random: 2.94 nats each, a third of the positions.
    assertTrue(losses.getFirst() > 2.9, () -> "first loss " + losses.getFirst());
    assertTrue(losses.getLast() < 1.2, () -> "last loss " + losses.getLast());
    assertEquals(new Probe.Score("rows", 8, 8), scores.getLast());
  }

  @Test
  void writesAModelThatTheLoaderOpensWithEqualLogits() {
    run(Plans.of(folder));
    int[] tokens = {1, 2, 3, 4, 1, 2, 3};
    try (Transformer loaded = ModelLoader.transformer(folder, LoadOptions.DEFAULT);
        Parameters weights = new Parameters(Plans.SHAPE, DType.F32);
        Transformer trained = TrainedNetwork.of(weights);
        var _ = NativeScope.open()) {
      assertEquals(TrainedNetwork.config(Plans.SHAPE), loaded.config());
      TrainedNetwork.fill(weights, loaded);
      assertArrayEquals(
          loaded.logits(TokenBatch.of(tokens), Hooks.NONE).toFloats(),
          trained.logits(TokenBatch.of(tokens), Hooks.NONE).toFloats());
    }
  }

  @Test
  void goesOnFromAModelThatItWrote() {
    Path first = folder.resolve("first");
    run(Plans.of(first));
    TrainingPlan plan = Plans.of(folder.resolve("second"));
    TrainingPlan tuning =
        new TrainingPlan(
            plan.folder(),
            ModelFolder.shape(first),
            new Start.FromModel(first),
            plan.optimisation(),
            plan.execution(),
            plan.cadence(),
            plan.endToken());
    List<Double> losses = new ArrayList<>();
    Trainer.run(
        tuning,
        CORPUS,
        Optional.empty(),
        List.of(),
        new TrainingListener() {
          @Override
          public void step(Step step) {
            losses.add(step.loss());
          }
        });
    assertTrue(losses.getFirst() < 1.2, () -> "begins at " + losses.getFirst());
  }

  /** The sums of two halves and of the whole differ in rounding only; 100 steps let it grow. */
  @Test
  void partsAddUpToTheWhole() throws IOException {
    List<Double> losses = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3}) {
      losses.add(
          run(Plans.of(folder.resolve("parts" + threads), Plans.OPTIMISATION, threads)).loss());
    }
    assertEquals(losses.get(0), losses.get(1), 1e-3);
    assertEquals(losses.get(0), losses.get(2), 1e-3);
  }

  @Test
  void twiceTheSameIsTheSameBits() throws IOException {
    run(Plans.of(folder.resolve("a")));
    run(Plans.of(folder.resolve("b")));
    assertArrayEquals(weights(folder.resolve("a")), weights(folder.resolve("b")));
  }

  @Test
  void stopsWhenAskedAndGoesOnToTheSameBits() throws IOException {
    run(Plans.of(folder.resolve("whole")));
    TrainingPlan plan = Plans.of(folder.resolve("parts"));
    int[] stops = {7, 8, 31};
    for (int stop : stops) {
      Trainer.Result result = runUntil(plan, stop);
      assertFalse(result.finished());
      assertEquals(stop, result.step());
    }
    assertTrue(run(plan).finished());
    assertArrayEquals(weights(folder.resolve("whole")), weights(folder.resolve("parts")));
    List<String> steps =
        Files.readAllLines(plan.folder().resolve("metrics.jsonl")).stream()
            .filter(line -> line.contains("gradient_norm"))
            .map(line -> line.replaceAll(".*\"step\":(\\d+).*", "$1"))
            .toList();
    assertEquals(Stream.iterate(1, i -> i + 1).limit(100).map(String::valueOf).toList(), steps);
  }

  private static Trainer.Result runUntil(TrainingPlan plan, int stop) {
    int[] made = {0};
    return Trainer.run(
        plan,
        CORPUS,
        Optional.empty(),
        List.of(),
        new TrainingListener() {
          @Override
          public void step(Step step) {
            made[0] = step.step();
          }

          @Override
          public boolean stopRequested() {
            return made[0] >= stop;
          }
        });
  }

  @Test
  void keepsTheLastTwoCheckpointsAndTheBest() throws IOException {
    try (Training state = new Training(Plans.SHAPE, DType.F32, DType.F32, 1)) {
      Checkpoints checkpoints = new Checkpoints(folder);
      double[] evaluations = {3.0, 2.0, 2.5, 2.6, 2.7};
      for (int i = 0; i < evaluations.length; i++) {
        save(checkpoints, state, 10 * (i + 1), evaluations[i]);
      }
      try (Stream<Path> files = Files.list(folder.resolve("checkpoints"))) {
        assertEquals(
            List.of("step-00000020", "step-00000040", "step-00000050"),
            files.map(file -> file.getFileName().toString()).sorted().toList());
      }
    }
  }

  private static Path save(Checkpoints checkpoints, Training state, int step, double evaluation) {
    return checkpoints.save(
        step,
        OptionalDouble.of(evaluation),
        Map.of(),
        folder -> state.save(folder, OptionalInt.empty()));
  }

  @Test
  void stopsAtTheFirstInfinityAndKeepsTheLastGoodState() {
    Optimisation wild =
        new Optimisation(
            new AdamW(1e30, 0.9, 0.98, 1e-8, 0, true),
            Optional.empty(),
            1,
            new Schedule(0, 60, 0.5, Schedule.Decay.LINEAR, 0));
    TrainingPlan calm = Plans.of(folder);
    TrainingPlan plan =
        new TrainingPlan(
            folder,
            calm.shape(),
            calm.start(),
            wild,
            calm.execution(),
            new TrainingPlan.Cadence(1, 0, 0, 2),
            calm.endToken());
    LoupeException thrown = assertThrows(LoupeException.class, () -> run(plan));
    assertTrue(message(thrown).contains("diverged"), message(thrown));
    assertTrue(message(thrown).contains("step-0000000"), message(thrown));
    Checkpoints.Checkpoint kept = new Checkpoints(folder).latest().orElseThrow();
    assertTrue(message(thrown).contains(kept.folder().toString()));
  }

  @Test
  void namesTheSettingOfAnotherTraining() {
    TrainingPlan plan = Plans.of(folder);
    runUntil(plan, 3);
    TrainingPlan other = Plans.of(folder, Plans.OPTIMISATION, 4);
    LoupeException thrown = assertThrows(LoupeException.class, () -> run(other));
    assertTrue(message(thrown).contains("threads was 2, now it is 4"), message(thrown));
    thrown =
        assertThrows(
            LoupeException.class,
            () ->
                Trainer.run(
                    plan, TinyCorpus.of(17), Optional.empty(), List.of(), TrainingListener.NONE));
    assertTrue(message(thrown).contains("rows was 16, now it is 17"), message(thrown));
  }

  @Test
  void aSecondTrainingStaysOutOfTheFolder() {
    try (var _ = FolderLock.of(folder, "training")) {
      LoupeException thrown = assertThrows(LoupeException.class, () -> run(Plans.of(folder)));
      assertTrue(message(thrown).contains("another training"), message(thrown));
    }
  }

  private static String message(LoupeException thrown) {
    return String.valueOf(thrown.getMessage());
  }

  private static byte[] weights(Path folder) throws IOException {
    return Files.readAllBytes(folder.resolve("model.safetensors"));
  }
}
