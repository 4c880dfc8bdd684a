package dev.loupe.model;

import java.util.List;
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
 * @param attention what differs from layer to layer, one entry per layer
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
    List<AttentionShape> attention) {

  public ModelConfig {
    attention = List.copyOf(attention);
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

  /** How many query heads share one key and value head. */
  public int groupSize() {
    return heads / keyValueHeads;
  }
}
