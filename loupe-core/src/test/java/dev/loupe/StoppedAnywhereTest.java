package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.job.Stopped;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wherever work ends before its end, it leaves no native memory behind. */
class StoppedAnywhereTest {
  @TempDir static Path folder;
  private static TinyRequests tiny;

  @BeforeAll
  static void open() throws IOException {
    tiny = TinyRequests.open(folder);
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  static List<TinyRequests.Asking<?, ?>> all() {
    return tiny.all();
  }

  /** Something that goes wrong where progress is told. */
  private static final class Mishap extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Ends, or fails, at the k-th time that it is asked or told something. */
  private static final class Ending implements Run {
    private final Run usual = Run.silent(3);
    private final boolean fails;
    private int left;

    Ending(int left, boolean fails) {
      this.left = left;
      this.fails = fails;
    }

    boolean isOver() {
      return left <= 0;
    }

    private boolean next() {
      boolean ends = --left <= 0;
      if (ends && fails) {
        throw new Mishap();
      }
      return ends;
    }

    @Override
    public long seed() {
      return usual.seed();
    }

    @Override
    public double seconds() {
      return usual.seconds();
    }

    @Override
    public boolean stopRequested() {
      return next();
    }

    @Override
    public Steps steps(String what, Counted unit, long total) {
      return new Steps(this, _ -> {}, () -> {});
    }

    @Override
    public void early(Object part) {
      if (fails) {
        next();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void asks(TinyRequests.Asking<?, ?> asking) {
    assertTrue(stops(asking::ask) >= 5, "it can be stopped at too few places");
  }

  @ParameterizedTest
  @MethodSource("all")
  void estimates(TinyRequests.Asking<?, ?> asking) {
    stops(asking::estimate);
  }

  /** How often the work asks whether it is to end. */
  private static int stops(Consumer<Run> work) {
    long before = Engine.retainedTensors();
    work.accept(Run.silent(3));
    assertEquals(before, Engine.retainedTensors(), "after an answer");
    for (int k = 1; ; k += 1 + k / 4) {
      Ending stopping = new Ending(k, false);
      Ending failing = new Ending(k, true);
      boolean isWhole =
          Stream.of(stopping, failing)
              .allMatch(run -> {
                try {
                  work.accept(run);
                  return !run.isOver();
                } catch (Stopped | Mishap _) {
                  return false;
                }
              });
      assertEquals(before, Engine.retainedTensors(), "ended at " + k);
      if (isWhole) {
        return k - 1; // or a few more
      }
    }
  }

  /** A failure within a forward pass, as a dictionary's or a full memory's would be. */
  @ParameterizedTest
  @MethodSource("numbers")
  void failsInAForwardPass(int number) {
    int[] left = {0};
    Hooks hooks =
        Hooks.observe(
            new Tap(Site.MLP_OUT, 1),
            _ -> {
              if (--left[0] == 0) {
                throw new Mishap();
              }
            });
    TinyRequests.Asking<?, ?> asking = tiny.all(hooks).get(number);
    asking.ask(Run.silent(3));
    int visits = -left[0];
    long before = Engine.retainedTensors();
    for (int k = 1; k <= visits; k += 1 + k / 4) {
      left[0] = k;
      assertThrows(Mishap.class, () -> asking.ask(Run.silent(3)));
      assertEquals(before, Engine.retainedTensors(), "failed in visit " + k);
    }
  }

  static IntStream numbers() {
    return IntStream.range(0, all().size());
  }
}
