package dev.loupe.instrument.influence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.hub.Checksum;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Questions answered by the index of a fit, beside the same answered exactly. */
class GradientIndexTest {
  private static final String PROMPT = "The war lasted from the year 1742 to the year 17";

  @TempDir private Path folder;
  private LanguageModel model;
  private Subject subject;
  private Path corpus;

  @BeforeEach
  void open() throws IOException {
    model = TinyStudy.open(Files.createDirectories(folder.resolve("model")), DType.F32);
    subject = Subject.of(model, () -> "ab12");
    corpus = folder.resolve("corpus.jsonl");
    write(60);
  }

  private void write(int documents) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      lines.add(
          "{\"id\": \"d%d\", \"label\": \"kind %d\", \"text\": \"The %s lasted from the year %d.\"}"
              .formatted(i, i % 2, i % 3 == 0 ? "war" : "reign of the siege", 1740 + 3 * i % 997));
    }
    Files.write(corpus, lines);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private void fit(boolean index) {
    new FitInfluence()
        .ask(
            new FitRequest(
                corpus,
                folder.resolve("fit"),
                1,
                true,
                false,
                FitRequest.DEFAULT_MEMORY,
                FitRequest.DEFAULT_WIDEST,
                index),
            subject,
            Run.silent(3));
  }

  private Finding<AskReport> ask(boolean exact, int refine) {
    return new AskInfluence()
        .ask(
            new AskRequest(
                PROMPT,
                Optional.empty(),
                folder.resolve("fit"),
                Optional.empty(),
                3,
                OptionalDouble.empty(),
                false,
                exact,
                false,
                refine,
                0,
                0,
                Optional.empty(),
                AskRequest.DEFAULT_CANDIDATES,
                Optional.empty(),
                Optional.empty()),
            subject,
            Run.silent(3));
  }

  private static List<String> ids(List<AskReport.Influential> documents) {
    return documents.stream().map(AskReport.Influential::id).toList();
  }

  @Test
  void theIndexGivesTheExactScoresUpToTheRounding() throws IOException {
    fit(true);
    AskReport exact = ask(true, 0).answer();
    assertTrue(exact.index().isEmpty());
    Files.delete(corpus); // the index holds the documents
    Finding<AskReport> finding = ask(false, 0);
    assertTrue(finding.holds());
    AskReport indexed = finding.answer();
    assertEquals(ids(exact.positive()), ids(indexed.positive()));
    assertEquals(ids(exact.negative()), ids(indexed.negative()));
    assertEquals(exact.positive().getFirst().labels(), indexed.positive().getFirst().labels());
    assertEquals(2, indexed.labels().size());
    for (int i = 0; i < 3; i++) {
      double influence = exact.positive().get(i).influence();
      assertEquals(influence, indexed.positive().get(i).influence(), 1e-4 * influence);
      assertEquals(exact.positive().get(i).share(), indexed.positive().get(i).share(), 0.01);
      assertEquals(exact.positive().get(i).cosine(), indexed.positive().get(i).cosine(), 1e-4);
    }
    AskReport.Indexed index = indexed.index().orElseThrow();
    // A byte rounds each value by at most a 254th of the largest of its row.
    assertTrue(index.gap() < 0.02, "" + index.gap());
    assertTrue(index.order().value() > 0.99, index.order().toString());
  }

  @Test
  void anIndexThatMayMissTheLargestDoesNotServe() throws IOException {
    write(300); // more than are compared and scored exactly anyway
    fit(true);
    AskReport exact = ask(true, 0).answer();
    spoil();
    Finding<AskReport> finding = ask(false, 0);
    assertEquals(exact.positive(), finding.answer().positive());
    assertEquals(exact.negative(), finding.answer().negative());
    assertTrue(
        finding.caveats().stream().anyMatch(each -> each.contains("scored exactly: the fit's")),
        finding.caveats().toString());
    AskReport.Indexed index = finding.answer().index().orElseThrow();
    assertTrue(index.missed() > 0.5, "" + index.missed());
    assertTrue(index.gap() > 0.02, "" + index.gap());
  }

  /** Puts random gradients in the place of the index's, under their checksum. */
  private void spoil() throws IOException {
    Path part = folder.resolve("fit").resolve("index").resolve("part-00000.safetensors");
    String before = Checksum.SHA256.sum(part);
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(part)).order(ByteOrder.LITTLE_ENDIAN);
    long header = file.getLong(0);
    JsonNode names =
        JsonText.mapper().readTree(new String(file.array(), 8, Math.toIntExact(header), UTF_8));
    Random random = new Random(1);
    for (var each : names.properties()) {
      if (each.getKey().endsWith(".gradients")) {
        long at = 8 + header + each.getValue().path("data_offsets").get(0).asLong(0);
        long end = 8 + header + each.getValue().path("data_offsets").get(1).asLong(0);
        for (long i = at; i < end; i++) {
          file.put(Math.toIntExact(i), (byte) (random.nextInt(255) - 127));
        }
      }
    }
    Files.write(part, file.array());
    Path json = part.resolveSibling("index.json");
    Files.writeString(json, Files.readString(json).replace(before, Checksum.SHA256.sum(part)));
  }

  @Test
  void anIndexIsKeptByTheSameFitAndRefusedWhenDamaged() throws IOException {
    fit(true);
    Path part = folder.resolve("fit").resolve("index").resolve("part-00000.safetensors");
    byte[] before = Files.readAllBytes(part);
    var time = Files.getLastModifiedTime(part);
    fit(true);
    assertEquals(time, Files.getLastModifiedTime(part));
    assertArrayEquals(before, Files.readAllBytes(part));
    byte[] damaged = before.clone();
    damaged[damaged.length - 1] ^= 1;
    Files.write(part, damaged);
    LoupeException refusal = assertThrows(LoupeException.class, () -> ask(false, 0));
    assertTrue(refusal.getMessage().contains("damaged"), refusal.getMessage());
    assertTrue(ask(true, 0).holds());
    Files.delete(part);
    fit(true); // and is made again where it is missing
    assertArrayEquals(before, Files.readAllBytes(part));
    assertTrue(ask(false, 0).answer().index().orElseThrow().bytesOfADocument() > 0);
    Path json = folder.resolve("fit").resolve("index").resolve("index.json");
    Files.writeString(json, Files.readString(json).replace("ab12", "cd34"));
    refusal = assertThrows(LoupeException.class, () -> ask(false, 0));
    assertTrue(refusal.getMessage().contains("another fit"), refusal.getMessage());
  }

  @Test
  void refiningSaysHowFarItCameAndChangesTheScores() {
    fit(false);
    AskReport plain = ask(false, 0).answer();
    assertTrue(plain.refinement().isEmpty());
    Finding<AskReport> finding = ask(false, 30);
    AskReport.Refinement refinement = finding.answer().refinement().orElseThrow();
    assertEquals(60, refinement.documents());
    double few = ask(false, 2).answer().refinement().orElseThrow().residual();
    assertTrue(refinement.residual() < 0.5 * few, refinement + " against " + few);
    assertTrue(refinement.cosine() > 0.3 && refinement.cosine() < 1, refinement.toString());
    assertFalse(
        plain.positive().getFirst().influence()
            == finding.answer().positive().getFirst().influence());
    assertTrue(finding.holds());
  }
}
