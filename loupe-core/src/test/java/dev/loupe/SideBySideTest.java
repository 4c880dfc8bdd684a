package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.steer.Steer;
import dev.loupe.job.Run;
import dev.loupe.job.Stopped;
import dev.loupe.job.StoppedAt;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests to one model from several threads, as a server makes them. */
class SideBySideTest {
  private static final int THREADS = 4;
  private static final int REQUESTS = 500;

  /** What each request leaves would show hundreds of times; some 70 MB are the allocator's. */
  private static final long MOST_GROWTH = 150_000_000;

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

  /** Runs tasks on all threads. */
  private static <T> List<T> together(int count, IntFunction<Callable<T>> task) throws Exception {
    List<T> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<T>> running = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        running.add(threads.submit(task.apply(i)));
      }
      for (Future<T> each : running) {
        results.add(each.get());
      }
    }
    return results;
  }

  @Test
  void findingsAreThoseThatEachGivesAlone() throws Exception {
    List<TinyRequests.Asking<?, ?>> all = tiny.all();
    List<String> alone = all.stream().map(TinyRequests.Asking::json).toList();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < THREADS * all.size(); i++) {
      order.add(i % all.size());
    }
    Collections.shuffle(order, new Random(7));
    List<String> found = together(order.size(), i -> () -> all.get(order.get(i)).json());
    for (int i = 0; i < order.size(); i++) {
      assertEquals(alone.get(order.get(i)), found.get(i), all.get(order.get(i)).name());
    }
  }

  @Test
  void manyRequestsLeaveNothingBehind() throws Exception {
    List<TinyRequests.Asking<?, ?>> all = new ArrayList<>(tiny.all());
    List<TinyRequests.Asking<?, ?>> quick =
        all.stream().filter(each -> each.instrument() instanceof Steer).toList();
    all.addAll(quick);
    all.addAll(quick);
    long retained = Engine.retainedTensors();
    int stopped = stopped(all, REQUESTS / 5);
    long before = resident();
    stopped += stopped(all, REQUESTS - REQUESTS / 5);
    assertEquals(retained, Engine.retainedTensors());
    long grown = resident() - before;
    assertTrue(grown < MOST_GROWTH, () -> "left " + grown + " bytes");
    int some = stopped;
    assertTrue(some > REQUESTS / 4 && some < REQUESTS, () -> some + " were stopped");
  }

  /** Asks at random, with random stops; how many were stopped. */
  private static int stopped(List<TinyRequests.Asking<?, ?>> all, int count) throws Exception {
    return together(
            count,
            i ->
                () -> {
                  Random random = new Random(i);
                  TinyRequests.Asking<?, ?> asking = all.get(random.nextInt(all.size()));
                  int stop = (int) Math.exp(random.nextDouble() * 5);
                  try {
                    asking.ask(new StoppedAt(Run.silent(i), new AtomicInteger(stop)));
                    return 0;
                  } catch (Stopped _) {
                    return 1;
                  }
                })
        .stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  /**
   * Without the heap: how much of it a collector keeps is its own affair. G1 counts memory as given
   * back before it is, so that hundreds of megabytes of heap look like native ones: hence the wait.
   */
  private static long resident() throws InterruptedException {
    System.gc();
    long least = Long.MAX_VALUE;
    for (int look = 0; look < 20; look++) {
      Thread.sleep(100);
      least = Math.min(least, Engine.residentBytes() - Runtime.getRuntime().totalMemory());
    }
    return least;
  }
}
