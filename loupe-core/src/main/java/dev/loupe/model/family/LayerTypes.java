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

  /**
   * By {@code layer_types}, else windowed but for every n-th layer.
   *
   * @param absent n where the file does not give it
   */
  static LayerTypes everyNth(Settings settings, int layers, int absent) {
    if (!settings.texts("layer_types").isEmpty()) {
      return of(settings, layers, _ -> false);
    }
    int pattern = settings.size(absent, "sliding_window_pattern", "_sliding_window_pattern");
    return of(settings, layers, layer -> (layer + 1) % pattern != 0);
  }

  boolean at(int layer) {
    return sliding.test(layer);
  }
}
