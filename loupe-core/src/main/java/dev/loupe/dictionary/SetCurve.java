package dev.loupe.dictionary;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Logits by how many units of an order are changed, or kept: where something comes to hold is found
 * by going up and bisection. Sizes are run where they are asked for, some in one batch.
 */
public final class SetCurve {
  /** Sizes that are run in one batch on the way up, divided by the stride. */
  private static final int AT_ONCE = 4;

  private final int most;
  private final int stride;
  private final Function<List<Integer>, List<double[]>> run;
  private final Map<Integer, double[]> logits = new TreeMap<>();

  /**
   * @param most units
   * @param stride 1 for sizes 1, 2, 5, 10, 20 …, 2 for 1, 5, 20, 100 … on the way up
   * @param run the logits with each of some numbers of units, in one batch
   */
  public SetCurve(int most, int stride, Function<List<Integer>, List<double[]>> run) {
    this.most = most;
    this.stride = stride;
    this.run = run;
  }

  /** The logits with so many units. */
  public double[] at(int units) {
    run(List.of(units));
    return Objects.requireNonNull(logits.get(units));
  }

  /** Runs some sizes in one batch, those that have not been. */
  public void run(List<Integer> sizes) {
    List<Integer> missing =
        sizes.stream().distinct().filter(size -> !logits.containsKey(size)).toList();
    if (!missing.isEmpty()) {
      List<double[]> results = run.apply(missing);
      for (int i = 0; i < missing.size(); i++) {
        logits.put(missing.get(i), results.get(i));
      }
    }
  }

  /** What has been run so far, by rising number of units. */
  public Map<Integer, double[]> runs() {
    return new TreeMap<>(logits);
  }

  /** The sizes on the way up, the largest included. */
  public List<Integer> ladder() {
    List<Integer> ladder = new ArrayList<>();
    int step = 0;
    for (long decade = 1; decade <= most; decade *= 10) {
      for (long factor : new long[] {1, 2, 5}) {
        if (step % stride == 0 && factor * decade < most) {
          ladder.add((int) (factor * decade));
        }
        step++;
      }
    }
    if (most > 0) {
      ladder.add(most);
    }
    return ladder;
  }

  /** Runs without any unit and the first sizes on the way up, in one batch. */
  public void begin() {
    run(Stream.concat(Stream.of(0), ladder().stream().limit(AT_ONCE / stride)).toList());
  }

  /** Goes up from {@code least}, some sizes at a time, until something holds. */
  public void climb(int least, Predicate<double[]> done) {
    List<Integer> sizes = ladder().stream().filter(size -> size >= least).toList();
    int atOnce = AT_ONCE / stride;
    for (int from = 0; from < sizes.size(); from += atOnce) {
      List<Integer> next = sizes.subList(from, Math.min(sizes.size(), from + atOnce));
      run(next);
      if (next.stream().anyMatch(size -> done.test(at(size)))) {
        return;
      }
    }
  }

  /**
   * For each of some conditions the smallest size for which it comes to hold, by bisection between
   * what has been run: exact up to 20 divided by the stride, beyond that within a twentieth times
   * the stride. A curve need not be monotone, so a smaller one may exist.
   *
   * @return empty where it never holds, or already without any unit
   */
  public List<OptionalInt> crossings(List<Predicate<double[]>> conditions) {
    while (true) {
      List<Bracket> brackets = conditions.stream().map(this::bracket).toList();
      List<Integer> middles =
          brackets.stream()
              .filter(this::isWide)
              .map(each -> (each.low() + each.high()) >>> 1)
              .toList();
      if (middles.isEmpty()) {
        return brackets.stream()
            .map(each -> each.high() == 0 ? OptionalInt.empty() : OptionalInt.of(each.high()))
            .toList();
      }
      run(middles);
    }
  }

  /** The first size that was run for which a condition holds, and the one before it. */
  private record Bracket(int low, int high) {}

  private Bracket bracket(Predicate<double[]> holds) {
    int low = 0;
    for (Map.Entry<Integer, double[]> each : logits.entrySet()) {
      if (holds.test(each.getValue())) {
        return new Bracket(low, each.getKey());
      }
      low = each.getKey();
    }
    return new Bracket(0, 0);
  }

  private boolean isWide(Bracket bracket) {
    return bracket.high() - bracket.low() > Math.max(1, bracket.high() * stride / 20);
  }
}
