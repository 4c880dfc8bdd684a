package dev.loupe.model.family;

import java.util.List;
import java.util.function.IntPredicate;

/** Which layers attend through the sliding window. */
final class LayerTypes {
  private final IntPredicate sliding;

  private LayerTypes(IntPredicate sliding) {
    this.sliding = sliding;
  }

  /** By {@code layer_types}, else by the family's rule. */
  static LayerTypes of(Settings settings, int layers, IntPredicate rule) {
    List<String> types = settings.texts("layer_types");
    if (types.isEmpty()) {
      return new LayerTypes(rule);
    }
    if (types.size() != layers) {
      throw settings.wrong("layer_types", types.size() + " entries", layers + ", one a layer");
    }
    for (String type : types) {
      if (!type.equals("sliding_attention") && !type.equals("full_attention")) {
        throw settings.unsupported("layer_types", type, "sliding_attention, full_attention");
      }
    }
    return new LayerTypes(layer -> types.get(layer).equals("sliding_attention"));
  }

  boolean at(int layer) {
    return sliding.test(layer);
  }
}
