package dev.loupe.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A linear map of a block, with its bias where it has one. GPT-2 keeps queries, keys and values
 * together in one map; elsewhere they are three.
 *
 * @param layer of the block
 * @param kind which of its maps
 */
public record BlockMap(int layer, Kind kind) {
  /** The maps of a block. */
  public enum Kind {
    /** Query, key and value side by side, d_model to 3 · d_model. */
    QUERY_KEY_VALUE(Weight.QUERY_KEY_VALUE),
    /** d_model to n_heads · d_head. */
    QUERY(null),
    /** d_model to n_kv_heads · d_head. */
    KEY(null),
    /** d_model to n_kv_heads · d_head. */
    VALUE(null),
    /** n_heads · d_head to d_model. */
    ATTENTION_OUT(Weight.ATTENTION_OUT),
    /** d_model to d_mlp, into the activation function of a gated MLP. */
    MLP_GATE(null),
    /** d_model to d_mlp. */
    MLP_UP(Weight.MLP_UP),
    /** d_mlp to d_model. */
    MLP_DOWN(Weight.MLP_DOWN);

    /** The maps of the MLP. */
    public static final List<Kind> OF_MLP = List.of(MLP_GATE, MLP_UP, MLP_DOWN);

    private final @Nullable Weight weight;

    Kind(@Nullable Weight weight) {
      this.weight = weight;
    }

    /** Whether it is one of the MLP's. */
    public boolean isOfMlp() {
      return OF_MLP.contains(this);
    }

    /** Where GPT-2's training has it. */
    Weight weight() {
      if (weight == null) {
        throw new IllegalStateException("GPT-2 has no map " + this);
      }
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

  /** {@code layers.0.mlp_up}. */
  public String name() {
    return "layers.%d.%s".formatted(layer, kind.name().toLowerCase(Locale.ROOT));
  }
}
