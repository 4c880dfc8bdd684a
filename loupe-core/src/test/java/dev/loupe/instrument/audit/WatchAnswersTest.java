package dev.loupe.instrument.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.WatchReport.Change;
import dev.loupe.instrument.audit.WatchReport.WatchedAnswer;
import dev.loupe.job.Run;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.TwoSampleTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchAnswersTest {
  @TempDir private Path folder;

  /** Knows the answer "yes" with a given probability, and samples it that often. */
  private record Oracle(double probability, int rightOfTwenty, boolean scores)
      implements TextModel {
    @Override
    public String name() {
      return "oracle";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return scores
          ? Optional.empty()
          : Optional.of(LoupeException.badInput("it keeps its numbers to itself", "Ask another."));
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      return continuations.stream()
          .map(each -> new TextScore(List.of(each.text()), List.of(Math.log(probability))))
          .toList();
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      return prompts.stream()
          .map(_ -> new Answer(probability > 0.5 ? "Yes." : "no", true))
          .toList();
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      List<Answer> drawn = new ArrayList<>();
      for (int i = 0; i < sampling.count(); i++) {
        drawn.add(new Answer(20 * i < rightOfTwenty * sampling.count() ? "yes" : "no", true));
      }
      return prompts.stream().map(_ -> List.copyOf(drawn)).toList();
    }
  }

  private static WatchRequest request(int answers) {
    List<Watched> watched = new ArrayList<>();
    for (int i = 0; i < answers; i++) {
      watched.add(new Watched("q" + i, "question " + i, List.of("yes")));
    }
    return WatchRequest.of(watched);
  }

  private static Finding<WatchReport> ask(WatchRequest request, Oracle oracle) {
    return new WatchAnswers().ask(request, Subject.of(oracle), Run.silent(1));
  }

  @Test
  void aFirstRunComparesNothing() {
    Finding<WatchReport> finding = ask(request(2), new Oracle(0.75, 15, true));
    WatchedAnswer first = finding.answer().watched().getFirst();
    assertEquals(0.75, first.probability(), 1e-12);
    assertEquals(0.75, first.right().value());
    assertTrue(first.likeliestIsRight());
    assertEquals("yes", first.usual());
    // −¾ ln ¾ − ¼ ln ¼
    assertEquals(0.5623351446, first.entropy(), 1e-9);
    assertTrue(finding.answer().since().isEmpty() && finding.holds());
  }

  @Test
  void theSameModelHasNotChanged() {
    WatchRequest request = request(3).withHistory(folder.resolve("runs.jsonl"), "one");
    ask(request, new Oracle(0.75, 15, true));
    Finding<WatchReport> again = ask(request, new Oracle(0.75, 15, true));
    assertTrue(again.holds());
    assertEquals(3, again.answer().since().orElseThrow().compared());
    assertEquals(0, again.answer().since().orElseThrow().right().value());
  }

  /** A probability has no error: the tolerance decides. Fifteen to thirteen samples is chance. */
  @Test
  void aProbabilityMovesBeyondTheTolerance() {
    WatchRequest request = request(3).withHistory(folder.resolve("runs.jsonl"), "one");
    ask(request.withHistory(folder.resolve("runs.jsonl"), "v1"), new Oracle(0.75, 15, true));
    assertTrue(ask(request, new Oracle(0.71, 15, true)).holds());
    Finding<WatchReport> moved = ask(request, new Oracle(0.6, 15, true));
    assertFalse(moved.holds());
    Change change = moved.answer().watched().getFirst().change().orElseThrow();
    assertEquals(0.71, change.probabilityBefore(), 1e-12);
    assertTrue(change.moved() && !change.changed());
    assertEquals(
        Math.log(0.6 / 0.71), moved.answer().since().orElseThrow().logProbability().value(), 1e-9);
  }

  /** Twenty of twenty to eight of twenty, Fisher's test times three answers. */
  @Test
  void samplesChangeBeyondTheirInterval() {
    WatchRequest request = request(3).withHistory(folder.resolve("runs.jsonl"), "one");
    ask(request, new Oracle(0.9, 20, false));
    Finding<WatchReport> changed = ask(request, new Oracle(0.9, 8, false));
    assertFalse(changed.holds());
    Change change = changed.answer().watched().getFirst().change().orElseThrow();
    double p = TwoSampleTest.fisher(new Counts(20, 20), new Counts(8, 20));
    assertEquals(3 * p, change.adjustedP(), 1e-12);
    assertTrue(change.changed() && change.difference().high() < 0);
    assertTrue(Double.isNaN(changed.answer().watched().getFirst().probability()));
    assertTrue(
        changed.caveats().getFirst().contains("it keeps its numbers to itself"),
        changed.caveats()::toString);
  }

  /** No answer alone is certain, all thirty together are: −2 of 20 each. */
  @Test
  void manySmallChangesAreSeenTogether() {
    WatchRequest request = request(30).withHistory(folder.resolve("runs.jsonl"), "one");
    ask(request, new Oracle(0.9, 20, false));
    Finding<WatchReport> changed = ask(request, new Oracle(0.9, 18, false));
    assertEquals(0, changed.answer().since().orElseThrow().changed());
    assertEquals(-0.1, changed.answer().since().orElseThrow().right().value(), 1e-12);
    assertFalse(changed.holds());
  }

  /** What the caveat promises is what the test sees. */
  @Test
  void howManyMustBeLeft() {
    WatchRequest request = request(3).withHistory(folder.resolve("runs.jsonl"), "one");
    ask(request, new Oracle(0.9, 20, false));
    int most = ask(request, new Oracle(0.9, 20, false)).answer().since().orElseThrow().mostLeft();
    double at = TwoSampleTest.fisher(new Counts(20, 20), new Counts(most, 20));
    double above = TwoSampleTest.fisher(new Counts(20, 20), new Counts(most + 1, 20));
    assertTrue(3 * at < 0.05 && 3 * above >= 0.05, most + " left");
  }

  @Test
  void anotherTextOrAnotherTemperatureIsNotCompared() {
    Path file = folder.resolve("runs.jsonl");
    ask(request(2).withHistory(file, "one"), new Oracle(0.9, 20, true));
    WatchRequest other =
        WatchRequest.of(
                List.of(
                    new Watched("q0", "question 0", List.of("yes")),
                    new Watched("q1", "question one", List.of("yes"))))
            .withHistory(file, "two");
    WatchReport report = ask(other, new Oracle(0.1, 2, true)).answer();
    assertEquals(1, report.since().orElseThrow().compared());
    assertEquals(1, report.since().orElseThrow().added());
    assertTrue(report.watched().getLast().change().isEmpty());
    WatchRequest cold =
        new WatchRequest(
            other.watched(),
            other.match(),
            20,
            0,
            32,
            true,
            0.05,
            Optional.of(file),
            false,
            "three",
            other.maxCalls());
    WatchReport compared = ask(cold, new Oracle(0.1, 20, true)).answer();
    assertTrue(Double.isNaN(compared.since().orElseThrow().right().value()));
    assertEquals(0, compared.since().orElseThrow().changed());
  }

  @Test
  void refused() throws IOException {
    Path file = folder.resolve("runs.jsonl");
    ask(request(1).withHistory(file, "one"), new Oracle(0.9, 20, true));
    LoupeException form =
        assertThrows(
            LoupeException.class,
            () -> ask(request(1).asText().withHistory(file, "two"), new Oracle(0.9, 20, true)));
    assertTrue(form.getMessage().contains("plain text"), form::getMessage);
    Files.writeString(file, "{\"when\": \"x\"}\n");
    LoupeException broken =
        assertThrows(
            LoupeException.class,
            () -> ask(request(1).withHistory(file, "two"), new Oracle(0.9, 20, true)));
    assertTrue(broken.getMessage().contains("runs.jsonl:1"), broken::getMessage);
  }

  @Test
  void aTableOfAnswers() throws IOException {
    Path file = folder.resolve("important.csv");
    Files.writeString(file, "prompt,answer\nThe capital of France is,Paris|the city of Paris\n");
    Watched read = Watched.read(file).getFirst();
    assertEquals(" Paris", read.continuation(false));
    assertEquals("Paris", read.continuation(true));
    assertEquals(2, read.answers().size());
    Files.writeString(file, "id,prompt,answer\na,Q,A\na,R,B\n");
    assertTrue(
        assertThrows(LoupeException.class, () -> Watched.read(file))
            .getMessage()
            .contains("twice"));
    Files.writeString(file, "prompt\nQ\n");
    assertTrue(
        assertThrows(LoupeException.class, () -> Watched.read(file))
            .getMessage()
            .contains("no answer"));
    Files.writeString(file, "prompt,answer\nQ,A||B\n");
    assertThrows(LoupeException.class, () -> Watched.read(file));
  }
}
