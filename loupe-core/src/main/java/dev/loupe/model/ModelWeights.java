package dev.loupe.model;

import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
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
    /** The same with all experts of a mixture made. */
    public Layer whole() {
      return mlp instanceof Mixture mixture
          ? new Layer(
              attentionNorm,
              attention,
              attentionPostNorm,
              residMidNorm,
              mlpNorm,
              mixture.whole(),
              mlpPostNorm,
              residPostNorm)
          : this;
    }

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
   * @param sinks a score for each head {@code [n_heads]} that takes its share of every row of
   *     probabilities and gives no value (gpt-oss)
   */
  record Attention(
      Linear query,
      Linear key,
      Linear value,
      Linear output,
      @Nullable Norm queryNorm,
      @Nullable Norm keyNorm,
      @Nullable Tensor sinks) {
    /** Attention without sinks. */
    public Attention(
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        @Nullable Norm queryNorm,
        @Nullable Norm keyNorm) {
      this(query, key, value, output, queryNorm, keyNorm, null);
    }

    /** The same with sinks. */
    public Attention withSinks(Tensor other) {
      return new Attention(query, key, value, output, queryNorm, keyNorm, other);
    }

    /** The same with another map to the stream. */
    public Attention withOutput(Linear other) {
      return new Attention(query, key, value, other, queryNorm, keyNorm, sinks);
    }

    /** All its tensors. */
    public Stream<Tensor> tensors() {
      return Stream.of(
              query.tensors(),
              key.tensors(),
              value.tensors(),
              output.tensors(),
              of(queryNorm),
              of(keyNorm),
              Stream.of(sinks).filter(Objects::nonNull))
          .flatMap(part -> part);
    }
  }

  /** What follows attention in a block: one MLP, or a mixture of them. */
  sealed interface Mlp permits Dense, Mixture {
    /** How many neurons. */
    int units();

    /** Whether it is {@code down(act(gate) · up)}. */
    boolean isGated();

    /** What units read: rows {@code [n, d_model]} of the up projection. */
    Tensor encoders(int... units);

    /** The biases of {@link #encoders}, {@code [n]}. */
    Tensor encoderBiases(int... units);

    /** What units write: rows {@code [n, d_model]}, the columns of the down projection. */
    Tensor decoders(int... units);

    /** All its tensors. */
    Stream<Tensor> tensors();
  }

  /**
   * An MLP's maps.
   *
   * @param gate gated MLPs only: {@code d_model -> d_mlp}, into the activation function
   * @param up {@code d_model -> d_mlp}; into the activation function when there is no gate
   * @param down {@code d_mlp -> d_model}
   */
  record Dense(@Nullable Linear gate, Linear up, Linear down) implements Mlp {
    @Override
    public int units() {
      return up.weight().size(0);
    }

    @Override
    public boolean isGated() {
      return gate != null;
    }

    @Override
    public Tensor encoders(int... units) {
      return up.weight().indexSelect(0, Tensor.indices(units));
    }

    @Override
    public Tensor encoderBiases(int... units) {
      Tensor bias = up.bias();
      return bias == null
          ? Tensor.zeros(up.weight().dtype(), units.length)
          : bias.indexSelect(0, Tensor.indices(units));
    }

    @Override
    public Tensor decoders(int... units) {
      return down.weight().indexSelect(1, Tensor.indices(units)).transpose(0, 1);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(of(gate), up.tensors(), down.tensors()).flatMap(part -> part);
    }
  }

  /**
   * A mixture of experts. Its units are numbered expert by expert: unit {@code u} is neuron {@code
   * u mod width} of expert {@code u / width}; those of a shared expert come last. Experts may be
   * made on demand: ask for one inside the {@code NativeScope} that uses it, and for none that is
   * not needed.
   *
   * @param shape how many experts of which width, and how they are chosen
   * @param router {@code d_model -> n_experts}
   * @param experts by number
   * @param shared an expert that every token goes through
   * @param sharedGate {@code d_model -> 1}, whose sigmoid is the shared expert's weight
   */
  record Mixture(
      ModelConfig.MixtureShape shape,
      Linear router,
      IntFunction<Dense> experts,
      @Nullable Dense shared,
      @Nullable Linear sharedGate)
      implements Mlp {
    /** An expert by its number; the shared one has the number after the last. */
    public Dense expert(int number) {
      return number == shape.experts() ? Objects.requireNonNull(shared) : experts.apply(number);
    }

    /** The same with all experts made. */
    public Mixture whole() {
      List<Dense> all = IntStream.range(0, shape.experts()).mapToObj(experts).toList();
      return new Mixture(shape, router, all::get, shared, sharedGate);
    }

    @Override
    public int units() {
      return shape.units();
    }

    @Override
    public boolean isGated() {
      return true;
    }

    @Override
    public Tensor encoders(int... units) {
      return ofEach(units, Dense::encoders);
    }

    @Override
    public Tensor encoderBiases(int... units) {
      return ofEach(units, Dense::encoderBiases);
    }

    @Override
    public Tensor decoders(int... units) {
      return ofEach(units, Dense::decoders);
    }

    private Tensor ofEach(int[] units, BiFunction<Dense, int[], Tensor> part) {
      List<Tensor> rows = new ArrayList<>();
      for (int from = 0; from < units.length; ) {
        int expert = shape.expert(units[from]);
        int to = from;
        while (to < units.length && shape.expert(units[to]) == expert) {
          to++;
        }
        int[] within =
            Arrays.stream(units, from, to).map(unit -> unit - shape.firstUnit(expert)).toArray();
        rows.add(part.apply(expert(expert), within));
        from = to;
      }
      return Tensor.cat(rows, 0);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(
              router.tensors(),
              IntStream.range(0, shape.experts()).mapToObj(experts).flatMap(Dense::tensors),
              Stream.of(shared).filter(Objects::nonNull).flatMap(Dense::tensors),
              of(sharedGate))
          .flatMap(part -> part);
    }
  }
}
