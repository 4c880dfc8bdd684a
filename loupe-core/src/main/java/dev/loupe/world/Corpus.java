package dev.loupe.world;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The documents of a world in reading order, made one by one while they are read. The order is a
 * curriculum: first a dense burst of repeated sequences, then procedures, then everything mixed.
 */
public final class Corpus implements Iterator<Document> {
  private static final Set<Family> PROCEDURES =
      EnumSet.of(
          Family.YEARS,
          Family.SUM_STEPS,
          Family.SUM_DIRECT,
          Family.BRACKETS,
          Family.INDUCTION,
          Family.INDIRECT_OBJECT,
          Family.AGREEMENT,
          Family.LIST);

  private final RandomSource random;
  private final Map<Family, Source> sources;
  private final Map<Family, Long> written = new EnumMap<>(Family.class);
  private final List<Map<Family, Long>> phases;
  private int phase;
  private long leftInPhase;

  Corpus(World world) {
    random = RandomSource.of(world.seed(), "order");
    sources = sources(world);
    phases = phases(world.mixture());
    leftInPhase = left();
    advance();
  }

  private static Map<Family, Source> sources(World world) {
    Map<Family, Source> sources = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      sources.put(family, Sources.of(world, family));
    }
    return sources;
  }

  /** How much of each supply is to be left when a phase ends. */
  private List<Map<Family, Long>> phases(Mixture mixture) {
    Map<Family, Long> afterBurst = new EnumMap<>(Family.class);
    Map<Family, Long> afterProcedures = new EnumMap<>(Family.class);
    Map<Family, Long> end = new EnumMap<>(Family.class);
    sources.forEach((family, source) -> {
      long all = source.remaining();
      long burst = family == Family.INDUCTION ? (long) (all * mixture.burst()) : 0;
      long early = PROCEDURES.contains(family) ? (long) (all * mixture.procedures()) : 0;
      afterBurst.put(family, all - burst);
      afterProcedures.put(family, Math.max(0, all - burst - early));
      end.put(family, 0L);
    });
    return List.of(afterBurst, afterProcedures, end);
  }

  private long left(Family family, Source source) {
    return Math.max(0, source.remaining() - phases.get(phase).getOrDefault(family, 0L));
  }

  private long left() {
    long left = 0;
    for (Map.Entry<Family, Source> entry : sources.entrySet()) {
      left += left(entry.getKey(), entry.getValue());
    }
    return left;
  }

  private void advance() {
    while (leftInPhase == 0 && phase < phases.size() - 1) {
      phase++;
      leftInPhase = left();
    }
  }

  /** What is left of all supplies, for progress: falls to 0. */
  public long remaining() {
    return sources.values().stream().mapToLong(Source::remaining).sum();
  }

  @Override
  public boolean hasNext() {
    return leftInPhase > 0;
  }

  @Override
  public Document next() {
    if (leftInPhase == 0) {
      throw new NoSuchElementException();
    }
    long drawn = random.below(leftInPhase);
    for (Map.Entry<Family, Source> entry : sources.entrySet()) {
      drawn -= left(entry.getKey(), entry.getValue());
      if (drawn < 0) {
        return next(entry.getKey(), entry.getValue());
      }
    }
    throw new IllegalStateException("supplies and their count differ");
  }

  private Document next(Family family, Source source) {
    Draft draft = source.next();
    leftInPhase = left();
    advance();
    return finish(draft, family, written.merge(family, 1L, Long::sum));
  }

  private static Document finish(Draft draft, Family family, long number) {
    family.theme().ifPresent(draft::concept);
    return draft.finish(String.format(Locale.ROOT, "%s-%06d", family.label(), number), family);
  }

  /** The documents of one family alone, the same as in the whole corpus. */
  static Stream<Document> of(World world, Family family) {
    Source source = Sources.of(world, family);
    return LongStream.iterate(1, _ -> source.remaining() > 0, number -> number + 1)
        .mapToObj(number -> finish(source.next(), family, number));
  }
}
