package dev.loupe.examination;

import dev.loupe.dictionary.SparseActivations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The best feature of each concept: feature and threshold are chosen by F1 on one half of the
 * documents and measured on the other.
 */
final class OwnFeatures {
  /** Features tried for a concept: those active on most of its occurrences. */
  private static final int TRIED = 12;

  private final int features;
  private final List<int[]> ids = new ArrayList<>();
  private final List<float[]> values = new ArrayList<>();
  private final List<Integer> tokens = new ArrayList<>();
  private final List<Boolean> choosing = new ArrayList<>();

  /**
   * The best feature and its F1 on the half that did not choose it.
   *
   * @param feature -1 for none
   */
  record Best(int feature, double f1) {}

  OwnFeatures(int features) {
    this.features = features;
  }

  /**
   * Adds a position.
   *
   * @param chooses whether its document is of the half that chooses
   */
  void add(SparseActivations active, int position, int token, boolean chooses) {
    int from = active.start(position);
    int to = active.start(position + 1);
    float[] theirs = new float[to - from];
    for (int i = from; i < to; i++) {
      theirs[i - from] = (float) active.value(i);
    }
    add(active.features(from, to).toArray(), theirs, token, chooses);
  }

  /** As the other, of given features and their activations. */
  void add(int[] some, float[] theirs, int token, boolean chooses) {
    ids.add(some);
    values.add(theirs);
    tokens.add(token);
    choosing.add(chooses);
  }

  int positions() {
    return ids.size();
  }

  /** Features that were active at least once. */
  int alive() {
    boolean[] seen = new boolean[features];
    ids.forEach(some -> Arrays.stream(some).forEach(id -> seen[id] = true));
    int alive = 0;
    for (boolean each : seen) {
      alive += each ? 1 : 0;
    }
    return alive;
  }

  /** For each token of a concept the best feature. */
  Map<Integer, Best> best(Set<Integer> wanted) {
    Map<Integer, List<Integer>> places = new HashMap<>();
    for (int at = 0; at < tokens.size(); at++) {
      if (wanted.contains(tokens.get(at))) {
        places.computeIfAbsent(tokens.get(at), _ -> new ArrayList<>()).add(at);
      }
    }
    Map<Integer, List<Integer>> tried = new HashMap<>();
    Set<Integer> all = new HashSet<>();
    wanted.forEach(token -> {
      List<Integer> some = mostActive(places.getOrDefault(token, List.of()));
      tried.put(token, some);
      all.addAll(some);
    });
    Map<Integer, List<Firing>> firings = firings(all);
    Map<Integer, Best> best = new HashMap<>();
    for (int token : wanted) {
      best.put(token, best(token, places.getOrDefault(token, List.of()), tried, firings));
    }
    return best;
  }

  /** One activation. */
  private record Firing(int position, float value) {}

  private Map<Integer, List<Firing>> firings(Set<Integer> wanted) {
    Map<Integer, List<Firing>> firings = new HashMap<>();
    for (int at = 0; at < ids.size(); at++) {
      int[] some = ids.get(at);
      for (int i = 0; i < some.length; i++) {
        if (wanted.contains(some[i])) {
          firings
              .computeIfAbsent(some[i], _ -> new ArrayList<>())
              .add(new Firing(at, values.get(at)[i]));
        }
      }
    }
    firings.values().forEach(each -> each.sort((a, b) -> Float.compare(b.value(), a.value())));
    return firings;
  }

  private List<Integer> mostActive(List<Integer> places) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int at : places) {
      if (choosing.get(at)) {
        for (int id : ids.get(at)) {
          counts.merge(id, 1, Integer::sum);
        }
      }
    }
    return counts.entrySet().stream()
        .sorted(
            Map.Entry.<Integer, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(TRIED)
        .map(Map.Entry::getKey)
        .toList();
  }

  private Best best(
      int token,
      List<Integer> places,
      Map<Integer, List<Integer>> tried,
      Map<Integer, List<Firing>> firings) {
    long choosers = places.stream().filter(choosing::get).count();
    long measured = places.size() - choosers;
    double most = 0;
    int feature = -1;
    float bound = 0;
    for (int candidate : tried.getOrDefault(token, List.of())) {
      int hits = 0;
      int fired = 0;
      for (Firing firing : firings.getOrDefault(candidate, List.of())) {
        if (choosing.get(firing.position())) {
          fired++;
          hits += tokens.get(firing.position()) == token ? 1 : 0;
          double f1 = 2.0 * hits / (fired + choosers);
          if (f1 > most) {
            most = f1;
            feature = candidate;
            bound = firing.value();
          }
        }
      }
    }
    if (feature < 0) {
      return new Best(-1, 0);
    }
    int hits = 0;
    int fired = 0;
    for (Firing firing : firings.getOrDefault(feature, List.of())) {
      if (!choosing.get(firing.position()) && firing.value() >= bound) {
        fired++;
        hits += tokens.get(firing.position()) == token ? 1 : 0;
      }
    }
    return new Best(feature, 2.0 * hits / Math.max(1, fired + measured));
  }
}
