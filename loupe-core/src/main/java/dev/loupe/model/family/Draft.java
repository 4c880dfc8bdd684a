package dev.loupe.model.family;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A {@link ModelConfig} in the making: what most families share is set, each family states what it
 * does otherwise.
 */
final class Draft {
  /** So that a hostile count asks for no memory. */
  private static final int MOST_EXPERTS = 4096;

  private final Settings settings;
  private final String family;
  int layers;
  int dModel;
  int heads;
  int keyValueHeads;
  int headSize;
  int dMlp;
  int vocabulary;
  int context;
  ModelConfig.Block block = ModelConfig.Block.SEQUENTIAL;
  ModelConfig.Norm norm = ModelConfig.Norm.LAYER;
  double normEpsilon = 1e-5;
  Activation activation = Activation.GELU;
  boolean gated;
  double embeddingScale = 1;
  int positionOffset;
  boolean alibi;
  double attentionCap;
  double projectionClip;
  double logitScale = 1;
  double logitCap;
  double gateLimit;
  Map<Integer, ModelConfig.MixtureShape> mixtures = Map.of();

  Draft(Settings settings, String family) {
    this.settings = settings;
    this.family = family;
  }

  /** As many heads for keys and values as for queries, which share out the stream's width. */
  Draft plainHeads(int count) {
    if (dModel % count != 0) {
      throw settings.wrong("the number of heads", count, "a divisor of the hidden size " + dModel);
    }
    heads = count;
    keyValueHeads = count;
    headSize = dModel / count;
    return this;
  }

  /**
   * Grouped heads under the keys that most families use.
   *
   * @param shared key and value heads where the file gives none; 0 for as many as query heads
   * @param size head size where the file gives none; 0 for an equal share of the hidden size
   */
  Draft groupedHeads(int count, int shared, int size) {
    heads = settings.size(count, "num_attention_heads");
    keyValueHeads = settings.size(shared == 0 ? heads : shared, "num_key_value_heads");
    if (heads % keyValueHeads != 0) {
      throw settings.wrong(
          "num_key_value_heads", keyValueHeads, "a divisor of num_attention_heads " + heads);
    }
    headSize = settings.size("head_dim").orElseGet(() -> size == 0 ? equalShare() : size);
    if ((long) heads * headSize > 1 << 22) {
      throw settings.wrong("head_dim", headSize, "less than 2^22 divided by " + heads + " heads");
    }
    return this;
  }

  private int equalShare() {
    if (dModel % heads != 0) {
      throw settings.wrong("num_attention_heads", heads, "a divisor of hidden_size " + dModel);
    }
    return dModel / heads;
  }

  /** Makes some layers mixtures of experts. */
  void mixtures(ModelConfig.MixtureShape shape, IntPredicate which) {
    if (shape.experts() > MOST_EXPERTS) {
      throw settings.wrong("the number of experts", shape.experts(), "at most " + MOST_EXPERTS);
    }
    mixtures =
        IntStream.range(0, layers)
            .filter(which)
            .boxed()
            .collect(Collectors.toMap(layer -> layer, _ -> shape));
  }

  /**
   * How many experts a token goes through.
   *
   * @param absent where the file does not give it
   */
  int chosen(int experts, int absent) {
    int chosen = settings.size(absent, "num_experts_per_tok");
    if (chosen > experts) {
      throw settings.wrong("num_experts_per_tok", chosen, "at most the " + experts + " experts");
    }
    return chosen;
  }

  /** The scale that most families use: one over the root of the head size. */
  double rootScale() {
    return 1 / Math.sqrt(headSize);
  }

  /** The finished description, with the attention of each layer. */
  ModelConfig with(IntFunction<ModelConfig.AttentionShape> attention) {
    return new ModelConfig(
        family,
        layers,
        dModel,
        heads,
        keyValueHeads,
        headSize,
        dMlp,
        vocabulary,
        context,
        block,
        norm,
        normEpsilon,
        activation,
        gated,
        embeddingScale,
        positionOffset,
        alibi,
        attentionCap,
        projectionClip,
        logitScale,
        logitCap,
        gateLimit,
        IntStream.range(0, layers).mapToObj(attention).toList(),
        mixtures);
  }
}
