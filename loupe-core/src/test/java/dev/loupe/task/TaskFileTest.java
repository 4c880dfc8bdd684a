package dev.loupe.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of pairs: what is read, and each fault with its place. */
class TaskFileTest {
  @TempDir private Path folder;

  private Path file(String... lines) throws IOException {
    return Files.write(folder.resolve("pairs.jsonl"), List.of(lines));
  }

  @Test
  void readsPairsAndTheirSplit() throws IOException {
    Path file =
        file(
            "{\"clean\": \"a b\", \"corrupted\": \"a c\", \"answer\": \" x\", \"foil\": \" y\","
                + " \"split\": \"held-out\"}",
            "",
            "{\"clean\": \"d\", \"answer\": [\" u\", \" v\"], \"split\": \"train\"}");
    Task task = TaskFile.read(file, Metric.LOSS, 0);
    assertEquals(
        List.of(
            new TaskPair("a b", Optional.of("a c"), List.of(" x"), List.of(" y"), true),
            new TaskPair("d", Optional.empty(), List.of(" u", " v"), List.of(), false)),
        task.pairs());
    assertEquals(1, task.train().size());
    assertEquals("d", task.train().getFirst().clean());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | is not JSON",
        "[1] | is no JSON object",
        "{'clean': 'a'} | names no answer",
        "{'answer': 'a'} | has no clean prompt",
        "{'clean': 3, 'answer': 'a'} | \"clean\" is no text",
        "{'clean': 'a', 'answer': ['']} | \"answer\" is no text",
        "{'clean': 'a', 'answer': 'b', 'anwser': 'c'} | unknown key \"anwser\"",
        "{'clean': 'a', 'answer': 'b', 'split': 'test'} | the split is \"test\""
      })
  void aFaultIsToldWithItsLine(String line, String fault) throws IOException {
    Path file = file("{\"clean\": \"a\", \"answer\": \" b\"}", line.replace('\'', '"'));
    LoupeException thrown =
        assertThrows(LoupeException.class, () -> TaskFile.read(file, Metric.LOSS, 0));
    assertTrue(thrown.getMessage().contains("pairs.jsonl:2: " + fault), thrown.getMessage());
  }

  @Test
  void aSplitOfSomePairsOnlyIsRefused() throws IOException {
    Path file =
        file(
            "{\"clean\": \"a\", \"answer\": \"b\", \"split\": \"train\"}",
            "{\"clean\": \"c\", \"answer\": \"b\"}");
    assertThrows(LoupeException.class, () -> TaskFile.read(file, Metric.LOSS, 0));
  }

  @Test
  void anEmptyOrMissingFileIsRefused() throws IOException {
    Path file = file("");
    assertThrows(LoupeException.class, () -> TaskFile.read(file, Metric.LOSS, 0));
    Path missing = folder.resolve("missing.jsonl");
    assertThrows(LoupeException.class, () -> TaskFile.read(missing, Metric.LOSS, 0));
  }

  @Test
  void theSplitHalvesPromptsInAnyOrder() {
    List<TaskPair> pairs =
        IntStream.range(0, 41)
            .mapToObj(i -> TaskPair.of("prompt " + i / 2, "other", " a", " b"))
            .toList();
    List<TaskPair> once = Task.split(pairs, 3);
    List<TaskPair> shuffled = new ArrayList<>(pairs);
    Collections.shuffle(shuffled, new Random(1));
    assertEquals(once, Task.split(shuffled, 3));
    List<String> train = once.stream().filter(p -> !p.heldOut()).map(TaskPair::clean).toList();
    List<String> held = once.stream().filter(TaskPair::heldOut).map(TaskPair::clean).toList();
    assertEquals(11, train.stream().distinct().count());
    assertEquals(10, held.stream().distinct().count());
    assertTrue(Collections.disjoint(train, held));
  }
}
