package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingCostTest {
  @TempDir Path folder;

  @Test
  void estimatesWithoutWriting() throws IOException {
    TinyCorpus corpus = TinyCorpus.of(16);
    TrainingCost cost = TrainingCost.estimate(Plans.of(folder), corpus, Optional.of(corpus));
    assertEquals(7088, cost.parameters());
    assertEquals(100 * 8 * 12, cost.tokens());
    assertTrue(cost.secondsPerStep() > 0);
    assertTrue(cost.whole().compareTo(cost.evaluation()) > 0);
    assertTrue(cost.memoryBytes() > 10_000_000, () -> cost.memoryBytes() + " bytes");
    try (Stream<Path> files = Files.list(folder)) {
      assertFalse(files.findAny().isPresent());
    }
  }
}
