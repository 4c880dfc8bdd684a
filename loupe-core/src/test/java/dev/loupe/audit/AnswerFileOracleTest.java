package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files as the tools wrote them. */
@Tag("oracle")
class AnswerFileOracleTest {
  @Test
  void inspect() throws IOException {
    for (Path file : AuditFixtures.files("inspect(_deflate)?\\.(eval|json)")) {
      String expected =
          file.toString().endsWith("eval")
              ? "inspect_eval_expected.json"
              : "inspect_json_expected.json";
      JsonNode records = json(file.resolveSibling(expected)).get("records");
      List<Answer> answers = answers(file);
      assertEquals(records.size(), answers.size(), file.toString());
      for (JsonNode record : records) {
        long same =
            answers.stream()
                .filter(answer ->
                    answer.item().orElseThrow().equals(record.get("id").asString())
                        && answer
                            .system()
                            .equals(json(file.resolveSibling(expected)).get("model").asString())
                        && answer.cluster().orElseThrow().equals(record.get("cluster").asString())
                        && answer.confidence().orElseThrow() == record.get("confidence").asDouble()
                        && answer.grade() == grade(record.get("value").asString()))
                .count();
        assertTrue(same >= 1, () -> file + ": " + record);
      }
    }
  }

  private static Grade grade(String letter) {
    return switch (letter) {
      case "C" -> Grade.RIGHT;
      case "I" -> Grade.WRONG;
      case "N" -> Grade.ABSTAINED;
      default -> Grade.UNDETERMINED;
    };
  }

  @Test
  void lmEvaluationHarness() throws IOException {
    for (Path file : AuditFixtures.files("samples_(capitals|birthdays)_.*\\.jsonl")) {
      boolean isChoice = file.getFileName().toString().contains("capitals");
      JsonNode expected =
          json(file.resolveSibling("lm_eval_expected.json"))
              .get(isChoice ? "capitals" : "birthdays");
      List<Answer> answers = answers(file);
      assertEquals(expected.size(), answers.size(), file.toString());
      for (int i = 0; i < answers.size(); i++) {
        JsonNode record = expected.get(i);
        Grade grade =
            record.get("correct").asBoolean()
                ? Grade.RIGHT
                : record.path("abstained").asBoolean(false) ? Grade.ABSTAINED : Grade.WRONG;
        assertEquals(grade, answers.get(i).grade(), record.toString());
        if (isChoice) {
          double[] logs = AuditFixtures.numbers(record.get("log_likelihoods"));
          double sum = 0;
          for (double log : logs) {
            sum += Math.exp(log);
          }
          assertEquals(
              Math.exp(logs[record.get("chosen").asInt()]) / sum,
              answers.get(i).confidence().orElseThrow(),
              AuditFixtures.TOLERANCE);
        }
      }
    }
  }

  @Test
  void helm() throws IOException {
    for (Path file : AuditFixtures.files("per_instance_stats\\.json")) {
      JsonNode expected = json(file.resolveSibling("lm_eval_expected.json")).get("capitals");
      List<Answer> answers = answers(file);
      assertEquals(expected.size(), answers.size());
      for (int i = 0; i < answers.size(); i++) {
        assertEquals(
            expected.get(i).get("correct").asBoolean(), answers.get(i).grade() == Grade.RIGHT);
        assertEquals(0.5, answers.get(i).confidence().orElseThrow());
      }
    }
  }

  @Test
  void tables() throws IOException {
    for (Path file : AuditFixtures.files("answers\\.(csv|jsonl)")) {
      JsonNode expected = json(file.resolveSibling("csv_expected.json")).get("answers_counts");
      TreeMap<String, List<Grade>> bySystem = new TreeMap<>();
      answers(file)
          .forEach(answer ->
              bySystem
                  .computeIfAbsent(answer.system(), _ -> new ArrayList<>())
                  .add(answer.grade()));
      assertEquals(expected.size(), bySystem.size());
      bySystem.forEach((system, grades) -> {
        GradeCounts counts = AnswerTally.count(grades);
        assertEquals(expected.get(system).get("correct").asLong(), counts.right());
        assertEquals(expected.get(system).get("wrong").asLong(), counts.wrong());
        assertEquals(expected.get(system).get("abstained").asLong(), counts.abstained());
      });
    }
  }

  private static List<Answer> answers(Path file) {
    List<Answer> answers = new ArrayList<>();
    AnswerFile.read(file, AnswerOptions.usual(), answers::add);
    return answers;
  }

  private static JsonNode json(Path file) {
    try {
      return JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
