package dev.loupe.instrument.features;

import dev.loupe.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The examples that are kept of each feature of a layer. An example is a piece of text at the peak
 * of the feature in it; pieces whose context up to the peak is the same count as one. There are
 *
 * <ul>
 *   <li>the strongest,
 *   <li>a ladder of weaker ones: for each of the {@value #RUNGS} half octaves below the strongest,
 *       {@value #PER_RUNG} drawn by a hash of their context, so that the choice is at random and
 *       yet the same whatever the order in which pieces come,
 *   <li>the lowest below zero, for features that have a sign.
 * </ul>
 */
final class ExampleSlots {
  /** Half octaves of the ladder, from the strongest down to a sixteenth of it. */
  static final int RUNGS = 8;

  /** Examples kept of a half octave. */
  static final int PER_RUNG = 3;

  /** Lowest examples kept. */
  static final int LOWEST = 4;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** The mantissa of the root of 2: an octave is twice as strong. */
  private static final int HALF_OCTAVE = Float.floatToRawIntBits((float) Math.sqrt(2)) & 0x7F_FFFF;

  private final int strongest;
  private final int slots;
  private final int window;
  private final MemorySegment values;
  private final MemorySegment places;
  private final MemorySegment keys;
  private final MemorySegment reaches;
  private final MemorySegment windows;

  /** Where an example's activations come from. */
  @FunctionalInterface
  interface Window {
    /** The activation so many tokens behind the peak, or before it when negative. */
    float at(int offset);
  }

  /**
   * A candidate.
   *
   * @param value its activation at the peak
   * @param index the peak in the token file, from 0
   * @param key a hash of the context up to the peak
   * @param back tokens of context before the peak
   * @param ahead tokens of context after it
   */
  record Candidate(float value, long index, int key, int back, int ahead, Window window) {}

  ExampleSlots(Columns columns, String layer, int features, IndexSettings settings) {
    this.strongest = settings.examples();
    this.slots = slots(settings);
    this.window = settings.window();
    this.values = columns.add(layer + ".example.value", DType.F32, features, slots);
    this.places = columns.add(layer + ".example.token", DType.I64, features, slots);
    this.keys = columns.add(layer + ".example.key", DType.I32, features, slots);
    this.reaches = columns.add(layer + ".example.reach", DType.U8, features, slots, 2);
    this.windows = columns.add(layer + ".example.window", DType.F32, features, slots, window);
  }

  /** Examples kept of one feature. */
  static int slots(IndexSettings settings) {
    return settings.examples() + RUNGS * PER_RUNG + LOWEST;
  }

  /** Bytes of one feature. */
  static long bytes(IndexSettings settings) {
    return slots(settings) * (4L + 8 + 4 + 2 + 4L * settings.window());
  }

  /** A piece in which the feature is above zero. */
  void offer(int feature, Candidate candidate) {
    int first = feature * slots;
    offerBest(first, strongest, 1, candidate);
    offerRung(first + strongest, candidate);
  }

  /** A piece in which the feature is below zero. */
  void offerLowest(int feature, Candidate candidate) {
    offerBest(feature * slots + slots - LOWEST, LOWEST, -1, candidate);
  }

  private void offerBest(int first, int count, int sign, Candidate candidate) {
    int worst = -1;
    for (int slot = first; slot < first + count; slot++) {
      if (isEmpty(slot)) {
        put(slot, candidate);
        return;
      }
      if (key(slot) == candidate.key()) {
        if (isBetter(candidate, slot, sign)) {
          put(slot, candidate);
        }
        return;
      }
      if (worst < 0 || isWorse(slot, worst, sign)) {
        worst = slot;
      }
    }
    if (isBetter(candidate, worst, sign)) {
      put(worst, candidate);
    }
  }

  /**
   * The rungs lie in a ring: rung r of all half octaves at r modulo {@link #RUNGS}. A slot whose
   * value is of another rung is of one that a stronger example has pushed off the ladder, or the
   * candidate itself is below the ladder.
   */
  private void offerRung(int ladder, Candidate candidate) {
    int rung = rung(candidate.value());
    int first = ladder + Math.floorMod(rung, RUNGS) * PER_RUNG;
    if (!isEmpty(first) && rung(value(first)) > rung) {
      return;
    }
    if (rung <= topRung(ladder) - RUNGS) {
      return;
    }
    if (!isEmpty(first) && rung(value(first)) < rung) {
      for (int slot = first; slot < first + PER_RUNG; slot++) {
        clear(slot);
      }
    }
    int last = -1;
    for (int slot = first; slot < first + PER_RUNG; slot++) {
      if (isEmpty(slot)) {
        put(slot, candidate);
        return;
      }
      if (key(slot) == candidate.key()) {
        if (isBetter(candidate, slot, 1)) {
          put(slot, candidate);
        }
        return;
      }
      if (last < 0 || lot(key(slot)) > lot(key(last))) {
        last = slot;
      }
    }
    if (lot(candidate.key()) < lot(key(last))) {
      put(last, candidate);
    }
  }

  /** The highest rung that an example of the ladder is on. */
  private int topRung(int ladder) {
    int top = Integer.MIN_VALUE / 2;
    for (int slot = ladder; slot < ladder + RUNGS * PER_RUNG; slot += PER_RUNG) {
      if (!isEmpty(slot)) {
        top = Math.max(top, rung(value(slot)));
      }
    }
    return top;
  }

  /** Which half octave a value above zero lies in. */
  static int rung(float value) {
    int bits = Float.floatToRawIntBits(value);
    return 2 * ((bits >>> 23) - Float.MAX_EXPONENT) + ((bits & 0x7F_FFFF) >= HALF_OCTAVE ? 1 : 0);
  }

  /** By what lots are drawn. */
  private static long lot(int key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (mixed ^ mixed >>> 32) * 0xBF58476D1CE4E5B9L;
  }

  private boolean isBetter(Candidate candidate, int slot, int sign) {
    float difference = sign * (candidate.value() - value(slot));
    return difference > 0 || (difference == 0 && candidate.index() < index(slot));
  }

  private boolean isWorse(int slot, int other, int sign) {
    float difference = sign * (value(slot) - value(other));
    return difference < 0 || (difference == 0 && index(slot) > index(other));
  }

  private void put(int slot, Candidate candidate) {
    values.setAtIndex(FLOAT, slot, candidate.value());
    places.setAtIndex(LONG, slot, candidate.index() + 1);
    keys.setAtIndex(INT, slot, candidate.key());
    reaches.set(ValueLayout.JAVA_BYTE, 2L * slot, (byte) candidate.back());
    reaches.set(ValueLayout.JAVA_BYTE, 2L * slot + 1, (byte) candidate.ahead());
    long first = (long) slot * window;
    for (int i = 0; i < window; i++) {
      boolean inside = i <= candidate.back() + candidate.ahead();
      windows.setAtIndex(
          FLOAT, first + i, inside ? candidate.window().at(i - candidate.back()) : 0);
    }
  }

  private void clear(int slot) {
    values.setAtIndex(FLOAT, slot, 0);
    places.setAtIndex(LONG, slot, 0);
    keys.setAtIndex(INT, slot, 0);
    reaches.asSlice(2L * slot, 2).fill((byte) 0);
    windows.asSlice(4L * slot * window, 4L * window).fill((byte) 0);
  }

  private boolean isEmpty(int slot) {
    return places.getAtIndex(LONG, slot) == 0;
  }

  private float value(int slot) {
    return values.getAtIndex(FLOAT, slot);
  }

  private long index(int slot) {
    return places.getAtIndex(LONG, slot) - 1;
  }

  private int key(int slot) {
    return keys.getAtIndex(INT, slot);
  }
}
