package dev.loupe.geometry;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One set of reference data. */
record GeometryReference(Path folder, JsonNode json, Safetensors file) implements AutoCloseable {
  static GeometryReference open(Path json) {
    String name = json.toString().replace(".json", ".safetensors");
    return new GeometryReference(
        Objects.requireNonNull(json.toAbsolutePath().getParent()),
        JsonMapper.shared().readTree(json.toFile()),
        Safetensors.open(Path.of(name)));
  }

  double[] values(String name) {
    StoredTensor stored = file.get(name);
    try (var _ = NativeScope.open()) {
      return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes()).toDoubles();
    }
  }

  double[][] matrix(String name) {
    double[] all = values(name);
    int width = Math.toIntExact(file.get(name).shape().getLast());
    return IntStream.range(0, all.length / width)
        .mapToObj(row -> Arrays.copyOfRange(all, row * width, (row + 1) * width))
        .toArray(double[][]::new);
  }

  int length() {
    return Math.toIntExact(file.get("tokens").shape().get(1));
  }

  ActivationTable table(String name) {
    return ActivationTable.dense(matrix("acts." + name), length());
  }

  /** Decoder rows of a dictionary that the settings name, in float64. */
  Tensor decoder(JsonNode name) {
    try (Dictionary dictionary =
            DictionaryFiles.open(folder.resolve(name.asString()), Optional.empty())
                .computingIn(DType.F64);
        var scope = NativeScope.open()) {
      int layer = dictionary.layers().getFirst();
      return scope.keep(
          dictionary
              .decoderRows(
                  layer,
                  dictionary.writes(layer).getFirst(),
                  IntStream.range(0, dictionary.features(layer)).toArray())
              .copy());
    }
  }

  /** What a dictionary does on all tokens. */
  ActivationTable encoded(JsonNode name) {
    try (Dictionary dictionary =
            DictionaryFiles.open(folder.resolve(name.asString()), Optional.empty())
                .computingIn(DType.F64);
        Transformer model = model();
        var _ = NativeScope.open()) {
      int layer = dictionary.layers().getFirst();
      double[][] all = {};
      double[][][] into = {all};
      Hooks hooks =
          Hooks.observe(
              dictionary.reads(layer),
              read -> {
                var active = dictionary.encode(layer, read.reshape(-1, read.size(-1)));
                double[] dense = active.dense(DType.F64).toDoubles();
                int width = dictionary.features(layer);
                into[0] =
                    IntStream.range(0, dense.length / width)
                        .mapToObj(i -> Arrays.copyOfRange(dense, i * width, (i + 1) * width))
                        .toArray(double[][]::new);
              });
      model.hidden(tokens(), hooks, null);
      return ActivationTable.dense(into[0], length());
    }
  }

  TokenBatch tokens() {
    return TokenBatch.of(
        Stream.of(matrix("tokens"))
            .map(row -> Arrays.stream(row).mapToInt(id -> (int) id).toArray())
            .toArray(int[][]::new));
  }

  Transformer model() {
    return ModelLoader.transformer(
        folder.resolve("models").resolve(json.path("model").asString()), LoadOptions.of(DType.F64));
  }

  @Override
  public void close() {
    file.close();
  }
}
