package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;

/** A node of an attribution graph. Sources carry signal; features and logits are targets too. */
public sealed interface Node {
  /**
   * One feature of the basis at one position: an MLP neuron, or a feature of a dictionary.
   *
   * @param layer from 0
   * @param position from 0
   * @param unit index in the MLP's width, or among the dictionary's features of that layer
   * @param activation the factor of what it writes
   * @param value what its incoming edges sum to: the pre-activation, or in a gated MLP the linear
   *     half
   * @param gain {@code activation / value}, held fixed
   */
  record Feature(int layer, int position, int unit, float activation, float value, float gain)
      implements Node {
    /** The unit, numbered through its layer. */
    public FeatureAt address() {
      return FeatureAt.of(layer, unit, position);
    }
  }

  /**
   * The reconstruction error of a dictionary at a position: the model's own value minus the
   * reconstruction, a constant.
   */
  record ReconstructionError(int layer, int position) implements Node {}

  /** The embedding of the token at a position. */
  record Token(int position, int token) implements Node {}

  /** The learned position embedding at a position. */
  record PositionEmbedding(int position) implements Node {}

  /** The bias of a norm on the embeddings, in families that have one. */
  record EmbeddingBias() implements Node {}

  /** All constants of a layer's attention: the bias of its norm, of its values, of its output. */
  record AttentionBias(int layer) implements Node {}

  /** All constants of a layer's MLP output, or of a dictionary on the stream around it. */
  record MlpBias(int layer) implements Node {}

  /** Each target's own constants: the bias of the norm it reads through and its own bias. */
  record OwnBias() implements Node {}

  /**
   * What was not listed: the sum over the other units of a layer at a position.
   *
   * @param units how many units it stands for
   */
  record Remainder(int layer, int position, int units) implements Node {}

  /**
   * A next-token logit, centred on the mean logit; or the difference of two.
   *
   * @param token the explained token
   * @param against the token whose logit is subtracted, or −1 when the mean is
   * @param probability of {@code token}
   * @param value what its incoming edges sum to
   * @param weight its share of the explained targets (probability, or 1 for a given target)
   */
  record Logit(int token, int against, float probability, float value, float weight)
      implements Node {}

  /** What the incoming edges of a target sum to; only features and logits are targets. */
  static float targetValue(Node node) {
    return switch (node) {
      case Feature feature -> feature.value();
      case Logit logit -> logit.value();
      case ReconstructionError _,
          Token _,
          PositionEmbedding _,
          EmbeddingBias _,
          AttentionBias _,
          MlpBias _,
          OwnBias _,
          Remainder _ ->
          throw new IllegalArgumentException(node + " is a source only");
    };
  }
}
