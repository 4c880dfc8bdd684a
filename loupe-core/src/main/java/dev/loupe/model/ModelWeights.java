package dev.loupe.model;

import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a model. Every linear weight is {@code [out, in]} as a view, whatever the file
 * stores. Layers may be made on demand (quantised weights expanded a layer at a time): ask for a
 * layer inside the {@code NativeScope} that uses it.
 */
public interface ModelWeights extends AutoCloseable {
  /** What a reader of results should know of how the files were read; empty for most. */
  default List<String> notes() {
    return List.of();
  }

  /** The parts outside the blocks. */
  Ends ends();

  /** The parts of block {@code layer}. */
  Layer layer(int layer);

  /** Whether a layer is expanded each time it is asked for, so that memory holds one at most. */
  default boolean onDemand() {
    return false;
  }

  @Override
  void close();

  /**
   * A normalisation's parameters, {@code [width]} each; a gain stored as an offset from one has it
   * added.
   *
   * @param bias layer norm only, and not always
   */
  record Norm(Tensor gain, @Nullable Tensor bias) {
    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(gain, bias).filter(Objects::nonNull);
    }
  }

  /**
   * A linear map.
   *
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}
   */
  record Linear(Tensor weight, @Nullable Tensor bias) {
    /** {@code input · weightᵀ + bias} over the last axis. */
    public Tensor of(Tensor input) {
      return input.linear(weight, bias);
    }

    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(weight, bias).filter(Objects::nonNull);
    }
  }

  /**
   * The parts before the first block and after the last.
   *
   * @param embedding {@code [d_vocab, d_embedding]}
   * @param positions learned positions {@code [context + offset, d_model]}
   * @param embeddingNorm norm on the embedded tokens (bloom)
   * @param projectIn {@code d_embedding -> d_model} (opt)
   * @param finalNorm absent where every block ends in a norm
   * @param projectOut {@code d_model -> d_embedding} (opt)
   * @param unembedding {@code [d_vocab, d_embedding]}
   */
  record Ends(
      Tensor embedding,
      @Nullable Tensor positions,
      @Nullable Norm embeddingNorm,
      @Nullable Linear projectIn,
      @Nullable Norm finalNorm,
      @Nullable Linear projectOut,
      Linear unembedding) {
    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(
              Stream.of(embedding, positions).filter(Objects::nonNull),
              of(embeddingNorm),
              of(projectIn),
              of(finalNorm),
              of(projectOut),
              unembedding.tensors())
          .flatMap(part -> part);
    }
  }

  private static Stream<Tensor> of(@Nullable Norm norm) {
    return norm == null ? Stream.empty() : norm.tensors();
  }

  private static Stream<Tensor> of(@Nullable Linear linear) {
    return linear == null ? Stream.empty() : linear.tensors();
  }

  /**
   * One block. Norms that a family lacks are null.
   *
   * @param attentionNorm before attention
   * @param attentionPostNorm on what attention adds
   * @param residMidNorm on the stream after attention (opt with the norm after)
   * @param mlpNorm before the MLP; in a parallel block null means that it shares {@code
   *     attentionNorm}
   * @param mlpPostNorm on what the MLP adds
   * @param residPostNorm on the stream after the MLP
   */
  record Layer(
      @Nullable Norm attentionNorm,
      Attention attention,
      @Nullable Norm attentionPostNorm,
      @Nullable Norm residMidNorm,
      @Nullable Norm mlpNorm,
      Mlp mlp,
      @Nullable Norm mlpPostNorm,
      @Nullable Norm residPostNorm) {
    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(
              of(attentionNorm),
              attention.tensors(),
              of(attentionPostNorm),
              of(residMidNorm),
              of(mlpNorm),
              mlp.tensors(),
              of(mlpPostNorm),
              of(residPostNorm))
          .flatMap(part -> part);
    }
  }

  /**
   * Attention's maps.
   *
   * @param query {@code d_model -> n_heads · d_head}
   * @param key {@code d_model -> n_kv_heads · d_head}
   * @param value {@code d_model -> n_kv_heads · d_head}
   * @param output {@code n_heads · d_head -> d_model}
   * @param queryNorm RMS norm of each head ({@code [d_head]}) or of the whole projection ({@code
   *     [n_heads · d_head]})
   * @param keyNorm likewise
   */
  record Attention(
      Linear query,
      Linear key,
      Linear value,
      Linear output,
      @Nullable Norm queryNorm,
      @Nullable Norm keyNorm) {
    /** The same with another map to the stream. */
    public Attention withOutput(Linear other) {
      return new Attention(query, key, value, other, queryNorm, keyNorm);
    }

    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(
              query.tensors(),
              key.tensors(),
              value.tensors(),
              output.tensors(),
              of(queryNorm),
              of(keyNorm))
          .flatMap(part -> part);
    }
  }

  /**
   * The MLP's maps.
   *
   * @param gate gated MLPs only: {@code d_model -> d_mlp}, into the activation function
   * @param up {@code d_model -> d_mlp}; into the activation function when there is no gate
   * @param down {@code d_mlp -> d_model}
   */
  record Mlp(@Nullable Linear gate, Linear up, Linear down) {
    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(of(gate), up.tensors(), down.tensors()).flatMap(part -> part);
    }
  }
}
