package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerFileTest {
  private static final String SAMPLE =
      """
      {"doc_id": %d, "target": "x", "filtered_resps": ["%s"], "filter": "none", "metrics": ["em"], "em": %s}
      """;

  @TempDir private Path folder;

  private final List<Answer> answers = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private List<String> read(String content) throws IOException {
    Path file = folder.resolve("samples_task_2026-01-01.jsonl");
    Files.writeString(file, content);
    answers.clear();
    return AnswerFile.read(file, AnswerOptions.usual(), answers::add);
  }

  private List<Grade> grades() {
    return answers.stream().map(Answer::grade).toList();
  }

  @Test
  void everyGradeOfASample() throws IOException {
    read(
        SAMPLE.formatted(1, "x", "1.0")
            + SAMPLE.formatted(2, "y", "0.0")
            + SAMPLE.formatted(3, "I don't know.", "0.0")
            + SAMPLE.formatted(4, "", "0.0")
            + SAMPLE.formatted(5, "x", "0.5")
            + SAMPLE.formatted(6, "I don't know, but I guess y", "\"0\""));
    assertEquals(
        List.of(
            Grade.RIGHT,
            Grade.WRONG,
            Grade.ABSTAINED,
            Grade.EMPTY,
            Grade.UNDETERMINED,
            Grade.WRONG),
        grades());
    assertEquals(Optional.of("task/1"), answers.getFirst().item());
  }

  /** A right abstention, such as that of an unanswerable question, stays right. */
  @Test
  void aRightAbstentionIsRight() throws IOException {
    read(SAMPLE.formatted(1, "unanswerable", "1"));
    assertEquals(List.of(Grade.RIGHT), grades());
  }

  @ParameterizedTest
  @CsvSource({
    "IDK, true",
    "I don’t know., true",
    "Ich weiß es nicht, true",
    "je ne sais pas, true",
    "我不知道, true",
    "N/A, true",
    "Idaho, false",
    "I do not know whether it is Paris or Lyon, false",
    "Nobody knows, false",
    "unknown soldier, false"
  })
  void abstentions(String text, boolean isAbstention) throws IOException {
    read(SAMPLE.formatted(1, text, "0"));
    assertEquals(isAbstention ? Grade.ABSTAINED : Grade.WRONG, grades().getFirst(), text);
  }

  @Test
  void aLogCutShortKeepsWhatIsWhole() throws IOException {
    String whole = SAMPLE.formatted(1, "x", "1") + SAMPLE.formatted(2, "x", "1");
    List<String> notes = read(whole + "{\"doc_id\": 3, \"targ");
    assertEquals(2, answers.size());
    assertTrue(notes.getFirst().contains("cut short"), notes::toString);
  }

  @Test
  void inspectThatEndedInAnError() throws IOException {
    List<String> notes =
        read(
            """
            {"version": 2, "status": "error", "eval": {"model": "m"}, "samples": [
             {"id": 1, "epoch": 1, "messages": [{"a": [1, {"b": 2}]}], "output": {"completion": "x"},
              "scores": {"s": {"value": 1}, "other": {"value": "I"}}},
             {"id": 2, "output": {"completion": ""}, "scores": {"s": {"value": "I"}}},
             {"id": 3, "output": {"completion": "y"}, "scores": {"s": {"value": {"a": 1}}}},
             {"id": 4, "error": {"message": "timeout"}, "scores": {}}]}
            """);
    assertEquals(
        List.of(Grade.RIGHT, Grade.EMPTY, Grade.UNDETERMINED, Grade.UNDETERMINED), grades());
    assertEquals("m", answers.getFirst().system());
    assertTrue(
        notes.stream().anyMatch(note -> note.contains("status is 'error'")), notes::toString);
    assertTrue(notes.stream().anyMatch(note -> note.contains("several scorers")), notes::toString);
    assertTrue(notes.stream().anyMatch(note -> note.contains("1 samples ended")), notes::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  \n",
        "id,outcome\n",
        "id,grade\n1,correct\n",
        "id,outcome\n1,perhaps\n",
        "id,outcome,confidence\n1,correct,high\n",
        "id,outcome,confidence\n1,correct,1.5\n",
        "id,outcome,confidence\n1,correct,NaN\n",
        "{\"version\": 2, \"samples\": [}",
        "{\"version\": 2, \"samples\": []}",
        "{\"doc_id\": 1} x",
        "[{\"instance_id\": 1,, }]",
        "[]",
        "PK not an archive"
      })
  void refusedWithARemedy(String content) {
    LoupeException refused = assertThrows(LoupeException.class, () -> read(content));
    assertTrue(refused.getMessage().contains("samples_task"), refused::getMessage);
    assertTrue(!refused.remedy().isBlank());
  }

  @Test
  void invalidUtf8() throws IOException {
    Path file = folder.resolve("answers.csv");
    byte[] bytes = "id,outcome\n1,corr?ct\n".getBytes(StandardCharsets.US_ASCII);
    bytes[17] = (byte) 0xff;
    Files.write(file, bytes);
    assertThrows(
        LoupeException.class, () -> AnswerFile.read(file, AnswerOptions.usual(), answers::add));
  }

  private void readAs(String content, String name, AnswerOptions options) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, content);
    notes.addAll(AnswerFile.read(file, options, answers::add));
  }

  private static AnswerOptions matching(AnswerMatch.Kind kind, Optional<Pattern> pattern) {
    AnswerOptions usual = AnswerOptions.usual();
    return new AnswerOptions(
        usual.columns(),
        usual.score(),
        usual.filter(),
        Optional.of(new AnswerMatch(kind, pattern)),
        usual.source(),
        usual.stated(),
        usual.abstained());
  }

  private static AnswerOptions from(ConfidenceSource source) {
    AnswerOptions usual = AnswerOptions.usual();
    return new AnswerOptions(
        usual.columns(),
        usual.score(),
        usual.filter(),
        usual.match(),
        source,
        usual.stated(),
        usual.abstained());
  }

  @Test
  void ownMatching() throws IOException {
    String table =
        """
        id,answer,target
        1,The Eiffel-Tower!,eiffel tower
        2,Rome,Paris
        3,I don't know.,Paris
        4,,Paris
        5,Paris,
        """;
    readAs(table, "a.csv", matching(AnswerMatch.Kind.NORMALISED, Optional.empty()));
    assertEquals(
        List.of(Grade.RIGHT, Grade.WRONG, Grade.ABSTAINED, Grade.EMPTY, Grade.UNDETERMINED),
        grades());
    answers.clear();
    readAs(table, "a.csv", matching(AnswerMatch.Kind.EXACT, Optional.empty()));
    assertEquals(Grade.WRONG, grades().getFirst());
  }

  @Test
  void numbersAndPatterns() throws IOException {
    String table =
        """
        id,answer,target
        1,"It is 3 and so 1,200.0",1200
        2,about 7,8
        3,no idea at all,8
        """;
    readAs(table, "a.csv", matching(AnswerMatch.Kind.NUMERIC, Optional.empty()));
    assertEquals(List.of(Grade.RIGHT, Grade.WRONG, Grade.WRONG), grades());
    answers.clear();
    Pattern so = Pattern.compile("so ([\\d,.]+)");
    readAs(table, "a.csv", matching(AnswerMatch.Kind.NUMERIC, Optional.of(so)));
    assertEquals(List.of(Grade.RIGHT, Grade.UNDETERMINED, Grade.UNDETERMINED), grades());
  }

  @Test
  void matchingNeedsRightAnswers() {
    LoupeException refused =
        assertThrows(
            LoupeException.class,
            () ->
                readAs(
                    "id,answer\n1,x\n",
                    "a.csv",
                    matching(AnswerMatch.Kind.EXACT, Optional.empty())));
    assertTrue(refused.getMessage().contains("target"), refused::getMessage);
  }

  @Test
  void lmEvalAndInspectAreMatchedToo() throws IOException {
    AnswerOptions numeric = matching(AnswerMatch.Kind.NUMERIC, Optional.empty());
    readAs(
        "{\"doc_id\": 0, \"target\": \"12\", \"filtered_resps\": [\"it is 12\"], \"filter\": \"none\"}\n",
        "samples_x_2026-01-01.jsonl",
        numeric);
    readAs(
        "{\"version\": 2, \"status\": \"success\", \"samples\": [{\"id\": 1, \"target\": [\"3\", \"4\"], \"output\": {\"completion\": \"four: 4\"}}]}",
        "log.json",
        numeric);
    assertEquals(List.of(Grade.RIGHT, Grade.RIGHT), grades());
  }

  @Test
  void statedConfidence() throws IOException {
    readAs(
        """
        id,outcome,answer
        1,correct,"Paris. Confidence: 85%"
        2,wrong,I am confident: 0.4
        3,wrong,Rome
        """,
        "a.csv", from(ConfidenceSource.STATED));
    assertEquals(0.85, answers.get(0).confidence().orElseThrow(), 1e-12);
    assertEquals(0.4, answers.get(1).confidence().orElseThrow(), 1e-12);
    assertTrue(answers.get(2).confidence().isEmpty());
  }

  @Test
  void confidenceFromLogProbabilities() throws IOException {
    readAs(
        """
        {"version": 2, "status": "success", "samples": [
          {"id": 1, "scores": {"s": {"value": "C"}}, "output": {"completion": "ab", "choices":
            [{"logprobs": {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": "-0.25"}]}}]}},
          {"id": 2, "scores": {"s": {"value": "C"}}, "output": {"completion": "ab"}}]}
        """,
        "log.json",
        from(ConfidenceSource.LOG_PROBABILITIES));
    assertEquals(Math.exp(-0.75), answers.getFirst().confidence().orElseThrow(), 1e-12);
    assertTrue(answers.getLast().confidence().isEmpty());
  }

  /** A run that was killed; an archive whose directory is gone; the same id twice; two systems. */
  @Test
  void whatIsLeftIsKeptAndNamed() throws IOException {
    readAs(
        "{\"version\": 2, \"status\": \"error\", \"samples\": [{\"id\": 1, \"scores\": {\"s\": {\"value\": \"C\"}}}, {\"id\": 2, \"sco",
        "log.json",
        AnswerOptions.usual());
    assertEquals(List.of(Grade.RIGHT), grades());
    assertTrue(notes.stream().anyMatch(note -> note.contains("cut short")), notes::toString);
    assertTrue(notes.stream().anyMatch(note -> note.contains("'error'")), notes::toString);
    AnswerTally tally = new AnswerTally();
    readAs("id,system,outcome\n1,a,correct\n1,a,wrong\n1,b,1\n", "a.csv", AnswerOptions.usual());
    answers.subList(1, answers.size()).forEach(tally::add);
    Leaderboard board = tally.leaderboard(List.of(0.0), 0.95, 1);
    assertEquals(2, board.systems().size());
    assertTrue(board.systems().getFirst().confidence().isEmpty());
    assertTrue(
        board.notes().stream().anyMatch(note -> note.startsWith("a: some items")),
        board.notes()::toString);
  }

  @Test
  void anArchiveCutShortIsRefused() throws IOException {
    Path file = folder.resolve("log.eval");
    Files.write(file, new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0});
    assertThrows(
        LoupeException.class, () -> AnswerFile.read(file, AnswerOptions.usual(), answers::add));
  }
}
