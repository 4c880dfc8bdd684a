package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a judge is shown of an answer, in each format. */
class JudgedGradesTest {
  @TempDir private Path folder;

  /** Says no to everything and keeps what it was asked. */
  private record Listener(List<String> asked) implements TextModel {
    @Override
    public String name() {
      return "listener";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return Optional.of(LoupeException.badInput("none", "Ask another."));
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      throw new UnsupportedOperationException("score");
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      prompts.forEach(each -> asked.add(each.toString()));
      return prompts.stream().map(_ -> new Answer("no", true)).toList();
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      throw new UnsupportedOperationException("sample");
    }
  }

  private List<String> asked(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    Listener listener = new Listener(new ArrayList<>());
    AnswerOptions usual = AnswerOptions.usual();
    AnswerFile.read(
        file,
        new AnswerOptions(
            usual.columns(),
            usual.score(),
            usual.filter(),
            Optional.of(new JudgedGrades(listener, false)),
            usual.source(),
            usual.stated(),
            usual.abstained()),
        each -> {});
    return listener.asked();
  }

  @Test
  void theQuestionIsShownInEveryFormat() throws IOException {
    String table =
        """
        id,question,target,answer
        1,Who wrote Emma?,Jane Austen,It was Ben
        2,Who wrote Dune?,Frank Herbert,It was Ben
        3,Who wrote Emma?,Jane Austen,It was Ben
        4,,Jane Austen,It was Ben
        5,Who wrote Emma?,Jane Austen,jane austen.
        """;
    List<String> ofTable = asked("answers.csv", table);
    assertEquals(3, ofTable.size(), "the same answer to the same question is judged once");
    assertTrue(ofTable.getFirst().contains("Question: Who wrote Emma?"), ofTable::toString);
    assertTrue(ofTable.get(1).contains("Question: Who wrote Dune?"), ofTable::toString);
    assertTrue(ofTable.getLast().contains("Question: N/A"), ofTable::toString);

    String inspect =
        """
        {"version": 2, "status": "success", "eval": {"model": "m"}, "samples": [
          {"id": 1, "input": "Who wrote Emma?", "target": "Jane Austen", "output": {"completion": "Ben"}, "scores": {}},
          {"id": 2, "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who wrote Dune?"}],
           "target": "Frank Herbert", "output": {"completion": "Ben"}, "scores": {}}]}
        """;
    List<String> ofInspect = asked("log.json", inspect);
    assertTrue(ofInspect.getFirst().contains("Question: Who wrote Emma?"), ofInspect::toString);
    assertTrue(ofInspect.getLast().contains("Question: Who wrote Dune?"), ofInspect::toString);

    String harness =
        Stream.of(
                "{\"doc_id\": 0, \"doc\": {\"question\": \"Who wrote Emma?\"}, %s}",
                "{\"doc_id\": 1, \"doc\": {}, \"arguments\": {\"gen_args_0\": {\"arg_0\": \"Q: Who"
                    + " wrote Dune? A:\"}}, %s}")
            .map(line ->
                line.formatted(
                    "\"target\": \"X\", \"resps\": [[\"Ben\"]], \"filtered_resps\": [\"Ben\"],"
                        + " \"filter\": \"none\", \"metrics\": [\"acc\"], \"acc\": 0.0"))
            .reduce("", (a, b) -> a + b + "\n");
    List<String> ofHarness = asked("samples_task_2026-11-30T00-00-00.jsonl", harness);
    assertTrue(ofHarness.getFirst().contains("Question: Who wrote Emma?"), ofHarness::toString);
    assertTrue(ofHarness.getLast().contains("Question: Q: Who wrote Dune? A:"));
  }
}
