package dev.loupe.model;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The architecture of a decoder-only transformer as data; the weights show which optional parts
 * (biases, norms, projections) exist.
 *
 * @param family the name that the configuration gives, for example {@code llama}
 * @param layers n_layers
 * @param dModel width of the residual stream
 * @param heads query heads
 * @param keyValueHeads key and value heads, a divisor of {@code heads}
 * @param headSize d_head
 * @param dMlp width of the MLP
 * @param vocabulary d_vocab
 * @param context most positions that the model was made for
 * @param block how attention and MLP are arranged
 * @param norm which normalisation
 * @param normEpsilon added under the root
 * @param activation of the MLP
 * @param gated whether the MLP is {@code down(act(gate) · up)}
 * @param embeddingScale factor on the token rows
 * @param positionOffset added to a position before the learned table is read
 * @param alibi whether attention scores fall linearly with distance
 * @param attentionCap soft cap on attention scores, 0 for none
 * @param projectionClip queries, keys and values are cut off at plus and minus this; 0 for none
 * @param logitScale factor on what the unembedding makes
 * @param logitCap soft cap on logits, 0 for none
 * @param gateLimit gates are cut off above it, and the linear half one further below than above
 *     minus and plus it; 0 for no limit (gpt-oss)
 * @param attention what differs from layer to layer, one entry per layer
 * @param mixtures the layers that are mixtures of experts
 */
public record ModelConfig(
    String family,
    int layers,
    int dModel,
    int heads,
    int keyValueHeads,
    int headSize,
    int dMlp,
    int vocabulary,
    int context,
    Block block,
    Norm norm,
    double normEpsilon,
    Activation activation,
    boolean gated,
    double embeddingScale,
    int positionOffset,
    boolean alibi,
    double attentionCap,
    double projectionClip,
    double logitScale,
    double logitCap,
    double gateLimit,
    List<AttentionShape> attention,
    Map<Integer, MixtureShape> mixtures) {

  public ModelConfig {
    attention = List.copyOf(attention);
    mixtures = Map.copyOf(mixtures);
    if (attention.size() != layers || heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          layers
              + " layers, "
              + attention.size()
              + " attention shapes, "
              + heads
              + " heads over "
              + keyValueHeads);
    }
  }

  /** How attention and MLP are arranged. */
  public enum Block {
    /** The MLP reads the stream to which attention has been added. */
    SEQUENTIAL,
    /** Both read the stream before the block. */
    PARALLEL
  }

  /** Which normalisation. */
  public enum Norm {
    /** Mean subtracted, divided by the standard deviation. */
    LAYER,
    /** Divided by the root mean square. */
    RMS
  }

  /**
   * Attention of one layer.
   *
   * @param scale factor on query · key
   * @param window how many positions a query sees, itself included; 0 for all
   * @param rotary rotation of queries and keys, if any
   */
  public record AttentionShape(double scale, int window, @Nullable Rotary rotary) {}

  /**
   * A mixture of experts.
   *
   * @param experts how many, a shared one not counted
   * @param chosen how many a token goes through
   * @param width neurons of each
   * @param sharedWidth neurons of a shared expert, 0 for none
   * @param sumToOne whether the weights of the chosen experts are made to sum to one
   */
  public record MixtureShape(
      int experts, int chosen, int width, int sharedWidth, boolean sumToOne) {
    /** How many neurons, over all experts. */
    public int units() {
      return Math.toIntExact((long) experts * width + sharedWidth);
    }

    /** How many of them a token goes through. */
    public int activeUnits() {
      return chosen * width + sharedWidth;
    }

    /** How many weights a token gets: one an expert, the shared one last. */
    public int weights() {
      return experts + (sharedWidth > 0 ? 1 : 0);
    }

    /** The expert of a unit. */
    public int expert(int unit) {
      return Math.min(unit / width, experts);
    }

    /** The first unit of an expert. */
    public int firstUnit(int expert) {
      return expert * width;
    }

    /** How many neurons an expert has. */
    public int units(int expert) {
      return expert == experts ? sharedWidth : width;
    }
  }

  /** How many MLP neurons a layer has, those of all experts of a mixture. */
  public int units(int layer) {
    MixtureShape mixture = mixtures.get(layer);
    return mixture == null ? dMlp : mixture.units();
  }

  /** How many of them one token goes through. */
  public int activeUnits(int layer) {
    MixtureShape mixture = mixtures.get(layer);
    return mixture == null ? dMlp : mixture.activeUnits();
  }

  /** How many MLP neurons one token goes through in all layers. */
  public long activeUnits() {
    return IntStream.range(0, layers).mapToLong(this::activeUnits).sum();
  }

  /** How many MLP neurons the layers have together. */
  public long allUnits() {
    return IntStream.range(0, layers).mapToLong(this::units).sum();
  }

  /** How many query heads share one key and value head. */
  public int groupSize() {
    return heads / keyValueHeads;
  }
}
