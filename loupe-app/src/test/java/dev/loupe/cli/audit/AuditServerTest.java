package dev.loupe.cli.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.FakeServer;
import dev.loupe.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Audits that ask a model behind a local server. */
class AuditServerTest {
  @TempDir private Path folder;
  private UnaryOperator<String> says = prompt -> "";
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer("/v1/chat/completions", this::complete);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void complete(JsonNode question, ObjectNode choice) {
    JsonNode messages = question.path("messages");
    String prompt = messages.path(messages.size() - 1).path("content").asString();
    choice.putObject("message").put("content", says.apply(prompt));
  }

  /** Each model version has answers of its own on disk. */
  private Ran audit(String version, String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of("audit", command));
    arguments.addAll(server.options());
    arguments.addAll(List.of("--answers", folder.resolve("answers-" + version).toString()));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  private String file(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, List.of(lines));
    return file.toString();
  }

  @Test
  void aWatchedAnswerThatIsLostEndsWithFive() throws IOException {
    String table = file("important.csv", "id,prompt,answer", "a,What is it?,gold", "b,Who?,Ada");
    String[] options = {
      table, "--samples", "12", "--history", folder.resolve("runs.jsonl").toString(), "--append"
    };
    says = prompt -> prompt.startsWith("Who") ? "Ada" : "It is gold.";
    Ran first = audit("one", "watch", options);
    assertEquals(0, first.exitCode(), first::err);
    assertTrue(first.out().contains("No probabilities"), first::out);
    says = prompt -> prompt.startsWith("Who") ? "Ada" : "It is lead.";
    Ran lost = audit("two", "watch", options);
    assertEquals(5, lost.exitCode(), lost::err);
    assertTrue(
        lost.out().contains("samples from 100.0% [75.8, 100.0], difference -1.000"), lost::out);
    assertTrue(lost.out().contains("gold (says: It is lead.)"), lost::out);
    int before = server.calls();
    Ran again = audit("two", "watch", options);
    assertEquals(0, again.exitCode(), again::err);
    assertEquals(before, server.calls());
  }

  /** The judge sees the passage and the claim; a date that differs needs none. */
  @Test
  void theClaimsOfAnAnswer() throws IOException {
    Path notes = Files.createDirectories(folder.resolve("notes"));
    Files.writeString(
        notes.resolve("ada.txt"), "Ada Lovelace was born on 10 December 1815. She died in 1852.");
    says = prompt -> prompt.contains("lived") ? "Unknown." : "Yes.";
    String[] options = {
      "--text",
      "Ada Lovelace was born on December 10 and lived in Paris.",
      "--documents",
      notes.toString()
    };
    Ran ran = audit("judge", "verify", options);
    assertEquals(0, ran.exitCode(), ran::err);
    assertTrue(ran.out().contains("2 claims: supported 50.0% [9.5, 90.5]"), ran::out);
    assertTrue(ran.out().contains("ada.txt:0-"), ran::out);
    assertTrue(ran.out().contains("? Ada Lovelace lived in Paris."), ran::out);
    options[1] = "Ada Lovelace was born on December 11.";
    Ran wrong = audit("judge", "verify", options);
    assertEquals(5, wrong.exitCode(), wrong::out);
    assertTrue(wrong.out().contains("contradicted, by numbers"), wrong::out);
    assertEquals(2, audit("judge", "verify", "--documents", notes.toString()).exitCode());
    Ran costly = audit("judge", "verify", more(options, "--max-calls", "5"));
    assertTrue(costly.err().contains("up to 6 questions, and --max-calls is 5"), costly::err);
    options[1] = "I don't know.";
    assertEquals(3, audit("judge", "verify", options).exitCode());
  }

  private static String[] more(String[] options, String... others) {
    return Stream.concat(Stream.of(options), Stream.of(others)).toArray(String[]::new);
  }

  /** The tiny network's opinion is arbitrary: what is told is who judged, and no model is asked. */
  @Test
  void anEntailmentModelJudgesClaims() throws IOException {
    Path notes = Files.createDirectories(folder.resolve("notes"));
    Files.writeString(notes.resolve("rain.txt"), "Rain falls on the mat. The cat is cold.");
    Path encoders =
        Path.of(System.getProperty("loupe.root", ".."), "loupe-core/src/test/resources/encoder");
    String[] options = {
      "--text",
      "The dog runs.",
      "--documents",
      notes.toString(),
      "--embedding",
      encoders.resolve("embedding").toString(),
      "--entailment",
      encoders.resolve("entailment").toString()
    };
    Ran ran = audit("entailment", "verify", options);
    assertTrue(ran.out().contains("judged by entailment"), () -> ran.out() + ran.err());
    assertTrue(ran.out().contains("most alike by the embedding model embedding"), ran::out);
    assertEquals(0, server.calls());
    options[7] = options[5];
    Ran wrong = audit("entailment", "verify", options);
    assertEquals(3, wrong.exitCode(), wrong::out);
    assertTrue(wrong.err().contains("config.json names the labels"), wrong::err);
  }

  /**
   * Three answers of which the judge takes the second for right, which it is not: people say so of
   * all three, and the share without the judge's error follows.
   */
  @Test
  void aJudgeGradesAndItsErrorIsCorrected() throws IOException {
    List<String> rows = new ArrayList<>(List.of("id,answer,target,label"));
    for (int i = 0; i < 20; i++) {
      rows.add("a%d,It was Ada %d.,Ada,correct".formatted(i, i));
      rows.add("b%d,It was Ben %d.,Ada,wrong".formatted(i, i));
    }
    rows.add("c,Ada,Ada,correct");
    rows.add("d,,Ada,empty");
    String table = file("texts.csv", rows.toArray(String[]::new));
    says =
        prompt -> {
          boolean isRight = prompt.contains("It was Ada") || prompt.contains("Ben 7");
          return isRight ? "Yes" : "No";
        };
    Ran ran = audit("grades", "answers", table);
    assertEquals(0, ran.exitCode(), ran::err);
    // 20 of Ada, one equal to the right answer and so unasked, and Ben 7.
    assertTrue(ran.out().contains("22 of 42"), ran::out);
    assertEquals(40, server.calls());
    assertTrue(ran.out().contains("tiny at localhost judged 40 different answers"), ran::out);
    assertTrue(ran.out().contains("right        missed 0.0%"), ran::out);
    assertTrue(ran.out().contains("corrected 50."), ran::out);
    assertEquals(2, audit("grades", "answers", table, "--match", "exact").exitCode());
    assertEquals(0, audit("grades", "answers", table).exitCode());
    assertEquals(40, server.calls());
  }

  @Test
  void aTableThatIsNoneIsRefusedBeforeAnythingIsAsked() throws IOException {
    Ran ran = audit("one", "watch", file("empty.csv", "prompt,answer"));
    assertEquals(3, ran.exitCode(), ran::out);
    assertEquals(0, server.calls());
  }
}
