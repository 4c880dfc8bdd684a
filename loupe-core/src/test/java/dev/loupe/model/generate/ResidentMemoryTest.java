package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** What the JVM itself may grow by; one stream lost in each pass comes to 38 MB. */
  private static final long MARGIN = 32L << 20;

  private static final int TOKENS = 2000;

  @Test
  void returnsToItsBaselineOverTwoHundredForwardPasses() throws IOException {
    assumeTrue(Files.exists(STATUS), "resident memory is read from " + STATUS);
    try (Transformer model = TinyModel.random(7)) {
      run(model, 40);
      long before = resident();
      run(model, 200);
      long grown = resident() - before;
      assertTrue(grown < MARGIN, "resident memory has grown by " + (grown >> 10) + " KiB");
    }
  }

  private static void run(Transformer model, int passes) {
    TokenBatch tokens = TokenBatch.of(new int[TOKENS]);
    for (int pass = 0; pass < passes; pass++) {
      try (var _ = NativeScope.open()) {
        model.logits(tokens, Hooks.NONE);
      }
    }
  }

  /** Bytes of anonymous memory in core: the heap and the engine, without mapped files. */
  private static long resident() throws IOException {
    System.gc();
    String line =
        Files.readAllLines(STATUS).stream()
            .filter(entry -> entry.startsWith("RssAnon:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
  }
}
