package dev.loupe.instrument.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Searches a small edit of a prompt that changes the answer much: mCELL, which makes the best
 * single edit again and again, and CELL, which plans a budget (Luss et al. 2024, as the ICX360
 * toolkit has them). One visit changes one word that was not changed before.
 */
final class ContrastSearch {
  /** A round whose best differs from that of the round before by no more than this is flat. */
  private static final double FLAT = 0.001;

  private static final int FLAT_ROUNDS = 3;

  private final List<String> words;
  private final Infill infill;
  private final Score score;
  private final double threshold;
  private final List<Visit> visits = new ArrayList<>();

  /** Writes another word in the place of one. */
  @FunctionalInterface
  interface Infill {
    /**
     * The word.
     *
     * @param rank 0 for the likeliest; the word itself where there are not so many others
     */
    String of(List<String> words, int place, int rank);
  }

  /** How much the answer to an edited prompt differs; the size counts, not the sign. */
  @FunctionalInterface
  interface Score {
    double of(List<String> words, List<Integer> changed);
  }

  /** Chooses some of a list, without replacement. */
  @FunctionalInterface
  interface Pick {
    /** Places of the chosen ones, at most {@code size}. */
    List<Integer> of(int size, int count);

    /** At random. */
    static Pick random(long seed) {
      Random random = new Random(seed);
      return (size, count) -> {
        List<Integer> places = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        for (int i = 0; i < count; i++) {
          int other = i + random.nextInt(size - i);
          Integer kept = places.get(i);
          places.set(i, places.get(other));
          places.set(other, kept);
        }
        return places.subList(0, count);
      };
    }
  }

  /** Why a visit was made. */
  enum Kind {
    /** A word that was never tried first. */
    NEW,
    /** One more change of a prompt seen before. */
    AGAIN,
    /** Around a centre. */
    NEAR
  }

  /**
   * An edited prompt.
   *
   * @param round from 1
   * @param step within the round; 0 where centres are chosen, and in mCELL
   * @param changed places in the order of their change
   * @param words with these changed
   */
  record Visit(
      int round, int step, Kind kind, List<Integer> changed, List<String> words, double score) {
    Visit {
      changed = List.copyOf(changed);
      words = List.copyOf(words);
    }
  }

  /**
   * What came out.
   *
   * @param visits in order
   * @param best of them by the size of its score
   * @param stop why it ended
   * @param path of mCELL the visits that it kept
   */
  record Result(List<Visit> visits, Visit best, String stop, List<Visit> path) {
    Result {
      visits = List.copyOf(visits);
      path = List.copyOf(path);
    }
  }

  ContrastSearch(List<String> words, Infill infill, Score score, double threshold) {
    this.words = List.copyOf(words);
    this.infill = infill;
    this.score = score;
    this.threshold = threshold;
  }

  private Visit visit(Visit parent, int place, int round, int step, Kind kind) {
    List<String> edited = edited(parent, place, 0);
    return scored(parent, place, edited, round, step, kind);
  }

  private List<String> edited(Visit parent, int place, int rank) {
    List<String> edited = new ArrayList<>(parent.words());
    edited.set(place, infill.of(edited, place, rank));
    return edited;
  }

  private Visit scored(
      Visit parent, int place, List<String> edited, int round, int step, Kind kind) {
    List<Integer> changed = new ArrayList<>(parent.changed());
    changed.add(place);
    return new Visit(round, step, kind, changed, edited, score.of(edited, changed));
  }

  private Visit root() {
    return new Visit(0, 0, Kind.NEW, List.of(), words, 0);
  }

  static Visit largest(List<Visit> among) {
    Visit best = among.getFirst();
    for (Visit each : among) {
      best = Math.abs(each.score()) > Math.abs(best.score()) ? each : best;
    }
    return best;
  }

  /**
   * mCELL: no plan, n + (n − 1) + … visits at most.
   *
   * @param mostVisits ends before a round that would not fit
   */
  Result greedy(int mostVisits) {
    Visit current = root();
    List<Visit> path = new ArrayList<>();
    double before = 0;
    int flat = 0;
    String stop = "all words changed";
    for (int round = 1; round <= words.size(); round++) {
      if (!path.isEmpty() && visits.size() + words.size() - path.size() > mostVisits) {
        stop = "budget";
        break;
      }
      List<Visit> tried = new ArrayList<>();
      for (int place = 0; place < words.size(); place++) {
        if (!current.changed().contains(place)) {
          tried.add(visit(current, place, round, 0, Kind.NEAR));
        }
      }
      visits.addAll(tried);
      current = largest(tried);
      path.add(current);
      double reached = Math.abs(current.score());
      flat = Math.abs(reached - before) <= FLAT ? flat + 1 : 0;
      before = reached;
      if (reached > threshold) {
        stop = "threshold";
        break;
      }
      if (flat >= FLAT_ROUNDS) {
        stop = "no change";
        break;
      }
    }
    return new Result(visits, largest(visits), stop, path);
  }

  /** The share of the budget that CELL plans with. */
  static int plan(int budget) {
    return (int) Math.floor(budget / (Math.log(budget) / Math.log(2)));
  }

  /**
   * CELL.
   *
   * @param budget visits, looked at before each centre: a centre that has begun is completed
   * @param radius in words, within which a prompt is changed further
   * @param alpha share of the centres that are prompts seen before
   */
  Result planned(int budget, int radius, double alpha, Pick pick) {
    int q = plan(budget);
    if (q < 2) {
      throw new IllegalArgumentException("a budget of " + budget + " leaves no round");
    }
    boolean[] tried = new boolean[words.size()];
    int k = 0;
    for (int round = 1; ; round++) {
      if ((long) round << round <= q) {
        k = round;
      }
      int n = 1 << k;
      List<Visit> centres = centres(n, round, budget, radius, alpha, pick, tried);
      boolean spent = centres.isEmpty() && visits.size() >= budget;
      visits.addAll(centres);
      int m = n;
      List<Visit> pool = centres;
      for (int step = 1; step <= k && !spent; step++) {
        if (visits.size() >= budget) {
          spent = true;
          break;
        }
        int each = q / m / k;
        List<Visit> made = new ArrayList<>();
        for (Visit centre : centres) {
          int focus = ascending(centre).get(pick.of(centre.changed().size(), 1).getFirst());
          made.addAll(near(centre, focus, radius, each, round, step, Kind.NEAR, pick));
          if (visits.size() + made.size() >= budget) {
            spent = true;
            break;
          }
        }
        visits.addAll(made);
        pool = new ArrayList<>(made);
        pool.addAll(centres);
        if (pool.isEmpty()) {
          return new Result(visits, largest(visits), "exhausted", List.of());
        }
        Visit best = largest(pool);
        if (Math.abs(best.score()) > threshold) {
          return new Result(visits, best, "threshold", List.of());
        }
        m = (m + 1) / 2;
        centres = first(pool, m);
      }
      if (spent || visits.size() >= budget) {
        return new Result(visits, largest(visits), "budget", List.of());
      }
    }
  }

  private List<Visit> centres(
      int n, int round, int budget, int radius, double alpha, Pick pick, boolean[] tried) {
    List<Integer> fresh =
        IntStream.range(0, words.size()).filter(place -> !tried[place]).boxed().toList();
    int again = Math.min((int) (n * alpha), visits.size());
    int anew = Math.min(n - again, fresh.size());
    List<Integer> seen = again == 0 ? List.of() : pick.of(visits.size(), again);
    List<Integer> places = anew == 0 ? List.of() : pick.of(fresh.size(), anew);
    List<Visit> centres = new ArrayList<>();
    for (int place : places) {
      if (visits.size() + centres.size() >= budget) {
        return centres;
      }
      tried[fresh.get(place)] = true;
      centres.addAll(near(root(), fresh.get(place), 0, 1, round, 0, Kind.NEW, pick));
    }
    for (int place : seen) {
      if (visits.size() + centres.size() >= budget) {
        return centres;
      }
      Visit parent = visits.get(place);
      int focus = ascending(parent).get(pick.of(parent.changed().size(), 1).getFirst());
      centres.addAll(near(parent, focus, radius, 1, round, 0, Kind.AGAIN, pick));
    }
    return centres;
  }

  private static List<Integer> ascending(Visit visit) {
    return visit.changed().stream().sorted().toList();
  }

  private List<Visit> near(
      Visit parent, int focus, int radius, int most, int round, int step, Kind kind, Pick pick) {
    List<Integer> free =
        IntStream.range(0, words.size())
            .filter(place -> !parent.changed().contains(place))
            .filter(place -> Math.abs(place - focus) <= radius)
            .boxed()
            .toList();
    int count = Math.min(most, free.size());
    List<Integer> chosen = count == 0 ? List.of() : pick.of(free.size(), count);
    return chosen.stream().map(i -> visit(parent, free.get(i), round, step, kind)).toList();
  }

  /** The largest scores; among equal ones the later first. */
  private static List<Visit> first(List<Visit> pool, int count) {
    Integer[] order = IntStream.range(0, pool.size()).boxed().toArray(Integer[]::new);
    Arrays.sort(
        order,
        Comparator.<Integer>comparingDouble(i -> -Math.abs(pool.get(i).score()))
            .thenComparingInt(i -> -i));
    return Arrays.stream(order).limit(count).map(pool::get).toList();
  }
}
