package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.job.Stopped;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A fit on disk: whole, stopped and resumed, damaged, and asked with what is not its own. */
class InfluenceFolderTest {
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
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add(
          "{\"id\": \"d%d\", \"label\": \"%s\", \"text\": \"The %s lasted from the year 17%d.\"}"
              .formatted(
                  i, i < 8 ? "early" : "late", i % 3 == 0 ? "war" : "reign of the siege", 40 + i));
    }
    Files.write(corpus, lines);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private FitRequest request(String out) {
    return request(out, false, FitRequest.DEFAULT_WIDEST);
  }

  /** Too little memory for two maps: each is a group of its own. */
  private FitRequest request(String out, boolean empirical, int widest) {
    return new FitRequest(corpus, folder.resolve(out), 1, true, empirical, 1, widest, false);
  }

  private AskRequest question(String fit, Optional<String> completion) {
    return new AskRequest(
        PROMPT,
        completion,
        folder.resolve(fit),
        Optional.empty(),
        5,
        OptionalDouble.empty(),
        false,
        false,
        false,
        0,
        0,
        0,
        Optional.empty(),
        AskRequest.DEFAULT_CANDIDATES,
        Optional.empty(),
        Optional.empty());
  }

  private Finding<FitReport> fit(String out) {
    return new FitInfluence().ask(request(out), subject, Run.silent(3));
  }

  private AskReport ask(String fit) {
    return new AskInfluence().ask(question(fit, Optional.empty()), subject, Run.silent(3)).answer();
  }

  @Test
  void documentsAreSortedSharesAreOfTheirSignAndTokensSumUp() {
    assertTrue(fit("fit").holds());
    Finding<AskReport> finding =
        new AskInfluence().ask(question("fit", Optional.empty()), subject, Run.silent(3));
    assertTrue(finding.holds());
    AskReport report = finding.answer();
    assertEquals(20, report.sequences());
    for (List<AskReport.Influential> side : List.of(report.positive(), report.negative())) {
      double before = Double.POSITIVE_INFINITY;
      for (AskReport.Influential each : side) {
        assertTrue(Math.abs(each.influence()) <= before);
        before = Math.abs(each.influence());
        assertTrue(each.share() > 0 && each.share() <= 1, "" + each.share());
        assertTrue(Math.abs(each.cosine()) <= 1 + 1e-6, "" + each.cosine());
        double sum = each.tokens().stream().mapToDouble(AskReport.OfToken::influence).sum();
        assertEquals(each.influence(), sum, 1e-3 * Math.abs(each.influence()));
      }
    }
    for (AskReport.Influential each : report.positive()) {
      double sum = each.byMap().stream().mapToDouble(Double::doubleValue).sum();
      assertEquals(each.influence(), sum, 1e-6 * each.influence());
      assertEquals(
          List.of(Integer.parseInt(each.id().substring(1)) < 8 ? "early" : "late"), each.labels());
    }
    assertEquals(
        List.of(8L, 12L),
        report.labels().stream().map(AskReport.OfLabel::documents).sorted().toList());
    double shares =
        report.positive().stream().mapToDouble(AskReport.Influential::influence).sum()
            / report.positive().stream().mapToDouble(AskReport.Influential::share).sum();
    double labelled = report.labels().stream().mapToDouble(AskReport.OfLabel::positive).sum();
    assertEquals(shares, labelled, 1e-6 * labelled);
    double all = report.positive().stream().mapToDouble(AskReport.Influential::influence).sum();
    double maps = report.maps().stream().mapToDouble(AskReport.OfMap::positive).sum();
    assertEquals(all, maps, 1e-6 * all);
  }

  @Test
  void flippedDocumentsAreScoredAsTheirTextIs() throws IOException {
    String flipped = "42 lasted from the year 17The reign of the siege.";
    Files.writeString(
        corpus,
        "{\"id\": \"x\", \"text\": \"%s\"}\n".formatted(flipped),
        StandardOpenOption.APPEND);
    fit("fit");
    AskRequest request =
        new AskRequest(
            PROMPT,
            Optional.of("42"),
            folder.resolve("fit"),
            Optional.empty(),
            30,
            OptionalDouble.empty(),
            false,
            false,
            false,
            0,
            0,
            0,
            Optional.empty(),
            AskRequest.DEFAULT_CANDIDATES,
            Optional.empty(),
            Optional.of("The reign of the siege"));
    AskReport report = new AskInfluence().ask(request, subject, Run.silent(3)).answer();
    AskReport.Flipped one =
        report.flip().orElseThrow().documents().stream()
            .filter(each -> each.id().equals("d2"))
            .findFirst()
            .orElseThrow();
    assertEquals(flipped, one.text());
    double asDocument =
        Stream.concat(report.positive().stream(), report.negative().stream())
            .filter(each -> each.id().equals("x"))
            .mapToDouble(AskReport.Influential::influence)
            .findFirst()
            .orElseThrow();
    assertEquals(asDocument, one.flipped(), 1e-4 * Math.abs(one.influence()));
    assertTrue(one.flipped() < one.influence(), one.toString());
  }

  @Test
  void phrasesChangePlacesOnlyWhereBothStandApart() {
    assertEquals(Optional.of("b then a."), PhraseFlip.flipped("a then b.", "a", "b"));
    assertEquals(Optional.of("b then a."), PhraseFlip.flipped("a then b.", "b", "a"));
    assertEquals(Optional.empty(), PhraseFlip.flipped("a then b.", "c", "b"));
    assertEquals(Optional.empty(), PhraseFlip.flipped("a then b.", "then", "en b"));
  }

  /** Float32 sums of one gradient, exactly λ-damped: a large λ leaves the gradient dot product. */
  @Test
  void overwhelmingDampingRanksLikeTheGradientDotProduct() {
    fit("fit");
    AskRequest damped =
        new AskRequest(
            PROMPT,
            Optional.of("42"),
            folder.resolve("fit"),
            Optional.empty(),
            3,
            OptionalDouble.of(1e12),
            false,
            false,
            false,
            0,
            0,
            0,
            Optional.empty(),
            AskRequest.DEFAULT_CANDIDATES,
            Optional.empty(),
            Optional.empty());
    AskReport report = new AskInfluence().ask(damped, subject, Run.silent(3)).answer();
    for (AskReport.Influential each : report.positive()) {
      assertTrue(each.cosine() > 0, each.id());
    }
    for (AskReport.Influential each : report.negative()) {
      assertTrue(each.cosine() < 0, each.id());
    }
  }

  @Test
  void aStoppedFitResumesToTheSameBytes() throws IOException {
    fit("whole");
    int[] left = {30};
    Run ending =
        new Run() {
          private final Run usual = Run.silent(3);

          @Override
          public long seed() {
            return usual.seed();
          }

          @Override
          public double seconds() {
            return 0;
          }

          @Override
          public boolean stopRequested() {
            return --left[0] < 0;
          }

          @Override
          public Steps steps(String what, Counted unit, long total) {
            return new Steps(this, _ -> {}, () -> {});
          }

          @Override
          public void early(Object part) {}
        };
    assertThrows(Stopped.class, () -> new FitInfluence().ask(request("stopped"), subject, ending));
    assertFalse(Files.exists(folder.resolve("stopped").resolve("fit.json")));
    LoupeException begun = assertThrows(LoupeException.class, () -> ask("stopped"));
    assertTrue(begun.getMessage().contains("no finished fit"), begun.getMessage());
    try (var files = Files.list(folder.resolve("stopped"))) {
      long kept = files.filter(each -> each.toString().endsWith(".safetensors")).count();
      assertTrue(kept > 0 && kept < 12, kept + " kept");
    }
    fit("stopped");
    try (var files = Files.list(folder.resolve("whole"))) {
      for (Path file : files.filter(each -> !each.endsWith(".lock")).toList()) {
        assertArrayEquals(
            Files.readAllBytes(file),
            Files.readAllBytes(folder.resolve("stopped").resolve(file.getFileName())),
            file.toString());
      }
    }
  }

  @Test
  void whatDoesNotBelongToTheFitIsRefused() throws IOException {
    fit("fit");
    Subject other = Subject.of(model, () -> "cd34");
    refused(
        "ab12",
        () -> new AskInfluence().ask(question("fit", Optional.empty()), other, Run.silent(3)));
    refused("another fit", () -> new FitInfluence().ask(request("fit"), other, Run.silent(3)));
    refused(
        "completion is empty",
        () -> new AskInfluence().ask(question("fit", Optional.of("")), subject, Run.silent(3)));
    Path file = folder.resolve("fit").resolve("layer-0.mlp_up.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    refused("damaged", () -> ask("fit"));
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    Files.writeString(corpus, Files.readString(corpus).replace("d7", "d99"));
    refused("not those of the fit", () -> ask("fit"));
  }

  private static void refused(String words, Executable asked) {
    LoupeException refusal = assertThrows(LoupeException.class, asked);
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
  }

  /** A model that learned nothing guesses uniformly on any corpus. */
  @Test
  void aCorpusThatDidNotTeachTheModelIsTold() {
    assertTrue(
        fit("fit").caveats().stream().anyMatch(each -> each.contains("may not be the corpus")),
        "no caveat");
  }

  @Test
  void aCompletionThatTheTokenizerWouldJoinIsTold() {
    fit("fit");
    AskRequest joined =
        new AskRequest(
            "The w",
            Optional.of("ar lasted"),
            folder.resolve("fit"),
            Optional.empty(),
            3,
            OptionalDouble.empty(),
            false,
            false,
            false,
            0,
            0,
            0,
            Optional.empty(),
            AskRequest.DEFAULT_CANDIDATES,
            Optional.empty(),
            Optional.empty());
    Finding<AskReport> finding = new AskInfluence().ask(joined, subject, Run.silent(3));
    assertEquals("ar lasted", finding.answer().completion());
    assertTrue(
        finding.caveats().stream().anyMatch(each -> each.contains("would join")),
        finding.caveats().toString());
  }

  /** Blocks rotate too, so Λ still sums to the squared gradients, which the evidence checks. */
  @Test
  void wideMatricesAreCutInBlocks() throws IOException {
    FitRequest blocks = request("blocks", true, 7);
    assertTrue(new FitInfluence().ask(blocks, subject, Run.silent(3)).holds());
    try (Safetensors map =
        Safetensors.open(folder.resolve("blocks").resolve("layer-0.mlp_up.safetensors"))) {
      assertTrue(map.tensors().containsKey("input_basis.1"), map.tensors()::toString);
      map.tensors()
          .forEach((name, tensor) ->
              assertTrue(name.equals("lambda") || tensor.shape().getFirst() <= 7, name));
    }
    assertEquals(20, ask("blocks").sequences());
    refused(
        "widest block was 7, now it is 4096",
        () -> new FitInfluence().ask(request("blocks", true, 4096), subject, Run.silent(3)));
  }

  /** Each question of many has the documents that it has by itself. */
  @Test
  void manyQuestionsAreAnsweredAsEachByItself() throws IOException {
    fit("fit");
    Path questions =
        Files.writeString(
            folder.resolve("questions.jsonl"),
            """
            {"prompt": "%s"}

            {"prompt": "%s", "completion": " 1"}
            """
                .formatted(PROMPT, PROMPT));
    AskQuestionsRequest request =
        new AskQuestionsRequest(questions, folder.resolve("fit"), Optional.empty(), 5, false);
    AskQuestionsReport report = new AskQuestions().ask(request, subject, Run.silent(3)).answer();
    assertEquals(20, report.documents());
    assertEquals(2, report.asked().size());
    for (AskQuestionsReport.Asked each : report.asked()) {
      AskReport alone =
          new AskInfluence()
              .ask(question("fit", Optional.of(each.completion())), subject, Run.silent(3))
              .answer();
      same(alone.positive(), each.positive());
      same(alone.negative(), each.negative());
    }
    assertEquals(ask("fit").completion(), report.asked().getFirst().completion());
    refusedQuestions(
        "line 2: “prompt” is no text", "{\"prompt\": \"a\"}\n{\"completion\": \"b\"}\n");
    refusedQuestions("line 1: “prompt” is no text", "{\"prompt\": \"a\", \"completion\": 3}");
    refusedQuestions("line 1 is not JSON", "{\"prompt\": ");
    refusedQuestions("holds no question", "\n");
    refusedQuestions("the completion is empty", "{\"prompt\": \"a\", \"completion\": \"\"}");
  }

  private static void same(
      List<AskReport.Influential> alone, List<CompareInfluenceReport.Top> among) {
    assertEquals(
        alone.stream().map(AskReport.Influential::id).toList(),
        among.stream().map(CompareInfluenceReport.Top::id).toList());
    for (int i = 0; i < among.size(); i++) {
      double expected = alone.get(i).influence();
      assertEquals(expected, among.get(i).influence(), 1e-4 * Math.abs(expected));
    }
  }

  private void refusedQuestions(String what, String lines) throws IOException {
    Path file = Files.writeString(folder.resolve("wrong.jsonl"), lines);
    refused(
        what,
        () ->
            new AskQuestions()
                .ask(AskQuestionsRequest.of(file, folder.resolve("fit")), subject, Run.silent(3)));
  }

  @Test
  void gradientsThatAreNoNumbersAreRefused() {
    try (NativeScope _ = NativeScope.open()) {
      try (Covariance covariance = new Covariance(2, 2, 9)) {
        Tensor rows = Tensor.of(new float[] {1, Float.NaN}, 1, 1, 2);
        covariance.add(rows, Tensor.of(new float[] {1, 2}, 1, 1, 2));
        refused(
            "layers.1.mlp_up",
            () -> covariance.eigenbasis(new BlockMap(1, BlockMap.Kind.MLP_UP), DType.F32));
      }
    }
  }

  @Test
  void aDocumentLongerThanTheContextIsReadInPieces() throws IOException {
    Files.writeString(
        corpus, "{\"id\": \"long\", \"text\": \"%s\"}\n".formatted("The war lasted. ".repeat(300)));
    Finding<FitReport> finding = fit("long");
    assertEquals(1, finding.answer().documents());
    assertTrue(finding.answer().sequences() > 1);
    assertTrue(finding.caveats().stream().anyMatch(each -> each.contains("in pieces")));
    assertTrue(ask("long").positive().stream().allMatch(each -> each.id().startsWith("long#")));
  }
}
