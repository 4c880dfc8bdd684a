package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.Run;
import dev.loupe.tensor.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model and a dictionary that are closed while instruments use them. */
class ClosedWhileUsedTest {
  private static final int ROUNDS = 6;

  @TempDir Path folder;

  /** Two threads ask until they are refused, while a third closes what they use. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      try (TinyRequests tiny = TinyRequests.open(Path.of(arguments[0]))) {
        List<TinyRequests.Asking<?, ?>> all = tiny.all();
        CountDownLatch begun = new CountDownLatch(2);
        Thread[] askers = new Thread[2];
        for (int i = 0; i < askers.length; i++) {
          int first = i * all.size() / 2;
          askers[i] =
              Thread.ofPlatform()
                  .start(() -> {
                    try {
                      for (int at = first; ; at++) {
                        begun.countDown();
                        all.get(at % all.size()).ask(Run.silent(1));
                        answered.incrementAndGet();
                      }
                    } catch (LoupeException e) {
                      if (e.getMessage().contains("is closed")) {
                        refused.incrementAndGet();
                      }
                    }
                  });
        }
        begun.await();
        Thread.sleep(round * 7L);
        if (round % 2 == 0) {
          tiny.model().close();
        } else {
          tiny.dictionary().close();
          tiny.model().transformer().close();
        }
        for (Thread asker : askers) {
          asker.join();
        }
      }
    }
    System.out.println("refused " + refused + ", answered " + (answered.get() > 0));
  }

  @Test
  void asksFinishOrAreRefusedAndTheProcessLives() throws Exception {
    Path log = folder.resolve("log");
    Process child = JavaProcess.start(ClosedWhileUsedTest.class, 0, log, folder.toString());
    assertTrue(child.waitFor(120, TimeUnit.SECONDS), () -> "still runs: " + read(log));
    assertEquals(0, child.exitValue(), () -> read(log));
    assertTrue(read(log).contains("refused " + 2 * ROUNDS + ", answered true"), () -> read(log));
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void everyInstrumentIsRefusedAClosedModelOrDictionary() throws IOException {
    try (TinyRequests tiny = TinyRequests.open(folder)) {
      List<TinyRequests.Asking<?, ?>> all = tiny.all();
      tiny.dictionary().close();
      for (TinyRequests.Asking<?, ?> asking : all) {
        if (asking.subject().basis().dictionary().isPresent()) {
          assertRefused("the dictionary", asking);
        }
      }
      tiny.model().close();
      for (TinyRequests.Asking<?, ?> asking : all) {
        assertRefused("the model", asking);
      }
    }
  }

  private static void assertRefused(String what, TinyRequests.Asking<?, ?> asking) {
    LoupeException asked = assertThrows(LoupeException.class, () -> asking.ask(Run.silent(1)));
    assertTrue(asked.getMessage().contains(what), asked.getMessage());
    assertTrue(asked.getMessage().contains("is closed"), asked.getMessage());
    LoupeException priced =
        assertThrows(LoupeException.class, () -> asking.estimate(Run.silent(1)));
    assertEquals(asked.getMessage(), priced.getMessage());
  }

  @Test
  void aLeaseOutlivesTheClosing() throws IOException {
    TinyRequests tiny = TinyRequests.open(folder);
    TinyRequests.Asking<?, ?> asking = tiny.all().getFirst();
    try (Lease _ = tiny.model().lease()) {
      tiny.close();
      tiny.close();
      assertThrows(LoupeException.class, () -> tiny.model().lease());
      assertThrows(LoupeException.class, () -> asking.ask(Run.silent(1)));
      assertEquals(2, tiny.model().tokenizer().encode("17 17", false).size());
      tiny.model().transformer().dtype();
      assertTrue(tiny.model().transformer().weights().ends().embedding().isFinite());
    }
    assertThrows(
        IllegalStateException.class, () -> tiny.model().tokenizer().encode("17 17", false));
  }
}
