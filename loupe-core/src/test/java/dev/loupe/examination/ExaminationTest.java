package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RandomAlmanacModel;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.world.Question;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExaminationTest {
  private static final World WORLD = World.of(7, 0.02);

  @Test
  void everyQuestionIsOfOneKind(@TempDir Path folder) throws IOException {
    try (LanguageModel model = RandomAlmanacModel.open(folder, WORLD, "is")) {
      Examination base = new Examination(model, WORLD, false);
      assertEquals(3, base.kinds().size(), "facts, others, years");
      assertEquals(base.size(), base.kinds().stream().mapToInt(List::size).sum());
      assertEquals(
          List.of("greater-than"),
          base.kinds().getLast().stream().map(Question::task).distinct().toList());
    }
  }

  /** Every block of a pass is counted. */
  @Test
  void itsEstimateAsksAPart(@TempDir Path folder) throws IOException {
    int[] blocks = new int[1];
    try (LanguageModel model = RandomAlmanacModel.open(folder, WORLD, "is")) {
      LanguageModel counted = model.watched(() -> blocks[0]++);
      Examination chat = new Examination(counted, WORLD, true);
      chat.run(Run.silent(0));
      int all = blocks[0];
      blocks[0] = 0;
      assertTrue(chat.seconds() > 0);
      assertTrue(blocks[0] > 0 && blocks[0] < all / 2, () -> blocks[0] + " blocks of " + all);
    }
  }

  @Test
  void aSampleIsFromAllOverAList() {
    List<Integer> all = IntStream.range(0, 50).boxed().toList();
    assertEquals(List.of(0, 10, 20, 30, 40), Examination.spread(all, 5));
    assertEquals(all.subList(0, 3), Examination.spread(all.subList(0, 3), 5));
  }
}
