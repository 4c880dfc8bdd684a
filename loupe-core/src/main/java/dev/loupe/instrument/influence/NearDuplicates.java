package dev.loupe.instrument.influence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Passes documents over that say nearly what a document before them said: Jaccard's index of their
 * runs of {@value #RUN} tokens is at least {@value #SAME}.
 */
final class NearDuplicates {
  static final int RUN = 3;
  static final double SAME = 0.5;

  private final List<Set<List<Integer>>> before = new ArrayList<>();

  /** Whether this document is new; if so it counts for those after it. */
  boolean isNew(Sequence document) {
    Set<List<Integer>> runs = runs(document.tokens());
    for (Set<List<Integer>> other : before) {
      Set<List<Integer>> both = new HashSet<>(runs);
      both.retainAll(other);
      int either = runs.size() + other.size() - both.size();
      if (both.size() >= SAME * either) {
        return false;
      }
    }
    before.add(runs);
    return true;
  }

  /** A shorter document is one run. */
  private static Set<List<Integer>> runs(int[] tokens) {
    List<Integer> all = Arrays.stream(tokens).boxed().toList();
    Set<List<Integer>> runs = new HashSet<>();
    for (int from = 0; from == 0 || from + RUN <= all.size(); from++) {
      runs.add(all.subList(from, Math.min(all.size(), from + RUN)));
    }
    return runs;
  }
}
