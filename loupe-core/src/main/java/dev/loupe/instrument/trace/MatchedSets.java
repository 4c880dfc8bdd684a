package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.instrument.trace.ActiveUnits.Written;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Sets drawn at random to compare a set with: for each of its units another active one of the same
 * layer and position, among those whose norm is closest. Where none is left at that position one of
 * the layer's positions from the set's first on stands for it, and where none is left there the set
 * is smaller.
 */
final class MatchedSets {
  /** A partner is drawn among so many. */
  private static final int CLOSEST = 8;

  private final ActiveUnits active;
  private final int positions;

  MatchedSets(ActiveUnits active, int positions) {
    this.active = active;
    this.positions = positions;
  }

  /**
   * A set.
   *
   * @param normRatio norms of its units summed, over those of the set that it is compared with
   */
  record Drawn(List<FeatureAt> units, double normRatio) {}

  Drawn draw(List<FeatureAt> like, Random random) {
    Set<FeatureAt> taken = new HashSet<>(like);
    List<FeatureAt> drawn = new ArrayList<>();
    double norms = 0;
    double wanted = 0;
    int firstPosition = like.stream().mapToInt(FeatureAt::position).min().orElse(0);
    for (FeatureAt unit : like) {
      double norm = active.norm(unit);
      wanted += norm;
      List<Written> candidates = closest(active.at(unit.layer(), unit.position()), norm, taken);
      for (int at = positions - 1; at >= firstPosition && candidates.isEmpty(); at--) {
        candidates = closest(active.at(unit.layer(), at), norm, taken);
      }
      if (!candidates.isEmpty()) {
        Written partner = candidates.get(random.nextInt(candidates.size()));
        taken.add(partner.unit());
        drawn.add(partner.unit());
        norms += partner.norm();
      }
    }
    return new Drawn(drawn, wanted == 0 ? 1 : norms / wanted);
  }

  /** Of units by rising norm the closest that are free, nearest first. */
  private static List<Written> closest(List<Written> all, double norm, Set<FeatureAt> taken) {
    int above = firstFrom(all, norm);
    int below = above - 1;
    List<Written> closest = new ArrayList<>();
    while (closest.size() < CLOSEST && (below >= 0 || above < all.size())) {
      boolean up =
          below < 0
              || (above < all.size()
                  && all.get(above).norm() - norm <= norm - all.get(below).norm());
      Written next = all.get(up ? above : below);
      above += up ? 1 : 0;
      below -= up ? 0 : 1;
      if (!taken.contains(next.unit())) {
        closest.add(next);
      }
    }
    return closest;
  }

  private static int firstFrom(List<Written> all, double norm) {
    int low = 0;
    int high = all.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (all.get(middle).norm() < norm) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
