package dev.loupe.instrument.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.BehaviouralCalibration.Verdict;
import dev.loupe.audit.ConfidenceTarget;
import dev.loupe.audit.Grade;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AskModelTest {
  private static final String SENTENCE = ConfidenceTarget.SENTENCE;
  private static final Pattern TARGET = Pattern.compile("> ([0-9.]+) confident");
  private static final Pattern NUMBER = Pattern.compile("question (\\d+)");

  @TempDir private Path folder;

  /** Is right on question i of 40 with a confidence of i/40, and heeds the target or not. */
  private static final class Student implements TextModel {
    private final boolean heeds;
    private final List<String> asked = new ArrayList<>();

    Student(boolean heeds) {
      this.heeds = heeds;
    }

    @Override
    public String name() {
      return "student";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return Optional.empty();
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      throw new UnsupportedOperationException("score");
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      throw new UnsupportedOperationException("answer");
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      List<List<Answer>> all = new ArrayList<>();
      for (Prompt prompt : prompts) {
        String text = ((Prompt.Chat) prompt).messages().getLast().content();
        asked.add(text);
        List<Answer> drawn = new ArrayList<>();
        for (int i = 0; i < sampling.count(); i++) {
          drawn.add(new Answer(said(text, i), true));
        }
        all.add(drawn);
      }
      return all;
    }

    private String said(String text, int draw) {
      Matcher number = NUMBER.matcher(text);
      assertTrue(number.find());
      double confidence = Integer.parseInt(number.group(1)) / 40.0;
      Matcher target = TARGET.matcher(text);
      if (heeds && target.find() && confidence <= Double.parseDouble(target.group(1))) {
        return "I don't know.";
      }
      String answer = confidence > 0.5 ? "yes" : draw == 0 ? "no" : "perhaps";
      return text.contains("Confidence: 80%")
          ? answer + ". Confidence: " + Math.round(100 * confidence) + "%"
          : answer;
    }
  }

  private static List<Probe> probes() {
    List<Probe> probes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      probes.add(
          new Probe(
              "q" + i, "test", "question " + i + "?", List.of("yes"), AnswerMatch.Kind.CONTAINED));
    }
    return probes;
  }

  private static AskModelReport ask(Student student, int samples, boolean stated) {
    AskModelRequest request =
        new AskModelRequest(
            probes(),
            List.of(0.5, 0.75),
            SENTENCE,
            false,
            samples,
            1,
            16,
            true,
            stated,
            OptionalInt.empty());
    return new AskModel().ask(request, Subject.of(student), Run.silent(1)).answer();
  }

  /** 19 of 40 are right; at t = ½ those above it alone are answered, all of them right. */
  @Test
  void aStudentWhoHeedsTheTarget() {
    AskModelReport report = ask(new Student(true), 1, false);
    assertEquals(19, report.steps().getFirst().counts().right());
    assertEquals(21, report.steps().getFirst().counts().wrong());
    assertEquals(19, report.steps().get(1).counts().right());
    assertEquals(0, report.steps().get(1).counts().wrong());
    assertEquals(21, report.steps().get(1).counts().abstained());
    assertEquals(Verdict.MEETS, report.steps().get(1).verdict());
    assertEquals(0, report.steps().get(1).abstainedFromRight());
    // At ¾ ten more are left, which were right.
    assertEquals(10, report.steps().get(2).abstainedFromRight());
    assertEquals(21, report.changes().getFirst().stopped());
    assertTrue(report.trend() > 5 && report.neverRises());
    assertEquals(
        List.of(Grade.WRONG, Grade.ABSTAINED, Grade.ABSTAINED), report.asked().getFirst().grades());
  }

  @Test
  void aStudentWhoDoesNot() {
    AskModelReport report = ask(new Student(false), 1, false);
    assertEquals(Verdict.FAILS, report.steps().getLast().verdict());
    assertTrue(Double.isNaN(report.trend()));
    assertEquals((19 - 3 * 21) / 40.0, report.steps().getLast().score(), 1e-12);
  }

  /** Right answers agree in all of three samples, wrong ones in one. */
  @Test
  void samplesAndStatedConfidence() {
    AskModelReport.Step step = ask(new Student(false), 3, true).steps().getFirst();
    assertEquals((19 + 21 / 3.0) / 40, step.agreement(), 1e-12);
    assertEquals(1, step.agreementAuroc());
    assertEquals(0.4875, step.statedConfidence(), 0.01);
    assertTrue(step.statedError() > 0.2);
  }

  @Test
  void thePapersSentence() {
    Student student = new Student(true);
    ask(student, 1, false);
    assertTrue(
        student
            .asked
            .getLast()
            .contains(
                "Answer only if you are > 0.75 confident, since mistakes are penalized 3 points"));
  }

  @Test
  void tooManyCallsAreRefused() {
    AskModelRequest request =
        new AskModelRequest(
            probes(), List.of(0.5), SENTENCE, false, 1, 1, 16, true, false, OptionalInt.of(79));
    LoupeException refused =
        assertThrows(
            LoupeException.class,
            () -> new AskModel().ask(request, Subject.of(new Student(true)), Run.silent(1)));
    assertTrue(refused.getMessage().contains("80"), refused::getMessage);
  }

  @Test
  void theNamedSets() {
    for (String name : ProbeSets.NAMES) {
      List<Probe> probes = ProbeSets.named(name);
      assertTrue(probes.size() >= 15, name);
      assertEquals(probes.size(), probes.stream().map(Probe::id).distinct().count());
    }
    // The paper's question: one D in DEEPSEEK.
    assertEquals(List.of("1"), ProbeSets.named("letters").getFirst().right());
    assertTrue(ProbeSets.named("birthdays").getLast().right().isEmpty());
    assertThrows(LoupeException.class, () -> ProbeSets.named("cats"));
  }

  @Test
  void questionsFromAFile() throws IOException {
    Path file = folder.resolve("questions.csv");
    Files.writeString(file, "id,question,target\n1,Who?,Ada|Ben\n2,What?,\n");
    List<Probe> probes = ProbeSets.read(file, AnswerMatch.Kind.NORMALISED);
    assertEquals(List.of("Ada", "Ben"), probes.getFirst().right());
    assertTrue(probes.getLast().right().isEmpty());
    Files.writeString(file, "id,target\n1,Ada\n");
    assertThrows(LoupeException.class, () -> ProbeSets.read(file, AnswerMatch.Kind.NORMALISED));
    assertFalse(probes.isEmpty());
  }
}
