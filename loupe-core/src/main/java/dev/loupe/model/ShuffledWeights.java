package dev.loupe.model;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The same architecture without what was learned: the entries of every matrix in a random order, so
 * that its size and distribution stay; norms and biases are as they are, tied embeddings stay tied.
 * What two models share beyond one of these is not the architecture's doing.
 */
public final class ShuffledWeights implements ModelWeights {
  private final Ends ends;
  private final List<Layer> layers = new ArrayList<>();
  private final List<Tensor> held = new ArrayList<>();

  private ShuffledWeights(ModelWeights of, int count, long seed) {
    Ends own = of.ends();
    this.ends =
        new Ends(
            shuffled(own.embedding(), seed),
            own.positions() == null ? null : shuffled(own.positions(), seed + 1),
            own.embeddingNorm(),
            shuffled(own.projectIn(), seed + 2),
            own.finalNorm(),
            shuffled(own.projectOut(), seed + 3),
            // In the embedding's order, so that tied ones stay tied.
            new Linear(shuffled(own.unembedding().weight(), seed), own.unembedding().bias()));
    for (int number = 0; number < count; number++) {
      layers.add(shuffled(of.layer(number), seed + 10L * (number + 1)));
    }
  }

  /**
   * Shuffles a model's weights; empty for mixtures of experts, and for weights that are expanded a
   * layer at a time. Closing the copy leaves the model open.
   */
  public static Optional<Transformer> of(Transformer model, long seed) {
    if (model.weights().onDemand()
        || !(model.weights().layer(0).mlp() instanceof Dense)
        || !(model.weights().layer(model.config().layers() - 1).mlp() instanceof Dense)) {
      return Optional.empty();
    }
    return Optional.of(
        new Transformer(
            model.config(), new ShuffledWeights(model.weights(), model.config().layers(), seed)));
  }

  private Layer shuffled(Layer layer, long seed) {
    Attention attention = layer.attention();
    Dense mlp = (Dense) layer.mlp();
    return new Layer(
        layer.attentionNorm(),
        new Attention(
            linear(attention.query(), seed),
            linear(attention.key(), seed + 1),
            linear(attention.value(), seed + 2),
            linear(attention.output(), seed + 3),
            attention.queryNorm(),
            attention.keyNorm(),
            attention.sinks()),
        layer.attentionPostNorm(),
        layer.residMidNorm(),
        layer.mlpNorm(),
        new Dense(
            shuffled(mlp.gate(), seed + 4),
            linear(mlp.up(), seed + 5),
            linear(mlp.down(), seed + 6)),
        layer.mlpPostNorm(),
        layer.residPostNorm());
  }

  private @Nullable Linear shuffled(@Nullable Linear linear, long seed) {
    return linear == null ? null : linear(linear, seed);
  }

  private Linear linear(Linear linear, long seed) {
    return new Linear(shuffled(linear.weight(), seed), linear.bias());
  }

  private Tensor shuffled(Tensor matrix, long seed) {
    try (var _ = NativeScope.open()) {
      float[] values = matrix.contiguous().toFloats();
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = values.length - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        float value = values[i];
        values[i] = values[other];
        values[other] = value;
      }
      Tensor shuffled = Tensor.of(values, matrix.shape()).to(matrix.dtype()).copy().retain();
      held.add(shuffled);
      return shuffled;
    }
  }

  @Override
  public Ends ends() {
    return ends;
  }

  @Override
  public Layer layer(int layer) {
    return layers.get(layer);
  }

  @Override
  public void close() {
    held.forEach(Tensor::close);
    held.clear();
  }
}
