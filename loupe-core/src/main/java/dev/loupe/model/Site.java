package dev.loupe.model;

import java.util.List;

/**
 * The named places of a forward pass. Shapes are those that a hook sees; {@code batch} is 1 for a
 * single sequence. A place that a family lacks is never visited.
 */
public enum Site {
  /**
   * Token rows as the embedding table holds them, before any scale: {@code [batch, pos,
   * d_embedding]}. Once a run.
   */
  EMBEDDING,
  /** Learned position rows: {@code [batch, pos, d_model]}. Once a run. */
  POSITION_EMBEDDING,
  /** Denominator of a norm on the embeddings (bloom): {@code [batch, pos, 1]}. Once a run. */
  EMBEDDING_NORM_SCALE,
  /** The stream before the block: {@code [batch, pos, d_model]}. */
  RESID_PRE,
  /** Denominator of the norm before attention: {@code [batch, pos, 1]}. */
  ATTN_NORM_SCALE,
  /** What attention reads: {@code [batch, pos, d_model]}. */
  ATTN_IN,
  /** What the query map makes, before any norm, clip and rotation: {@code [batch, pos, out]}. */
  QUERY_PROJECTED,
  /** What the key map makes, likewise. */
  KEY_PROJECTED,
  /** What the value map makes, before any clip: {@code [batch, pos, out]}. */
  VALUE_PROJECTED,
  /** Queries after rotation: {@code [batch, n_heads, pos, d_head]}. */
  QUERY,
  /** Keys after rotation: {@code [batch, n_kv_heads, pos, d_head]}. */
  KEY,
  /**
   * In families that cut values off the factor that does so, 1 where nothing is cut: {@code [batch,
   * pos, n_kv_heads · d_head]}.
   */
  VALUE_GAIN,
  /** Values: {@code [batch, n_kv_heads, pos, d_head]}. */
  VALUE,
  /** Attention probabilities: {@code [batch, n_heads, query, key]}. */
  ATTN_PATTERN,
  /**
   * Mixed values of each head, before the output projection: {@code [batch, n_heads, pos, d_head]}.
   */
  HEAD_MIX,
  /**
   * What each head adds, without the output bias: {@code [batch, n_heads, pos, d_model]}. Computed
   * only when hooked.
   */
  HEAD_OUT,
  /** What attention's output map makes, before any post-norm: {@code [batch, pos, d_model]}. */
  ATTN_WRITTEN,
  /** Denominator of the norm after attention: {@code [batch, pos, 1]}. */
  ATTN_POST_NORM_SCALE,
  /** What attention adds to the stream, after any post-norm: {@code [batch, pos, d_model]}. */
  ATTN_OUT,
  /** Denominator of a norm on the stream itself, after attention: {@code [batch, pos, 1]}. */
  RESID_MID_NORM_SCALE,
  /**
   * The stream between attention and MLP: {@code [batch, pos, d_model]}; parallel blocks lack it.
   */
  RESID_MID,
  /** Denominator of the norm before the MLP: {@code [batch, pos, 1]}. */
  MLP_NORM_SCALE,
  /** What the MLP reads, gain and bias of the norm included: {@code [batch, pos, d_model]}. */
  MLP_IN,
  /** A mixture's router, before experts are chosen: {@code [batch, pos, n_experts]}. */
  ROUTER_LOGITS,
  /**
   * The factor on what each expert of a mixture writes, 0 for those that are not chosen: {@code
   * [batch, pos, n_experts]}, one more for a shared expert. Experts whose factor is 0 at every
   * position are not run.
   */
  ROUTER_WEIGHTS,
  /** Input of the activation function: {@code [batch, pos, d_mlp]}; of the gate in a gated MLP. */
  MLP_PRE,
  /** The linear half of a gated MLP: {@code [batch, pos, d_mlp]}. */
  MLP_UP,
  /**
   * Input of the down projection, the neurons: {@code [batch, pos, d_mlp]}. In a mixture {@code
   * d_mlp} is that of all experts, one after the other; a neuron is times the weight of its expert,
   * 0 where that is not chosen. Whatever a hook makes of neurons is written.
   */
  MLP_POST,
  /** What the MLP's down projection makes, before any post-norm: {@code [batch, pos, d_model]}. */
  MLP_WRITTEN,
  /** Denominator of the norm after the MLP: {@code [batch, pos, 1]}. */
  MLP_POST_NORM_SCALE,
  /** What the MLP adds to the stream, after any post-norm: {@code [batch, pos, d_model]}. */
  MLP_OUT,
  /** Denominator of a norm on the stream itself, after the MLP: {@code [batch, pos, 1]}. */
  RESID_POST_NORM_SCALE,
  /** The stream after the block: {@code [batch, pos, d_model]}. */
  RESID_POST,
  /** Denominator of the last norm: {@code [batch, pos, 1]}. Once a run. */
  FINAL_NORM_SCALE,
  /** Input of the unembedding: {@code [batch, pos, d_embedding]}. Once a run. */
  FINAL_HIDDEN;

  /** The denominators of all norms of a layer; which of them a model has, its family says. */
  public static final List<Site> LAYER_NORM_SCALES =
      List.of(
          ATTN_NORM_SCALE,
          ATTN_POST_NORM_SCALE,
          RESID_MID_NORM_SCALE,
          MLP_NORM_SCALE,
          MLP_POST_NORM_SCALE,
          RESID_POST_NORM_SCALE);

  /** Whether a norm's denominator stands there. */
  public boolean isNormScale() {
    return LAYER_NORM_SCALES.contains(this)
        || this == EMBEDDING_NORM_SCALE
        || this == FINAL_NORM_SCALE;
  }

  /** Whether the place exists once a run rather than once a layer. */
  public boolean once() {
    return switch (this) {
      case EMBEDDING, POSITION_EMBEDDING, EMBEDDING_NORM_SCALE, FINAL_NORM_SCALE, FINAL_HIDDEN ->
          true;
      default -> false;
    };
  }
}
