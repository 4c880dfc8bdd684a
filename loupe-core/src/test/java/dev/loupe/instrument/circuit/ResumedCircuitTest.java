package dev.loupe.instrument.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Ranking;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.job.Stopped;
import dev.loupe.job.StoppedAt;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A search that is stopped goes on from its file and comes to the circuit of an undisturbed one.
 */
class ResumedCircuitTest {
  private static final String PROMPT = "The war lasted from the year 17%d to the year 17";

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static Subject subject;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
    subject = Subject.of(model, () -> "ab12");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static CircuitRequest request(Ranking ranking, int first, Optional<Path> log) {
    List<TaskPair> pairs =
        IntStream.range(0, 6)
            .mapToObj(i ->
                new TaskPair(
                    PROMPT.formatted(first + 3 * i),
                    Optional.of(PROMPT.formatted(12)),
                    List.of(Integer.toString(80 + i)),
                    List.of("13"),
                    i % 2 == 1))
            .toList();
    return new CircuitRequest(
        new Task("years", "a test", Metric.LOGIT_DIFFERENCE, pairs),
        Optional.of(Ablation.TWIN),
        Optional.empty(),
        ranking,
        0.8,
        3,
        4,
        Optional.empty(),
        false,
        true,
        log);
  }

  private static CircuitReport find(CircuitRequest request, Run run) {
    return new FindCircuit().ask(request, subject, run).answer();
  }

  @ParameterizedTest
  @EnumSource(names = {"MASK", "EXACT"})
  void aStoppedSearchGoesOn(Ranking ranking) throws IOException {
    CircuitReport undisturbed = find(request(ranking, 30, Optional.empty()), Run.silent(3));
    Path file = folder.resolve(ranking + ".log");
    CircuitRequest kept = request(ranking, 30, Optional.of(file));
    int stopped = 0;
    int before = 0;
    for (int asked = 40; stopped < 200; asked += 40, stopped++) {
      Run run = new StoppedAt(Run.silent(3), new AtomicInteger(asked));
      try {
        assertEquals(undisturbed.toString(), find(kept, run).toString());
        break;
      } catch (Stopped e) {
        int lines = Files.readAllLines(file).size();
        assertTrue(lines >= before, "kept values were lost");
        before = lines;
      }
    }
    assertTrue(stopped > 2 && before > 1, stopped + " stops, " + before + " lines");
    List<String> whole = Files.readAllLines(file);
    assertTrue(whole.getFirst().contains(subject.dtype()), "a narrower type measures otherwise");
    assertEquals(undisturbed.toString(), find(kept, Run.silent(3)).toString());
    assertEquals(whole, Files.readAllLines(file), "something was measured again");
    assertEquals(whole.size(), whole.stream().distinct().count());
  }

  @Test
  void theFileOfAnotherSearchIsRefused() {
    Path file = folder.resolve("other.log");
    find(request(Ranking.ATTRIBUTION, 30, Optional.of(file)), Run.silent(3));
    LoupeException refused =
        assertThrows(
            LoupeException.class,
            () -> find(request(Ranking.ATTRIBUTION, 30, Optional.of(file)), Run.silent(4)));
    assertTrue(refused.getMessage().contains("was measured on a circuit of"), refused.getMessage());
  }

  /** Other pairs under the same name are other batches. */
  @Test
  void otherPairsAreMeasuredAnew() {
    Path file = folder.resolve("pairs.log");
    find(request(Ranking.ATTRIBUTION, 30, Optional.of(file)), Run.silent(3));
    assertEquals(
        find(request(Ranking.ATTRIBUTION, 45, Optional.empty()), Run.silent(3)).toString(),
        find(request(Ranking.ATTRIBUTION, 45, Optional.of(file)), Run.silent(3)).toString());
  }
}
