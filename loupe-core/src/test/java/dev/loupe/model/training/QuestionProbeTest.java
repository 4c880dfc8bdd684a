package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuestionProbeTest {
  private static Tokenizer tokenizer;
  private static Parameters weights;
  private static Transformer model;

  @TempDir private Path folder;

  /** A random network that reads single bytes. */
  @BeforeAll
  static void open() {
    BpeTrainer bytes = new BpeTrainer(259, BpeTrainer.CHAT_TOKENS);
    tokenizer = Tokenizer.parse(bytes.train().tokenizerJson(), "bytes");
    weights = new Parameters(new ModelShape(2, 16, 2, 32, 259), DType.F32);
    new Initialisation(0.5, 0.2, 0.3).fill(weights, 5);
    model = TrainedNetwork.of(weights);
  }

  @AfterAll
  static void close() {
    model.close();
    weights.close();
    tokenizer.close();
  }

  private QuestionProbe read(String lines, int most) throws IOException {
    Path file = folder.resolve("questions.jsonl");
    Files.writeString(file, lines);
    return QuestionProbe.read(file, tokenizer, 0, 32, most, 1);
  }

  private static String question(String task, String split, String prompt, String answer) {
    return "{\"task\": \"%s\", \"split\": \"%s\", \"prompt\": \"%s\", \"answer\": \"%s\"}%n"
        .formatted(task, split, prompt, answer);
  }

  /** What the network says, token by token; null where it is not plain letters. */
  private static List<Integer> greedy(String prompt, int length) {
    List<Integer> ids = new ArrayList<>(List.of(0));
    Arrays.stream(tokenizer.textIds(prompt)).forEach(ids::add);
    int given = ids.size();
    for (int i = 0; i < length; i++) {
      try (var _ = NativeScope.open()) {
        int[] sequence = ids.stream().mapToInt(Integer::intValue).toArray();
        long[] next = model.logits(TokenBatch.of(sequence), Hooks.NONE).argmax(-1).toLongs();
        ids.add((int) next[sequence.length - 1]);
      }
    }
    return ids.subList(given, ids.size());
  }

  private static String text(List<Integer> ids) {
    return tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray(), false);
  }

  @Test
  void rightIsWhatGreedyGenerationSays() throws IOException {
    StringBuilder lines = new StringBuilder();
    int expected = 0;
    for (int i = 0; expected < 3 && i < 400; i++) {
      String prompt = "question " + i;
      List<Integer> said = greedy(prompt, 2);
      // Only answers that are plain text can be written as a question.
      if (said.stream().allMatch(id -> tokenizer.piece(id).orElse("").matches("[A-Za-z0-9]"))) {
        lines.append(question("t", "right", prompt, text(said)));
        String wrong = text(said).charAt(1) == 'x' ? "y" : "x";
        lines.append(question("t", "second wrong", prompt, text(said).charAt(0) + wrong));
        expected++;
      }
    }
    assertTrue(expected > 0, "the network says no plain text; choose another seed");
    assertEquals(
        List.of(
            new Probe.Score("t/right", expected, expected),
            new Probe.Score("t/second wrong", 0, expected)),
        read(lines.toString(), 100).measure(model));
  }

  @Test
  void asksAtMostSoManyOfAGroupAndNoneWithoutAnAnswer() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      lines.append(question("a", i % 2 == 0 ? "even" : "odd", "p" + i, "x"));
    }
    lines.append(question("open", "", "p", ""));
    lines.append(question("long", "", "p".repeat(40), "x"));
    lines.append(question("b", "", "p", "x"));
    QuestionProbe probe = read(lines.toString(), 4);
    assertEquals(9, probe.size());
    assertEquals(
        List.of("a/even", "a/odd", "b"),
        probe.measure(model).stream().map(Probe.Score::name).toList());
    assertEquals(
        List.of(4L, 4L, 1L), probe.measure(model).stream().map(Probe.Score::total).toList());
  }

  @Test
  void aBrokenLineIsNamed() throws IOException {
    String good = question("a", "", "p", "x");
    assertTrue(error(good + "{").contains("questions.jsonl:2: is not JSON"));
    assertTrue(error(good + "{\"task\": \"t\"}").contains(":2: lacks a task or a prompt"));
    assertTrue(error("").contains("holds no question"));
  }

  private String error(String lines) {
    return assertThrows(LoupeException.class, () -> read(lines, 4)).getMessage();
  }
}
