package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fits in processes of their own that end badly. */
class KilledFitTest {
  @TempDir private Path folder;
  private Path model;
  private Path corpus;

  @BeforeEach
  void whole() throws IOException {
    model = Files.createDirectories(folder.resolve("model"));
    corpus = folder.resolve("corpus.jsonl");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add(
          "{\"id\": \"d%d\", \"text\": \"The war lasted from the year 17%d.\"}"
              .formatted(i, 40 + i));
    }
    Files.write(corpus, lines);
    try (LanguageModel opened = TinyStudy.open(model, DType.F32)) {
      new FitInfluence()
          .ask(
              FitProcess.request(corpus, folder.resolve("whole")),
              Subject.of(opened, () -> "ab12"),
              Run.silent(3));
    }
  }

  private static List<Path> kept(Path folder) {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(each -> each.toString().endsWith(".safetensors"))
          .map(folder::relativize)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void assertWhole(Path out) throws IOException {
    Path whole = folder.resolve("whole");
    assertEquals(kept(whole), kept(out));
    for (Path file : kept(whole)) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)),
          Files.readAllBytes(out.resolve(file)),
          file.toString());
    }
    assertTrue(Files.exists(out.resolve("fit.json")));
    assertTrue(Files.exists(out.resolve("index").resolve("index.json")));
  }

  @Test
  void goesOnToTheSameBytesAfterItIsKilled() throws Exception {
    Path out = folder.resolve("killed");
    Process process = FitProcess.start(model, corpus, out, 0);
    while (process.isAlive() && kept(out).size() < 2) {
      Thread.sleep(1);
    }
    process.destroyForcibly().waitFor();
    assertFalse(Files.exists(out.resolve("fit.json")), "it ended before it was killed");
    assertTrue(kept(out).size() >= 2, kept(out).toString());
    assertEquals(0, FitProcess.start(model, corpus, out, 0).waitFor());
    assertWhole(out);
  }

  @Test
  void aFullDiskIsToldAndNothingHalfIsLeft() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell that limits a file's size");
    Path out = folder.resolve("full");
    assertEquals(4, FitProcess.start(model, corpus, out, 1).waitFor());
    String told = Files.readString(Path.of(out + ".log"));
    assertTrue(told.contains(".safetensors"), told);
    assertEquals(List.of(), kept(out));
    try (Stream<Path> files = Files.list(out)) {
      assertTrue(files.noneMatch(each -> each.toString().endsWith(".part")), "a half file is left");
    }
    assertEquals(0, FitProcess.start(model, corpus, out, 0).waitFor());
    assertWhole(out);
  }
}
