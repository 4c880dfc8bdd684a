package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureId;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** A set of features, each at one position or at every position. Immutable. */
public final class NodeSet {
  private static final int EVERYWHERE = -1;
  private static final BitSet NONE = new BitSet();

  /** No feature. */
  public static final NodeSet EMPTY = new NodeSet(Map.of());

  private record Place(int layer, int position) {}

  private final Map<Place, BitSet> features;

  private NodeSet(Map<Place, BitSet> features) {
    this.features = features;
  }

  /** Features at positions. */
  public static NodeSet at(Collection<FeatureAt> nodes) {
    Map<Place, BitSet> features = new HashMap<>();
    nodes.forEach(node -> add(features, node.layer(), node.position(), node.feature()));
    return new NodeSet(features);
  }

  /** Features at every position. */
  public static NodeSet everywhere(Collection<FeatureId> nodes) {
    Map<Place, BitSet> features = new HashMap<>();
    nodes.forEach(node -> add(features, node.layer(), EVERYWHERE, node.feature()));
    return new NodeSet(features);
  }

  private static void add(Map<Place, BitSet> features, int layer, int position, int feature) {
    features.computeIfAbsent(new Place(layer, position), _ -> new BitSet()).set(feature);
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
