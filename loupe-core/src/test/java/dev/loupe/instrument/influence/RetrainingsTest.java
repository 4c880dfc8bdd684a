package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.TinyEncoders;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.FineTuning;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Trainings of a tiny model on parts of a tiny corpus. */
class RetrainingsTest {
  private static final FineTuning.Settings SETTINGS = new FineTuning.Settings(0.02, 12, 5);

  @TempDir private Path folder;
  private LanguageModel model;
  private Subject subject;
  private List<Sequence> documents;

  @BeforeEach
  void open() throws IOException {
    model = TinyStudy.open(Files.createDirectories(folder.resolve("model")), DType.F32);
    subject = Subject.of(model, () -> "ab12");
    List<String> lines = new ArrayList<>();
    documents = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String text =
          i % 4 == 0
              ? "The war lasted from the year 1742."
              : "The reign lasted long, 15" + (40 + i);
      lines.add("{\"id\": \"d%d\", \"text\": \"%s\"}".formatted(i, text));
      documents.add(DocumentRanking.document("d" + i, text, model));
    }
    Files.write(folder.resolve("corpus.jsonl"), lines);
    Files.writeString(
        folder.resolve("questions.jsonl"),
        """
        {"prompt": "The war lasted from the year", "answer": " 17", "fact": "war"}
        {"prompt": "The reign lasted", "answer": " long", "documents": ["d1", "d2"]}
        {"prompt": "Nobody teaches", "answer": " this"}
        """);
    Files.writeString(
        folder.resolve("facts.jsonl"),
        "{\"id\": \"war\", \"documents\": [\"d0\", \"d4\", \"d8\", \"d12\", \"d16\"]}\n");
  }

  @AfterEach
  void close() {
    model.close();
  }

  private FineTuning tuning() {
    return FineTuning.of(
        model.transformer(),
        "tiny",
        SETTINGS,
        documents.stream().map(Sequence::tokens).toList(),
        documents.stream().map(Sequence::counts).toList());
  }

  private Sequence query() {
    int[] tokens = model.tokenizer().ids("The war lasted from the year 17", true);
    return Sequence.completion(tokens, tokens.length - 1);
  }

  private static BitSet range(int from, int to) {
    BitSet some = new BitSet();
    some.set(from, to);
    return some;
  }

  @Test
  void trainingLowersTheLossOfWhatItReadsAndBeginsAgainEachTime() {
    try (FineTuning tuning = tuning()) {
      Sequence query = query();
      tuning.run(new BitSet(), 0, () -> {}, (_, _) -> {});
      double before = tuning.loss(query.tokens(), query.counts());
      tuning.run(range(0, 20), 0, () -> {}, (_, _) -> {});
      double all = tuning.loss(query.tokens(), query.counts());
      BitSet without = range(0, 20);
      for (int i = 0; i < 20; i += 4) {
        without.clear(i);
      }
      tuning.run(without, 0, () -> {}, (_, _) -> {});
      double least = tuning.loss(query.tokens(), query.counts());
      tuning.run(range(0, 20), 0, () -> {}, (_, _) -> {});
      assertEquals(all, tuning.loss(query.tokens(), query.counts()), 0);
      assertTrue(all < least, all + " with, " + least + " without the documents");
      assertTrue(all < before, all + " after, " + before + " before");
    }
  }

  @Test
  void trainingsAreReadAgainAndAHalfWrittenLineIsMadeAgain() throws IOException {
    Run run = Run.silent(0);
    double[] first;
    try (FineTuning tuning = tuning()) {
      Retrainings fresh = new Retrainings(folder, tuning, List.of(query()), "settings");
      first = fresh.of(range(0, 10), 0, run).losses();
      fresh.of(range(5, 15), 0, run);
      assertEquals(2, fresh.made());
      Retrainings again = new Retrainings(folder, tuning, List.of(query()), "settings");
      assertArrayEquals(first, again.of(range(0, 10), 0, run).losses(), 0);
      again.of(range(5, 15), 0, run);
      assertEquals(0, again.made());
      Retrainings others = new Retrainings(folder, tuning, List.of(query()), "other settings");
      others.of(range(0, 10), 0, run);
      assertEquals(1, others.made());
      Path file = folder.resolve(Retrainings.NAME);
      String text = Files.readString(file);
      Files.writeString(file, text.substring(0, text.length() - 20));
      Retrainings killed = new Retrainings(folder, tuning, List.of(query()), "other settings");
      killed.of(range(0, 10), 0, run);
      assertEquals(1, killed.made());
      assertEquals(
          0, readAgain(tuning, run), "what was written after a broken line must be readable");
    }
  }

  private int readAgain(FineTuning tuning, Run run) {
    Retrainings again = new Retrainings(folder, tuning, List.of(query()), "other settings");
    again.of(range(0, 10), 0, run);
    return again.made();
  }

  private Optional<EmbeddingModel> embedding = Optional.empty();

  private ValidateRequest request(FineTuning.Settings settings, Optional<Path> facts) {
    return new ValidateRequest(
        folder.resolve("corpus.jsonl"),
        folder.resolve("questions.jsonl"),
        facts,
        folder.resolve("out"),
        1,
        5,
        6,
        2,
        2,
        2,
        true,
        3,
        ValidateRequest.DEFAULT_DAMPING,
        embedding,
        settings);
  }

  @Test
  void aValidationIsResumedToTheSameAnswerWithoutTraining() {
    try (EmbeddingModel opened = EmbeddingModel.open(TinyEncoders.embedding())) {
      embedding = Optional.of(opened);
      validate();
    }
  }

  private void validate() {
    ValidateRequest request = request(SETTINGS, Optional.of(folder.resolve("facts.jsonl")));
    Finding<ValidateReport> finding = new ValidateInfluence().ask(request, subject, Run.silent(1));
    ValidateReport report = finding.answer();
    assertEquals(20, report.documents());
    assertTrue(report.questions() >= 1 && report.questions() <= 2, "" + report.questions());
    assertTrue(report.lossAfter() < report.lossBefore());
    for (ValidateReport.Method method : report.methods()) {
      assertTrue(method.score().low() <= method.score().high(), method.name());
      assertTrue(Math.abs(method.score().value()) <= 1, method.name());
    }
    assertEquals(report.methods().size(), report.removals().size());
    assertTrue(
        report.methods().stream().anyMatch(each -> each.name().equals("similarity by embedding")));
    assertTrue(
        finding.evidence().stream().anyMatch(each -> each.checked().contains("random ones")),
        finding.evidence().toString());
    ValidateReport again = new ValidateInfluence().ask(request, subject, Run.silent(1)).answer();
    assertEquals(report, again);
  }

  @Test
  void whatCannotBeValidatedIsSaidClearly() throws IOException {
    Optional<Path> facts = Optional.of(folder.resolve("facts.jsonl"));
    refused("diverged", request(new FineTuning.Settings(1e30, 2, 5), facts));
    Files.writeString(
        folder.resolve("questions.jsonl"), "{\"prompt\": \"The\", \"answer\": \" war\"}");
    refused("no line has", request(SETTINGS, facts));
    Files.writeString(folder.resolve("questions.jsonl"), "The war\n");
    refused("line 1", request(SETTINGS, facts));
    Files.writeString(
        folder.resolve("questions.jsonl"),
        "{\"prompt\": \"The\", \"answer\": \" war\", \"documents\": [\"other\"]}");
    refused("no question's documents", request(SETTINGS, facts));
  }

  private void refused(String words, ValidateRequest request) {
    Executable asked = () -> new ValidateInfluence().ask(request, subject, Run.silent(1));
    LoupeException refusal = assertThrows(LoupeException.class, asked);
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
    assertFalse(refusal.getMessage().isBlank());
  }
}
