package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RandomAlmanacModel;
import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.PathWords;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.world.Fact;
import dev.loupe.world.Question;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceExaminationTest {
  private static final World WORLD = World.of(7, 0.02);
  private static final Fact SAID =
      WORLD.facts().stream()
          .filter(fact -> fact.relation().label().equals("country-language"))
          .findFirst()
          .orElseThrow();

  @TempDir static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void write() throws IOException {
    model = RandomAlmanacModel.open(folder, WORLD, SAID.object());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Finding<TraceReport> trace(String prompt) {
    TraceRequest request = TraceRequest.of(prompt).withTarget(" " + SAID.object());
    return new Trace().ask(request, Subject.of(model, () -> ""), Run.silent(0));
  }

  private static String prompt() {
    return "The language of the country in which " + SAID.subject() + " lies is";
  }

  @Test
  void asksOnlyWhatTheModelAnswersRight() {
    TraceExamination examination = new TraceExamination(model, WORLD, 100, 1);
    assertFalse(examination.questions().isEmpty());
    for (Question question : examination.questions()) {
      assertEquals(" " + SAID.object(), question.answer());
      assertEquals(1, question.fact().orElseThrow().between().size());
    }
    assertEquals(1, new TraceExamination(model, WORLD, 1, 1).questions().size());
    assertTrue(examination.seconds(Optional.empty()) > 0);
  }

  @Test
  void measuresEachQuestion() {
    List<Long> done = new ArrayList<>();
    TraceExamination examination = new TraceExamination(model, WORLD, 6, 1);
    TraceExamination.Result result = examination.run(Optional.empty(), counting(done::add));
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), done);
    for (Asked asked : result.asked()) {
      RankingScore ranking = asked.ranking();
      int length = model.tokenizer().ids(asked.question().prompt(), true).length;
      int neurons = ((RandomAlmanacModel.LAYERS - 1) * length + 1) * RandomAlmanacModel.MLP;
      assertEquals(neurons, ranking.neurons());
      assertTrue(ranking.listed() > 0 && ranking.listed() <= neurons);
      assertTrue(ranking.influence().captured() <= 1 + 1e-9, ranking::toString);
    }
    // Thousands of neurons a question: a ranking that knew nothing would be within 0.02 of 0.
    // Random weights let attention
    // react to a silenced neuron as much as anything, which the frozen model leaves out: far from 1
    // is right too.
    double spearman = result.mean(RankingScore::predicted, each -> each.spearman().value()).value();
    assertTrue(spearman > 0.2, () -> "Spearman of the predicted effects " + spearman);
    double predicted = result.mean(RankingScore::predicted, Ranking::captured).value();
    double written = result.mean(RankingScore::written, Ranking::captured).value();
    assertTrue(predicted > written, () -> predicted + " against " + written);
    assertEquals(
        result.asked().stream().filter(asked -> asked.hop().found()).count() / 6.0,
        result.share(IntermediateHop::found).value());
  }

  @Test
  void goesOnFromWhatItsLogHoldsToTheSameFigures(@TempDir Path place) throws IOException {
    Path file = place.resolve("trace.jsonl");
    TraceExamination whole = new TraceExamination(model, WORLD, 3, 1);
    TraceExamination.Result expected = whole.run(Optional.empty(), Run.silent(0));
    TraceExamination begun = new TraceExamination(model, WORLD, 2, 1);
    begun.run(Optional.of(ExaminationLog.open(file, "this")), Run.silent(0));
    Files.writeString(file, "{\"question\":\"cut sho", StandardOpenOption.APPEND);
    ExaminationLog log = ExaminationLog.open(file, "this");
    assertEquals(
        3, Files.readAllLines(file).size(), "the head and two results; the line cut short is gone");
    assertEquals(0, begun.seconds(Optional.of(log)));
    List<Long> done = new ArrayList<>();
    assertEquals(expected, whole.run(Optional.of(log), counting(done::add)));
    assertEquals(List.of(1L, 2L, 3L), done);
    assertEquals(4, Files.readAllLines(file).size());
    assertEquals(
        expected,
        whole.run(Optional.of(ExaminationLog.open(file, "this")), Run.silent(0)),
        "read back");
  }

  @Test
  void aLogOfAnotherExaminationOrADamagedOneIsRefused(@TempDir Path place) throws IOException {
    Path file = place.resolve("trace.jsonl");
    ExaminationLog.open(file, "this");
    LoupeException other =
        assertThrows(LoupeException.class, () -> ExaminationLog.open(file, "that"));
    assertTrue(other.getMessage().contains("measured on this, not on that"), other.getMessage());
    Files.writeString(file, "nonsense\n", StandardOpenOption.APPEND);
    LoupeException damaged =
        assertThrows(LoupeException.class, () -> ExaminationLog.open(file, "this"));
    assertTrue(damaged.getMessage().contains("line 2"), damaged.getMessage());
    Files.writeString(file, "notes of mine\nwith no end");
    LoupeException notes =
        assertThrows(LoupeException.class, () -> ExaminationLog.open(file, "this"));
    assertTrue(notes.getMessage().contains("holds no results"), notes.getMessage());
    assertEquals("notes of mine\nwith no end", Files.readString(file), "left as it was");
    Files.writeString(file, "");
    assertThrows(LoupeException.class, () -> ExaminationLog.open(file, "this"));
    assertThrows(
        LoupeException.class, () -> ExaminationLog.open(place.resolve("none/trace.jsonl"), "this"));
  }

  @Test
  void aModelOfAnotherWorldIsSaidSo() {
    LoupeException none =
        assertThrows(
            LoupeException.class, () -> new TraceExamination(model, World.of(8, 0.02), 5, 1));
    assertTrue(none.getMessage().contains("none of the"), none.getMessage());
  }

  @Test
  void theReportTellsOfTheEntityBetween() {
    Finding<TraceReport> report = trace(prompt());
    Finding<TraceReport> noted = IntermediateHop.noted(model, report, WORLD);
    assertEquals(report.evidence().size() + 1, noted.evidence().size());
    Evidence last = noted.evidence().getLast();
    assertEquals(Support.OBSERVED, last.support());
    String between = SAID.between().getFirst();
    assertTrue(
        last.checked()
            .contains(
                "%s, the country between %s and %s"
                    .formatted(between, SAID.subject(), SAID.object())),
        last.checked());
    IntermediateHop hop = IntermediateHop.of(model, report.answer(), WORLD, SAID);
    assertEquals(hop.found(), last.checked().startsWith("The strongest paths name "));
  }

  @Test
  void whatIsNoQuestionOfTwoHopsIsLeftAlone() {
    Finding<TraceReport> report = trace("The weather is");
    assertSame(report, IntermediateHop.noted(model, report, WORLD));
  }

  /** After the last layer the lens is the model's own prediction. */
  @Test
  void theStreamSpellsThePredictionWhereANeuronOfTheLastLayerStands() {
    TraceReport report = trace(prompt()).answer();
    PathWords words = PathWords.of(model, report);
    boolean lastLayer =
        report.paths().stream()
            .flatMap(path -> path.nodes().stream())
            .map(node -> report.graph().nodes().get(node))
            .anyMatch(node ->
                node instanceof Node.Feature neuron
                    && neuron.layer() == RandomAlmanacModel.LAYERS - 1);
    assertTrue(lastLayer, "the paths of this prompt leave out the last layer; choose another");
    report.predictions().stream()
        .limit(PathWords.WORDS)
        .forEach(predicted -> assertTrue(words.spell(predicted.id()), predicted::text));
  }

  private static Run counting(LongConsumer done) {
    Run silent = Run.silent(0);
    return new Run() {
      @Override
      public long seed() {
        return 0;
      }

      @Override
      public double seconds() {
        return silent.seconds();
      }

      @Override
      public boolean stopRequested() {
        return false;
      }

      @Override
      public Steps steps(String what, Counted unit, long total) {
        return new Steps(this, done, () -> {});
      }

      @Override
      public void early(Object part) {}
    };
  }
}
