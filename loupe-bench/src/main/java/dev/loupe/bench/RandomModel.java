package dev.loupe.bench;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelConfig.AttentionShape;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** SmolLM2-135M's dimensions with random weights: as fast as the real one, and needs no file. */
final class RandomModel implements ModelWeights {
  static final int WIDTH = 576;
  static final int HEADS = 9;
  static final int KEY_VALUE_HEADS = 3;
  static final int HEAD_SIZE = 64;
  static final int MLP = 1536;
  static final int VOCABULARY = 49_152;
  static final int LAYERS = 30;

  private final SplittableRandom random = new SplittableRandom(1);
  private final List<Tensor> owned = new ArrayList<>();
  private final List<Layer> layers = new ArrayList<>();
  private final Ends ends;

  private RandomModel(DType dtype) {
    for (int layer = 0; layer < LAYERS; layer++) {
      layers.add(layer(dtype));
    }
    Tensor embedding = matrix(dtype, VOCABULARY, WIDTH);
    this.ends =
        new Ends(embedding, null, null, null, gain(dtype), null, new Linear(embedding, null));
  }

  /** A model that computes in the given type. */
  static Transformer transformer(DType dtype) {
    List<Double> frequencies =
        Arrays.stream(Rotary.plainFrequencies(HEAD_SIZE, 100_000)).boxed().toList();
    AttentionShape shape = new AttentionShape(0.125, 0, new Rotary(false, frequencies, 1));
    ModelConfig config =
        new ModelConfig(
            "llama",
            LAYERS,
            WIDTH,
            HEADS,
            KEY_VALUE_HEADS,
            HEAD_SIZE,
            MLP,
            VOCABULARY,
            8192,
            ModelConfig.Block.SEQUENTIAL,
            ModelConfig.Norm.RMS,
            1e-5,
            Activation.SILU,
            true,
            1,
            0,
            false,
            0,
            0,
            1,
            0,
            0,
            Collections.nCopies(LAYERS, shape),
            Map.of());
    return new Transformer(config, new RandomModel(dtype));
  }

  private Layer layer(DType dtype) {
    return new Layer(
        gain(dtype),
        new Attention(
            linear(dtype, HEADS * HEAD_SIZE, WIDTH),
            linear(dtype, KEY_VALUE_HEADS * HEAD_SIZE, WIDTH),
            linear(dtype, KEY_VALUE_HEADS * HEAD_SIZE, WIDTH),
            linear(dtype, WIDTH, HEADS * HEAD_SIZE),
            null,
            null),
        null,
        null,
        gain(dtype),
        new Dense(linear(dtype, MLP, WIDTH), linear(dtype, MLP, WIDTH), linear(dtype, WIDTH, MLP)),
        null,
        null);
  }

  private Linear linear(DType dtype, int out, int in) {
    return new Linear(matrix(dtype, out, in), null);
  }

  private Norm gain(DType dtype) {
    float[] ones = new float[WIDTH];
    Arrays.fill(ones, 1);
    return new Norm(owned(ones, dtype, WIDTH), null);
  }

  private Tensor matrix(DType dtype, int rows, int columns) {
    float[] values = new float[rows * columns];
    float spread = (float) Math.sqrt(3.0 / columns);
    for (int i = 0; i < values.length; i++) {
      values[i] = spread * (float) random.nextDouble(-1, 1);
    }
    return owned(values, dtype, rows, columns);
  }

  private Tensor owned(float[] values, DType dtype, long... shape) {
    try (var scope = NativeScope.open()) {
      Tensor tensor = scope.keep(Tensor.of(values, shape).to(dtype));
      owned.add(tensor);
      return tensor;
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
    owned.forEach(Tensor::close);
  }
}
