package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class EngineTest {
  /** What a child JVM runs: three threads that meet an unloaded engine by three ways at once. */
  static final class FirstMeeting {
    private FirstMeeting() {}

    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch start = new CountDownLatch(1);
      Thread[] threads = {
        new Thread(waiting(start, Engine::load)),
        new Thread(waiting(start, () -> Tensor.zeros(DType.F32, 3).count())),
        new Thread(waiting(start, () -> NativeScope.open().close()))
      };
      for (Thread thread : threads) {
        thread.start();
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private static Runnable waiting(CountDownLatch start, Runnable first) {
      return () -> {
        try {
          start.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        first.run();
      };
    }
  }

  @Test
  void aWorkersThreadsAreItsOwn() throws ExecutionException, InterruptedException {
    int usual = Engine.threads();
    try (ExecutorService worker = Executors.newSingleThreadExecutor();
        ExecutorService later = Executors.newSingleThreadExecutor()) {
      worker.submit(() -> Engine.useThreadsHere(usual + 1)).get();
      assertEquals(usual, later.submit(Engine::threads).get());
      assertEquals(usual + 1, worker.submit(Engine::threads).get());
    }
    assertEquals(usual, Engine.threads());
  }

  @RepeatedTest(3)
  void isLoadedOnceWhoeverComesFirst() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FirstMeeting.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    // Loading takes a second or two; threads that wait for each other wait for ever.
    boolean ended = child.waitFor(120, TimeUnit.SECONDS);
    child.destroyForcibly();
    assertTrue(ended, "threads that load the engine wait for each other");
    assertEquals(0, child.exitValue());
  }
}
