package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@link Parameters} as the weights of a {@link Transformer}, and back. */
final class TrainedNetwork implements ModelWeights {
  private final List<Tensor> views = new ArrayList<>();
  private final Ends ends;
  private final List<Layer> layers = new ArrayList<>();

  private TrainedNetwork(Parameters weights) {
    try (var _ = NativeScope.open()) {
      Tensor embedding = weights.of(Weight.EMBEDDING);
      ends =
          new Ends(
              embedding,
              weights.of(Weight.POSITIONS),
              null,
              null,
              norm(weights, 0, Weight.FINAL_NORM_GAIN, Weight.FINAL_NORM_BIAS),
              null,
              new Linear(embedding, null));
      for (int layer = 0; layer < weights.shape().layers(); layer++) {
        layers.add(layer(weights, layer));
      }
    }
  }

  /** The network that these weights make, while they live; closing it leaves them. */
  static Transformer of(Parameters weights) {
    return new Transformer(config(weights.shape()), new TrainedNetwork(weights));
  }

  private Layer layer(Parameters weights, int layer) {
    long width = weights.shape().width();
    Tensor fused = view(weights.of(Weight.QUERY_KEY_VALUE, layer).transpose(0, 1));
    Tensor fusedBias = weights.of(Weight.QUERY_KEY_VALUE_BIAS, layer);
    List<Linear> maps = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      maps.add(
          new Linear(
              view(fused.slice(0, part * width, (part + 1) * width)),
              view(fusedBias.slice(0, part * width, (part + 1) * width))));
    }
    return new Layer(
        norm(weights, layer, Weight.ATTENTION_NORM_GAIN, Weight.ATTENTION_NORM_BIAS),
        new Attention(
            maps.get(0),
            maps.get(1),
            maps.get(2),
            linear(weights, layer, Weight.ATTENTION_OUT, Weight.ATTENTION_OUT_BIAS),
            null,
            null),
        null,
        null,
        norm(weights, layer, Weight.MLP_NORM_GAIN, Weight.MLP_NORM_BIAS),
        new Dense(
            null,
            linear(weights, layer, Weight.MLP_UP, Weight.MLP_UP_BIAS),
            linear(weights, layer, Weight.MLP_DOWN, Weight.MLP_DOWN_BIAS)),
        null,
        null);
  }

  private static Norm norm(Parameters weights, int layer, Weight gain, Weight bias) {
    return new Norm(weights.of(gain, layer), weights.of(bias, layer));
  }

  private Linear linear(Parameters weights, int layer, Weight weight, Weight bias) {
    return new Linear(view(weights.of(weight, layer).transpose(0, 1)), weights.of(bias, layer));
  }

  private Tensor view(Tensor tensor) {
    views.add(tensor.retain());
    return tensor;
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
    views.forEach(Tensor::close);
    views.clear();
  }

  static ModelConfig config(ModelShape shape) {
    var attention = new ModelConfig.AttentionShape(1 / Math.sqrt(shape.headSize()), 0, null);
    return new ModelConfig(
        "gpt2",
        shape.layers(),
        shape.width(),
        shape.heads(),
        shape.heads(),
        shape.headSize(),
        shape.mlpWidth(),
        shape.vocabulary(),
        shape.context(),
        ModelConfig.Block.SEQUENTIAL,
        ModelConfig.Norm.LAYER,
        ModelShape.NORM_EPSILON,
        Activation.GELU_TANH,
        false,
        1,
        0,
        false,
        0,
        0,
        1,
        0,
        0,
        Collections.nCopies(shape.layers(), attention),
        Map.of());
  }

  /**
   * The shape of a loaded model.
   *
   * @throws LoupeException if it is another network than {@link BackPropagation} computes
   */
  static ModelShape shape(Transformer model, Path location) {
    return find(model)
        .orElseThrow(() ->
            LoupeException.badInput(
                location + ": is not a GPT-2 network with tied embeddings",
                "Loupe trains GPT-2 networks only, such as those that it wrote."));
  }

  /** The shape of a loaded model, if {@link BackPropagation} computes it. */
  static Optional<ModelShape> find(Transformer model) {
    ModelConfig config = model.config();
    Ends ends = model.weights().ends();
    if (!config.family().equals("gpt2") || ends.unembedding().weight() != ends.embedding()) {
      return Optional.empty();
    }
    ModelShape shape =
        new ModelShape(
            config.layers(),
            config.dModel(),
            config.heads(),
            config.context(),
            config.vocabulary(),
            config.dMlp());
    return config.equals(config(shape)) ? Optional.of(shape) : Optional.empty();
  }

  /** Copies a loaded GPT-2 model. */
  static void fill(Parameters weights, Transformer model) {
    try (var _ = NativeScope.open()) {
      Ends ends = model.weights().ends();
      weights.of(Weight.EMBEDDING).copyInPlace(ends.embedding());
      weights.of(Weight.POSITIONS).copyInPlace(Objects.requireNonNull(ends.positions()));
      fill(weights, 0, ends.finalNorm(), Weight.FINAL_NORM_GAIN, Weight.FINAL_NORM_BIAS);
      for (int layer = 0; layer < weights.shape().layers(); layer++) {
        fill(weights, layer, model.weights().layer(layer));
      }
    }
  }

  private static void fill(Parameters weights, int layer, Layer source) {
    Attention attention = source.attention();
    Linear[] maps = {attention.query(), attention.key(), attention.value()};
    long width = weights.shape().width();
    for (int part = 0; part < maps.length; part++) {
      long from = part * width;
      weights
          .of(Weight.QUERY_KEY_VALUE, layer)
          .slice(1, from, from + width)
          .copyInPlace(maps[part].weight().transpose(0, 1));
      weights
          .of(Weight.QUERY_KEY_VALUE_BIAS, layer)
          .slice(0, from, from + width)
          .copyInPlace(Objects.requireNonNull(maps[part].bias()));
    }
    fill(weights, layer, attention.output(), Weight.ATTENTION_OUT, Weight.ATTENTION_OUT_BIAS);
    if (!(source.mlp() instanceof Dense mlp)) {
      throw new IllegalStateException("GPT-2 has no mixtures of experts");
    }
    fill(weights, layer, mlp.up(), Weight.MLP_UP, Weight.MLP_UP_BIAS);
    fill(weights, layer, mlp.down(), Weight.MLP_DOWN, Weight.MLP_DOWN_BIAS);
    fill(
        weights,
        layer,
        source.attentionNorm(),
        Weight.ATTENTION_NORM_GAIN,
        Weight.ATTENTION_NORM_BIAS);
    fill(weights, layer, source.mlpNorm(), Weight.MLP_NORM_GAIN, Weight.MLP_NORM_BIAS);
  }

  private static void fill(
      Parameters weights, int layer, Linear source, Weight weight, Weight bias) {
    weights.of(weight, layer).copyInPlace(source.weight().transpose(0, 1));
    weights.of(bias, layer).copyInPlace(Objects.requireNonNull(source.bias()));
  }

  private static void fill(
      Parameters weights, int layer, @Nullable Norm source, Weight gain, Weight bias) {
    Norm norm = Objects.requireNonNull(source);
    weights.of(gain, layer).copyInPlace(norm.gain());
    weights.of(bias, layer).copyInPlace(Objects.requireNonNull(norm.bias()));
  }
}
