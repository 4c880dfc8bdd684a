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
}
