package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureId;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A set of features and of layers' errors ({@link FeatureId#error}), each at one position or at
 * every position. Immutable.
 */
public final class NodeSet {
  private static final int EVERYWHERE = -1;
  private static final BitSet NONE = new BitSet();

  /** No feature. */
  public static final NodeSet EMPTY = new NodeSet(Map.of(), Set.of());

  private record Place(int layer, int position) {}

  private final Map<Place, BitSet> features;
  private final Set<Place> errors;

  private NodeSet(Map<Place, BitSet> features, Set<Place> errors) {
    this.features = features;
    this.errors = errors;
  }

  /** Nodes at positions. */
  public static NodeSet at(Collection<FeatureAt> nodes) {
    return of(nodes, FeatureAt::id, FeatureAt::position);
  }

  /** Nodes at every position. */
  public static NodeSet everywhere(Collection<FeatureId> nodes) {
    return of(nodes, id -> id, _ -> EVERYWHERE);
  }

  private static <T> NodeSet of(
      Collection<T> nodes, Function<T, FeatureId> id, ToIntFunction<T> position) {
    Map<Place, BitSet> features = new HashMap<>();
    Set<Place> errors = new HashSet<>();
    for (T node : nodes) {
      FeatureId each = id.apply(node);
      Place place = new Place(each.layer(), position.applyAsInt(node));
      if (each.isError()) {
        errors.add(place);
      } else {
        features.computeIfAbsent(place, _ -> new BitSet()).set(each.feature());
      }
    }
    return new NodeSet(features, errors);
  }

  /** All its nodes, in an order that is always the same. */
  @Override
  public String toString() {
    Map<String, String> places = new TreeMap<>();
    features.forEach(
        (place, each) -> places.put(place.toString(), Arrays.toString(each.toLongArray())));
    errors.forEach(place -> places.put("error " + place, ""));
    return places.toString();
  }

  /** Whether the error of a layer at a position is in it. */
  boolean hasError(int layer, int position) {
    return errors.contains(new Place(layer, position))
        || errors.contains(new Place(layer, EVERYWHERE));
  }

  /** The features of a layer at a position; not to be changed. */
  BitSet of(int layer, int position) {
    BitSet here = features.getOrDefault(new Place(layer, position), NONE);
    BitSet everywhere = features.getOrDefault(new Place(layer, EVERYWHERE), NONE);
    if (here.isEmpty() || everywhere.isEmpty()) {
      return here.isEmpty() ? everywhere : here;
    }
    BitSet both = (BitSet) here.clone();
    both.or(everywhere);
    return both;
  }
}
