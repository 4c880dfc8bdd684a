package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryInfo;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Tap;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * circuit-tracer's cross-layer transcoders: {@code config.yaml}, and for each layer {@code
 * W_enc_{l}.safetensors} and {@code W_dec_{l}.safetensors}, whose {@code [n_features, n_layers - l,
 * d_model]} holds the direction into layer l + o at {@code [f, o]}.
 */
final class CircuitTracerClt implements DictionaryFormat {
  @Override
  public String name() {
    return "circuit-tracer-clt";
  }

  @Override
  public String files() {
    return "W_enc_0.safetensors with W_dec_0.safetensors";
  }

  @Override
  public boolean isIn(Path folder) {
    return !CircuitTracer.numbers(folder, "W_enc_").isEmpty();
  }

  @Override
  public Dictionary read(Path folder, Optional<Place> at, OpenFiles opened) {
    CircuitTracer.refusePlace(folder, at);
    Settings config = CircuitTracer.config(folder, "cross_layer_transcoder");
    int layers = CircuitTracer.layers(folder, "W_enc_");
    List<DictionaryLayer> parts = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      TensorStore encoder = opened.safetensors(folder.resolve("W_enc_" + layer + ".safetensors"));
      TensorStore decoder = opened.safetensors(folder.resolve("W_dec_" + layer + ".safetensors"));
      StoredTensor directions = decoder.get("W_dec_" + layer);
      List<Long> shape = directions.shape();
      if (shape.size() != 3 || shape.get(1) != layers - layer) {
        throw LoupeException.badInput(
            "%s: %s is %s but must have %d directions a feature, one for each layer from %d to %d"
                .formatted(
                    decoder.origin(), directions.name(), shape, layers - layer, layer, layers - 1),
            "The files do not belong together: download the dictionary again.");
      }
      List<DictionaryLayer.Write> writes = new ArrayList<>();
      for (int slot = 0; slot < layers - layer; slot++) {
        Tap target = CircuitTracer.output(config, layer + slot);
        writes.add(new DictionaryLayer.Write(target, StoredRows.slotOf(directions, slot)));
      }
      parts.add(
          new DictionaryLayer(
              encoder.origin(),
              CircuitTracer.input(config, layer),
              StoredRows.of(encoder.get("W_enc_" + layer)),
              encoder.get("b_enc_" + layer),
              false,
              CircuitTracer.selection(encoder.find("threshold_" + layer)),
              writes,
              encoder.get("b_dec_" + layer),
              Optional.empty()));
    }
    CircuitTracer.requireOneActivation(folder, parts);
    DictionaryInfo info = CircuitTracer.info(folder, config, name());
    return Dictionary.of(info, parts, opened.stores());
  }

  @Override
  public void requireExpressible(Dictionary dictionary) {
    CircuitTracer.requireExpressible(this, dictionary);
    for (int layer : dictionary.layers()) {
      if (dictionary.parts(layer).skip().isPresent()) {
        throw cannotSay("a skip matrix");
      }
    }
  }

  @Override
  public long bytes(Dictionary dictionary) {
    int layers = dictionary.layers().size();
    return IntStream.range(0, layers)
        .mapToObj(dictionary::parts)
        .mapToLong(part -> {
          long matrix = (long) part.features() * part.widthOut() * (layers - part.layer());
          long decoder = matrix * part.writes().getFirst().decoder().tensor().dtype().bytes();
          return decoder
              + part.encoder().tensor().bytes().byteSize()
              + part.encoderBias().bytes().byteSize()
              + part.outputBias().bytes().byteSize();
        })
        .sum();
  }

  @Override
  public void write(Dictionary dictionary, Path folder) throws IOException {
    int layers = dictionary.layers().size();
    for (int layer = 0; layer < layers; layer++) {
      try (var _ = NativeScope.open()) {
        DictionaryLayer parts = dictionary.parts(layer);
        SafetensorsWriter encoder =
            new SafetensorsWriter()
                .add(StoredParts.rows("W_enc_" + layer, parts.encoder()))
                .add(StoredParts.encoderBias("b_enc_" + layer, dictionary, layer, false))
                .add(StoredParts.named("b_dec_" + layer, parts.outputBias()));
        CircuitTracer.addThresholds(encoder, "threshold_" + layer, parts);
        encoder.write(folder.resolve("W_enc_" + layer + ".safetensors"));
        new SafetensorsWriter()
            .add(directions("W_dec_" + layer, parts, layers))
            .write(folder.resolve("W_dec_" + layer + ".safetensors"));
      }
    }
    CircuitTracer.writeConfig(dictionary, folder, "cross_layer_transcoder");
  }

  /** All directions of a layer; zeros into the layers that it does not write to. */
  private static StoredTensor directions(String name, DictionaryLayer parts, int layers) {
    StoredRows own = parts.writes().getFirst().decoder();
    int slots = layers - parts.layer();
    if (own.layout() == StoredRows.Layout.SLOTS && own.tensor().shape().get(1) == slots) {
      return StoredParts.named(name, own.tensor());
    }
    Tensor first = own.view();
    Tensor zeros = Tensor.zeros(first.dtype(), first.shape());
    List<Tensor> directions = new ArrayList<>();
    for (int layer = parts.layer(); layer < layers; layer++) {
      int target = layer;
      directions.add(
          parts.writes().stream()
              .filter(write -> write.target().layer() == target)
              .findFirst()
              .map(write -> write.decoder().view())
              .orElse(zeros));
    }
    return StoredParts.named(name, Tensor.stack(directions, 1));
  }
}
