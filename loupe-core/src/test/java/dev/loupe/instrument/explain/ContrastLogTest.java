package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.EntailmentModel;
import dev.loupe.encoder.TinyEncoders;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contrasts that resume, and contrasts by a judge. */
class ContrastLogTest {
  private static final String PROMPT = "The war lasted from the year 1742 to the year 17";

  @TempDir private Path folder;

  private static ContrastRequest request() {
    return new ContrastRequest(
        PROMPT,
        false,
        Measure.LOG_PROBABILITY,
        EditSearch.MCELL,
        6,
        3,
        3,
        1e6,
        2,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** What the log holds is taken as it is: a score that was changed in it decides. */
  @Test
  void scoresOfAnInterruptedSearchAreReadNotMeasured() throws IOException {
    Path log = folder.resolve("edits.jsonl");
    try (LanguageModel model =
        TinyStudy.open(Files.createDirectories(folder.resolve("model")), DType.F32)) {
      Subject subject = Subject.of(model, () -> "ab12");
      ContrastRequest kept = request().withLog(log);
      ContrastReport first = new Contrast().ask(kept, subject, Run.silent(1)).answer();
      List<String> lines = Files.readAllLines(log);
      long distinct = first.visits().stream().map(ContrastReport.Edit::text).distinct().count();
      assertEquals(distinct, lines.size() - 1);
      assertEquals(first, new Contrast().ask(kept, subject, Run.silent(1)).answer());
      assertEquals(lines, Files.readAllLines(log));
      // Stopped after the first edit, whose score is another now.
      List<String> cut = new ArrayList<>(lines.subList(0, 2));
      cut.set(1, cut.get(1).replaceFirst("\"score\":[-0-9.E]+", "\"score\":1234.5"));
      Files.write(log, cut);
      ContrastReport resumed = new Contrast().ask(kept, subject, Run.silent(1)).answer();
      assertTrue(
          resumed.visits().stream().anyMatch(each -> each.score() == 1234.5), resumed::toString);
      assertTrue(Files.readAllLines(log).size() > 2);
      LoupeException other =
          assertThrows(
              LoupeException.class,
              () -> new Contrast().ask(kept, Subject.of(model, () -> "cd34"), Run.silent(1)));
      assertTrue(other.getMessage().contains("edits.jsonl"), other::getMessage);
    }
  }

  /** Finds yes three times as likely as no where a text holds "war". */
  private record Opinion(boolean scores) implements TextModel {
    @Override
    public String name() {
      return "opinion";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return scores
          ? Optional.empty()
          : Optional.of(LoupeException.badInput("none", "Ask another."));
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      return continuations.stream()
          .map(each -> {
            boolean isFirst = each.text().strip().matches("yes|positive");
            double times = isFirst && each.prompt().toString().contains("war") ? 3 : 1;
            return new TextScore(List.of(each.text()), List.of(Math.log(times / 10)));
          })
          .toList();
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      return prompts.stream()
          .map(each -> new Answer(each.toString().contains("war") ? "Yes." : "No.", true))
          .toList();
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      throw new UnsupportedOperationException("sample");
    }
  }

  @Test
  void anEntailmentModelComparesAnswers() {
    try (EntailmentModel model = EntailmentModel.open(TinyEncoders.entailment())) {
      AnswerJudge judge = new EntailmentJudge(model);
      assertEquals(
          model.contradiction("Rain falls.", "Snow falls."),
          judge.difference("Rain falls.", "Snow falls."));
      assertEquals(1, judge.caveats().size());
      judge.difference("the cat ".repeat(10), "Snow falls.");
      assertEquals(2, judge.caveats().size(), "what was cut is said");
    }
  }

  @Test
  void aContrastIsMeasuredByAnEmbeddingModel() throws IOException {
    try (LanguageModel model =
            TinyStudy.open(Files.createDirectories(folder.resolve("model")), DType.F32);
        EmbeddingModel embedding = EmbeddingModel.open(TinyEncoders.embedding())) {
      ContrastRequest asked =
          new ContrastRequest(
              PROMPT,
              false,
              Measure.SIMILARITY,
              EditSearch.MCELL,
              6,
              3,
              3,
              0.5,
              2,
              Optional.empty(),
              Optional.of(embedding),
              Optional.empty());
      ContrastReport report =
          new Contrast().ask(asked, Subject.of(model, () -> "ab12"), Run.silent(1)).answer();
      assertEquals(
          1 - embedding.similarity(report.edited(), report.answer()), report.score(), 1e-12);
      assertTrue(report.measured().contains("embedding"), report.measured());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> AnswerSimilarity.require(Measure.SIMILARITY, Optional.empty()));
  }

  @Test
  void aJudgeComparesAnswers() {
    Opinion sure = new Opinion(true);
    AnswerJudge contradiction = new ModelJudge(ModelJudge.Kind.CONTRADICTION, sure, true);
    assertEquals(0.75, contradiction.difference("war", "peace"), 1e-12);
    assertEquals(0.5, contradiction.difference("peace", "rest"), 1e-12);
    AnswerJudge sentiment = new ModelJudge(ModelJudge.Kind.SENTIMENT, sure, false);
    assertEquals(0.25, sentiment.difference("war", "peace"), 1e-12);
    AnswerJudge refusal = new ModelJudge(ModelJudge.Kind.REFUSAL, new Opinion(false), true);
    assertEquals(1, refusal.difference("war", "peace"));
    assertEquals(0, refusal.difference("peace", "rest"));
  }
}
