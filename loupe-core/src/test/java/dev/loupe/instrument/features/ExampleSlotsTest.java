package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleSlotsTest {
  private static final IndexSettings SETTINGS = SampleIndex.settings();
  private static final int LADDER = ExampleSlots.RUNGS * ExampleSlots.PER_RUNG;

  @TempDir Path folder;

  /** Three hundred candidates, of which many share a context. */
  private static List<ExampleSlots.Candidate> candidates(long seed) {
    Random random = new Random(seed);
    List<ExampleSlots.Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      float value = (float) Math.exp(2 * random.nextGaussian());
      candidates.add(
          new ExampleSlots.Candidate(value, i, random.nextInt(150), 1, 1, offset -> 10 + offset));
    }
    return candidates;
  }

  private float[] kept(List<ExampleSlots.Candidate> candidates) {
    try (Columns columns = new Columns()) {
      ExampleSlots slots = new ExampleSlots(columns, "layer.0", 2, SETTINGS);
      candidates.forEach(candidate -> slots.offer(1, candidate));
      return values(columns);
    }
  }

  private float[] values(Columns columns) {
    Path file = folder.resolve("slots.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    columns.writeTo(writer);
    writer.write(file);
    try (Safetensors stored = Safetensors.open(file)) {
      StoredTensor values = stored.get("layer.0.example.value");
      float[] all = values.bytes().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      int slots = ExampleSlots.slots(SETTINGS);
      assertTrue(
          Arrays.equals(new float[slots], Arrays.copyOf(all, slots)),
          "another feature was touched");
      return Arrays.copyOfRange(all, slots, 2 * slots);
    }
  }

  @RepeatedTest(20)
  void keepsTheStrongestOfEachContextWhateverTheOrder(RepetitionInfo repetition) {
    List<ExampleSlots.Candidate> candidates = candidates(repetition.getCurrentRepetition());
    TreeMap<Integer, Float> byContext = new TreeMap<>();
    candidates.forEach(each -> byContext.merge(each.key(), each.value(), Math::max));
    List<Float> expected =
        byContext.values().stream()
            .sorted(Comparator.reverseOrder())
            .limit(SETTINGS.examples())
            .toList();
    for (int order = 0; order < 3; order++) {
      Collections.shuffle(candidates, new Random(order));
      assertEquals(expected, sorted(kept(candidates), 0, SETTINGS.examples()));
    }
  }

  @RepeatedTest(20)
  void theLadderIsTheSameWhateverTheOrder(RepetitionInfo repetition) {
    List<ExampleSlots.Candidate> candidates = candidates(repetition.getCurrentRepetition());
    List<Float> first = ladder(kept(candidates));
    int top = first.stream().mapToInt(ExampleSlots::rung).max().orElseThrow();
    Set<Integer> there =
        candidates.stream()
            .map(each -> ExampleSlots.rung(each.value()))
            .filter(rung -> rung > top - ExampleSlots.RUNGS)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        there,
        first.stream().map(ExampleSlots::rung).collect(Collectors.toCollection(TreeSet::new)),
        "a half octave has no example");
    Collections.shuffle(candidates, new Random(7));
    assertEquals(first, ladder(kept(candidates)));
  }

  /** What a reader takes for the ladder. */
  private static List<Float> ladder(float[] values) {
    List<Float> all = sorted(values, SETTINGS.examples(), SETTINGS.examples() + LADDER);
    int top = ExampleSlots.rung(all.getFirst());
    return all.stream()
        .filter(value -> ExampleSlots.rung(value) > top - ExampleSlots.RUNGS)
        .toList();
  }

  private static List<Float> sorted(float[] values, int from, int to) {
    List<Float> sorted = new ArrayList<>();
    for (int i = from; i < to; i++) {
      if (values[i] != 0) {
        sorted.add(values[i]);
      }
    }
    sorted.sort(Comparator.reverseOrder());
    return sorted;
  }

  @Test
  void keepsTheLowestBelowZero() {
    try (Columns columns = new Columns()) {
      ExampleSlots slots = new ExampleSlots(columns, "layer.0", 2, SETTINGS);
      for (int i = 1; i <= 9; i++) {
        slots.offerLowest(1, new ExampleSlots.Candidate(-i, i, i, 0, 0, _ -> 0));
      }
      float[] values = values(columns);
      float[] lowest =
          Arrays.copyOfRange(values, values.length - ExampleSlots.LOWEST, values.length);
      Arrays.sort(lowest);
      assertArrayEquals(new float[] {-9, -8, -7, -6}, lowest);
    }
  }

  @Test
  void aRungIsHalfAnOctave() {
    assertEquals(0, ExampleSlots.rung(1));
    assertEquals(0, ExampleSlots.rung(1.41f));
    assertEquals(1, ExampleSlots.rung(1.42f));
    assertEquals(2, ExampleSlots.rung(2));
    assertEquals(-1, ExampleSlots.rung(0.9f));
    assertEquals(-2, ExampleSlots.rung(0.5f));
  }
}
