package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.JavaProcess;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes made in processes of their own that end badly. */
class KilledIndexTest {
  /** Enough for two dozen blocks. */
  private static final int DOCUMENTS = 3000;

  /** Tokens of about 20 KB, where a saved state has about 100. */
  private static final int FEW_DOCUMENTS = 100;

  @TempDir Path folder;

  /**
   * Indexes {@code corpus.jsonl} into a store, saving after every block; exits with 4 on failure.
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    try (LanguageModel model = SampleIndex.model(folder.resolve("model"), 5)) {
      ActivationIndexer.run(
          SampleIndex.subject(model, NeuronBasis.of(model.transformer())),
          SampleIndex.corpus(folder.resolve("corpus.jsonl"), Integer.parseInt(arguments[2])),
          SampleIndex.settings(),
          folder.resolve(arguments[1]),
          Duration.ZERO,
          Run.silent(0));
    } catch (LoupeException e) {
      System.out.println(e.getMessage());
      System.exit(4);
    }
  }

  @Test
  void endsWithTheSameBytesWhereverItIsKilled() throws Exception {
    // In a process of its own too: how this one computes depends on the tests before.
    SampleIndex.model(folder.resolve("model"), 5).close();
    assertEquals(0, start("whole", DOCUMENTS, 0).waitFor(), () -> log("whole"));
    Random random = new Random(System.nanoTime());
    Path killed = folder.resolve("killed");
    Path progress = killed.resolve(FeatureStore.PROGRESS);
    for (int kill = 0; kill < 3; kill++) {
      Process process = start("killed", DOCUMENTS, 0);
      long before = progress.toFile().lastModified();
      while (process.isAlive() && progress.toFile().lastModified() == before) {
        Thread.sleep(1);
      }
      Thread.sleep(random.nextInt(40));
      process.destroyForcibly().waitFor();
      assertFalse(Files.exists(killed.resolve(FeatureStore.FEATURES)), "it was too quick to kill");
      assertUnfinished(killed);
    }
    assertEquals(0, start("killed", DOCUMENTS, 0).waitFor(), () -> log("killed"));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole").resolve(FeatureStore.FEATURES)),
        Files.readAllBytes(killed.resolve(FeatureStore.FEATURES)));
    assertEquals(List.of(FeatureStore.FEATURES, FeatureStore.TOKENS), names(killed));
  }

  private static List<String> names(Path store) throws IOException {
    try (Stream<Path> files = Files.list(store)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals(".lock"))
          .sorted()
          .toList();
    }
  }

  private void assertUnfinished(Path store) throws IOException {
    try (LanguageModel model = SampleIndex.model(folder.resolve("model"), 5)) {
      Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
      LoupeException error =
          assertThrows(LoupeException.class, () -> FeatureStore.open(store, subject));
      assertTrue(error.getMessage().contains("not finished"), error.getMessage());
    }
  }

  @Test
  void aFullDiskIsToldAndLeavesNoHalfOfAFile() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell that limits a file's size");
    SampleIndex.model(folder.resolve("model"), 5).close();
    Process process = start("full", FEW_DOCUMENTS, 80);
    assertEquals(4, process.waitFor(), () -> log("full"));
    assertTrue(log("full").contains("cannot be written"), () -> log("full"));
    assertEquals(List.of(FeatureStore.TOKENS), names(folder.resolve("full")), () -> log("full"));
    assertEquals(0, start("full", FEW_DOCUMENTS, 0).waitFor(), () -> log("full"));
  }

  /**
   * @param limit {@code ulimit -f}, the largest file in blocks of 512 or 1,024 bytes; 0 for none
   */
  private Process start(String store, int documents, int limit) throws IOException {
    return JavaProcess.start(
        KilledIndexTest.class,
        limit,
        Path.of(folder.resolve(store) + ".log"),
        folder.toString(),
        store,
        String.valueOf(documents));
  }

  private String log(String store) {
    try {
      return Files.readString(folder.resolve(store + ".log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
