package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * circuit-tracer's per-layer transcoders: {@code config.yaml} and {@code layer_{l}.safetensors} for
 * each layer. A skip matrix is output by input.
 */
final class CircuitTracerTranscoders implements DictionaryFormat {
  private static final String PREFIX = "layer_";
  private static final String THRESHOLD = "activation_function.threshold";

  @Override
  public String name() {
    return "circuit-tracer-plt";
  }

  @Override
  public String files() {
    return "layer_0.safetensors with config.yaml";
  }

  @Override
  public boolean isIn(Path folder) {
    return !CircuitTracer.numbers(folder, PREFIX).isEmpty();
  }

  @Override
  public Dictionary read(Path folder, Optional<Place> at, OpenFiles opened) {
    CircuitTracer.refusePlace(folder, at);
    Settings config = CircuitTracer.config(folder, "transcoder_set");
    int layers = CircuitTracer.layers(folder, PREFIX);
    List<DictionaryLayer> parts = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      TensorStore store = opened.safetensors(folder.resolve(PREFIX + layer + ".safetensors"));
      parts.add(
          new DictionaryLayer(
              store.origin(),
              CircuitTracer.input(config, layer),
              StoredRows.of(store.get("W_enc")),
              store.get("b_enc"),
              false,
              CircuitTracer.selection(store.find(THRESHOLD).or(() -> store.find("threshold"))),
              List.of(
                  new DictionaryLayer.Write(
                      CircuitTracer.output(config, layer), StoredRows.of(store.get("W_dec")))),
              store.get("b_dec"),
              store.find("W_skip")));
    }
    CircuitTracer.requireOneActivation(folder, parts);
    return Dictionary.of(CircuitTracer.info(folder, config, name()), parts, opened.stores());
  }

  @Override
  public void requireExpressible(Dictionary dictionary) {
    CircuitTracer.requireExpressible(this, dictionary);
    if (dictionary.kind() == Dictionary.Kind.CROSS_LAYER_TRANSCODER) {
      throw cannotSay("features that write to several layers");
    }
  }

  @Override
  public void write(Dictionary dictionary, Path folder) throws IOException {
    for (int layer : dictionary.layers()) {
      try (var _ = NativeScope.open()) {
        DictionaryLayer parts = dictionary.parts(layer);
        SafetensorsWriter writer =
            new SafetensorsWriter()
                .add(StoredParts.rows("W_enc", parts.encoder()))
                .add(StoredParts.rows("W_dec", parts.writes().getFirst().decoder()))
                .add(StoredParts.encoderBias("b_enc", dictionary, layer, false))
                .add(StoredParts.named("b_dec", parts.outputBias()));
        CircuitTracer.addThresholds(writer, THRESHOLD, parts);
        parts.skip().ifPresent(skip -> writer.add(StoredParts.named("W_skip", skip)));
        writer.write(folder.resolve(PREFIX + layer + ".safetensors"));
      }
    }
    CircuitTracer.writeConfig(dictionary, folder, "transcoder_set");
  }
}
