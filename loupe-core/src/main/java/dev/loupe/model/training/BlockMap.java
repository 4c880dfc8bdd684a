package dev.loupe.model.training;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear map of a block of a GPT-2 network, with its bias.
 *
 * @param layer of the block
 * @param kind which of its maps
 */
public record BlockMap(int layer, Kind kind) {
  /** The maps of a block. */
  public enum Kind {
    /** Query, key and value side by side, d_model to 3 · d_model. */
    QUERY_KEY_VALUE(Weight.QUERY_KEY_VALUE),
    /** d_model to d_model. */
    ATTENTION_OUT(Weight.ATTENTION_OUT),
    /** d_model to d_mlp. */
    MLP_UP(Weight.MLP_UP),
    /** d_mlp to d_model. */
    MLP_DOWN(Weight.MLP_DOWN);

    /** The maps of the MLP. */
    public static final List<Kind> OF_MLP = List.of(MLP_UP, MLP_DOWN);

    private final Weight weight;

    Kind(Weight weight) {
      this.weight = weight;
    }

    Weight weight() {
      return weight;
    }

    static Kind of(Weight weight) {
      for (Kind kind : values()) {
        if (kind.weight == weight) {
          return kind;
        }
      }
      throw new IllegalArgumentException(weight + " is no linear map of a block");
    }
  }

  /** The chosen maps of all layers, the first layer first. */
  public static List<BlockMap> all(int layers, List<Kind> kinds) {
    List<BlockMap> maps = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      for (Kind kind : kinds) {
        maps.add(new BlockMap(layer, kind));
      }
    }
    return List.copyOf(maps);
  }

  /** Its name in a Hugging Face checkpoint, {@code transformer.h.0.mlp.c_fc}. */
  public String fileName() {
    String weight = kind.weight.fileName(layer);
    return weight.substring(0, weight.lastIndexOf('.'));
  }
}
