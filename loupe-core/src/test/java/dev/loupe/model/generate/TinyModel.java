package dev.loupe.model.generate;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelConfig.AttentionShape;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Models and a tokenizer small enough to be written down in a test. */
final class TinyModel {
  /** Byte tokens 0 to 255 and the end token. */
  static final int VOCABULARY = 257;

  static final int END = 256;

  private TinyModel() {}

  /**
   * A model without blocks whose logits depend on the last token alone: it says {@code text} byte
   * after byte and then the end token. No byte may occur twice in the text.
   */
  static Transformer saying(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] next = new int[VOCABULARY];
    Arrays.fill(next, END);
    for (int i = 0; i + 1 < bytes.length; i++) {
      next[bytes[i] & 0xff] = bytes[i + 1] & 0xff;
    }
    float[] unembedding = new float[VOCABULARY * VOCABULARY];
    for (int token = 0; token < VOCABULARY; token++) {
      unembedding[next[token] * VOCABULARY + token] = 20;
    }
    float[] identity = new float[VOCABULARY * VOCABULARY];
    for (int token = 0; token < VOCABULARY; token++) {
      identity[token * VOCABULARY + token] = 1;
    }
    ModelConfig config = config(0, VOCABULARY, 1, 1, 4, 64);
    return new Transformer(
        config,
        new Weights(
            new ModelWeights.Ends(
                matrix(identity, VOCABULARY, VOCABULARY),
                null,
                null,
                null,
                null,
                null,
                new ModelWeights.Linear(matrix(unembedding, VOCABULARY, VOCABULARY), null)),
            List.of()));
  }

  /** Two blocks of random weights: grouped heads, rotary, gated MLP, RMS norms. */
  static Transformer random(long seed) {
    int width = 24;
    int headSize = 8;
    int mlp = 40;
    Random random = new Random(seed);
    ModelConfig config = config(2, width, 4, 2, headSize, 64);
    List<ModelWeights.Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < 2; layer++) {
      layers.add(
          new ModelWeights.Layer(
              gain(width),
              new ModelWeights.Attention(
                  linear(random, 32, width),
                  linear(random, 16, width),
                  linear(random, 16, width),
                  linear(random, width, 32),
                  null,
                  null),
              null,
              null,
              gain(width),
              new ModelWeights.Dense(
                  linear(random, mlp, width),
                  linear(random, mlp, width),
                  linear(random, width, mlp)),
              null,
              null));
    }
    Tensor embedding = linear(random, VOCABULARY, width).weight();
    ModelWeights.Ends ends =
        new ModelWeights.Ends(
            embedding,
            null,
            null,
            null,
            gain(width),
            null,
            new ModelWeights.Linear(embedding, null));
    return new Transformer(config, new Weights(ends, layers));
  }

  /** Reads every byte as one token, 256 of them, and {@code <end>}. */
  static Tokenizer tokenizer() {
    List<String> pieces = new ArrayList<>();
    int extra = 0;
    for (int value = 0; value < 256; value++) {
      boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value != 0xAD);
      int character = printable ? value : 256 + extra++;
      String piece = Character.toString(character).replace("\\", "\\\\").replace("\"", "\\\"");
      pieces.add("\"%s\": %d".formatted(piece, value));
    }
    String vocabulary = pieces.stream().collect(Collectors.joining(", "));
    return Tokenizer.parse(
        """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 256, "content": "<end>", "single_word": false, "lstrip": false,
           "rstrip": false, "normalized": false, "special": true}],
         "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
           "use_regex": false},
         "post_processor": null,
         "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
           "use_regex": false},
         "model": {"type": "BPE", "dropout": null, "unk_token": null,
           "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
           "byte_fallback": false, "ignore_merges": false, "vocab": {%s}, "merges": []}}
        """
            .formatted(vocabulary),
        "bytes");
  }

  private static ModelConfig config(
      int layers, int width, int heads, int keyValueHeads, int headSize, int context) {
    List<Double> frequencies =
        Arrays.stream(Rotary.plainFrequencies(headSize, 10_000)).boxed().toList();
    AttentionShape shape =
        new AttentionShape(1 / Math.sqrt(headSize), 0, new Rotary(false, frequencies, 1));
    return new ModelConfig(
        "tiny",
        layers,
        width,
        heads,
        keyValueHeads,
        headSize,
        40,
        VOCABULARY,
        context,
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
        Collections.nCopies(layers, shape),
        java.util.Map.of());
  }

  private static ModelWeights.Norm gain(int width) {
    float[] ones = new float[width];
    Arrays.fill(ones, 1);
    return new ModelWeights.Norm(matrix(ones, width), null);
  }

  private static ModelWeights.Linear linear(Random random, int out, int in) {
    float[] values = new float[out * in];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(in));
    }
    return new ModelWeights.Linear(matrix(values, out, in), null);
  }

  private static Tensor matrix(float[] values, long... shape) {
    try (var scope = NativeScope.open()) {
      return scope.keep(Tensor.of(values, shape));
    }
  }

  private record Weights(ModelWeights.Ends ends, List<ModelWeights.Layer> layers)
      implements ModelWeights {
    @Override
    public Layer layer(int layer) {
      return layers.get(layer);
    }

    @Override
    public void close() {
      close(ends.embedding());
      if (ends.unembedding().weight() != ends.embedding()) {
        close(ends.unembedding().weight());
      }
    }

    private static void close(@Nullable Tensor tensor) {
      if (tensor != null) {
        tensor.close();
      }
    }
  }
}
