package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings in processes of their own that end badly. */
class KilledTrainingTest {
  @TempDir Path folder;

  @Test
  void goesOnToTheSameBitsWhereverItIsKilled() throws Exception {
    Path whole = folder.resolve("whole");
    TinyCorpus corpus = TinyCorpus.of(16);
    Trainer.run(Plans.of(whole), corpus, Optional.of(corpus), List.of(), TrainingListener.NONE);

    Path killed = folder.resolve("killed");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int kill = 0; kill < 4; kill++) {
      Process process = TrainingProcess.start(killed, 0);
      int lines = lines(killed) + 1 + random.nextInt(25);
      boolean whileSaving = kill % 2 == 1;
      while (process.isAlive() && (lines(killed) < lines || (whileSaving && !isSaving(killed)))) {
        Thread.sleep(1);
      }
      process.destroyForcibly().waitFor();
    }
    assertEquals(0, TrainingProcess.start(killed, 0).waitFor(), () -> log(killed));

    for (String file : List.of("model.safetensors", "config.json")) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)),
          Files.readAllBytes(killed.resolve(file)),
          () -> file + " differs; seed " + seed);
    }
    Path last = Path.of("checkpoints", "step-00000100", "optimizer.safetensors");
    assertArrayEquals(
        Files.readAllBytes(whole.resolve(last)), Files.readAllBytes(killed.resolve(last)));
    assertEquals(withoutTimes(whole), withoutTimes(killed), "seed " + seed);
  }

  @Test
  void aFullDiskIsToldAndLeavesTheCheckpointsBefore() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell that limits a file's size");
    Path full = folder.resolve("full");
    Files.createDirectories(full);
    Engine.threads(); // unpacks the native library, which the limit would stop
    // Weights take about 30 KB, averages twice that: the limit lies between.
    Process process = TrainingProcess.start(full, 50);
    assertEquals(4, process.waitFor(), () -> log(full));
    assertTrue(log(full).contains("cannot be written"), () -> log(full));
    try (var files = Files.list(full.resolve("checkpoints"))) {
      assertEquals(List.of(), files.toList(), "nothing half written stays");
    }
    assertEquals(0, TrainingProcess.start(full, 0).waitFor(), () -> log(full));
  }

  private static boolean isSaving(Path training) {
    String[] files = training.resolve("checkpoints").toFile().list();
    return files != null && Arrays.stream(files).anyMatch(name -> name.startsWith("."));
  }

  private static int lines(Path training) throws IOException {
    Path metrics = training.resolve("metrics.jsonl");
    return Files.exists(metrics) ? Files.readAllLines(metrics).size() : 0;
  }

  private static List<String> withoutTimes(Path training) throws IOException {
    List<String> lines =
        Files.readAllLines(training.resolve("metrics.jsonl")).stream()
            .map(line -> line.replaceAll(",\"tokens_per_second\":\\d+", ""))
            .toList();
    Set<String> once = new HashSet<>(lines);
    assertEquals(lines.size(), once.size(), "a step is written twice");
    return lines;
  }

  private static String log(Path training) {
    try {
      return Files.readString(Path.of(training + ".log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
