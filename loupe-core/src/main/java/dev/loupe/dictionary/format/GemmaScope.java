package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.model.Tap;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gemma Scope: {@code params.npz} with an encoder {@code [d_in, n_features]}, always JumpReLU. The
 * published files do not give the site, so it must be given; those that Loupe writes have a {@code
 * cfg.json} beside them that does.
 */
final class GemmaScope extends LayerFolders {
  private static final String READS = "reads";
  private static final String WRITES = "writes";

  @Override
  public String name() {
    return "gemma-scope";
  }

  @Override
  String weights() {
    return "params.npz";
  }

  @Override
  public String files() {
    return weights();
  }

  @Override
  Settings config(Path folder) {
    return Files.exists(folder.resolve(CONFIG))
        ? super.config(folder)
        : new Settings(folder.toString(), JsonMapper.shared().createObjectNode());
  }

  @Override
  KnownKeys keys() {
    return FormatKeys.GEMMA_SCOPE;
  }

  @Override
  DictionaryLayer readLayer(Path folder, Settings config, Optional<Place> at, OpenFiles opened) {
    Place place = at.or(() -> place(config)).orElseThrow(() -> noPlace(folder));
    TensorStore store = opened.add(Npz.open(folder.resolve(weights())));
    return new DictionaryLayer(
        store.origin(),
        place.reads(),
        StoredRows.columnsOf(store.get("W_enc")),
        store.get("b_enc"),
        false,
        new Selection.JumpRelu(store.get("threshold")),
        List.of(new DictionaryLayer.Write(place.writes(), StoredRows.of(store.get("W_dec")))),
        store.get("b_dec"),
        store.find("W_skip"));
  }

  private static Optional<Place> place(Settings config) {
    return config
        .text(READS)
        .map(reads -> Place.parse(reads + ":" + config.text(WRITES).orElse(reads)));
  }

  @Override
  public void requireExpressible(Dictionary dictionary) {
    requireOneTarget(dictionary);
    for (int layer : dictionary.layers()) {
      if (dictionary.parts(layer).selection() instanceof Selection.TopK) {
        throw cannotSay("TopK");
      }
    }
  }

  @Override
  public long bytes(Dictionary dictionary) {
    return dictionary.layers().stream()
        .flatMap(layer -> dictionary.parts(layer).tensors().stream())
        .mapToLong(NpzWriter::bytes)
        .sum();
  }

  @Override
  String folderName(DictionaryLayer parts) {
    return "layer_" + parts.layer();
  }

  @Override
  void writeLayer(Dictionary dictionary, int layer, Path folder, ObjectNode config)
      throws IOException {
    DictionaryLayer parts = dictionary.parts(layer);
    Tap target = parts.writes().getFirst().target();
    Stream<StoredTensor> tensors =
        Stream.of(
            StoredParts.columns("W_enc", parts.encoder()),
            StoredParts.rows("W_dec", parts.writes().getFirst().decoder()),
            StoredParts.encoderBias("b_enc", dictionary, layer, false),
            StoredParts.named("b_dec", parts.outputBias()),
            StoredParts.thresholds("threshold", parts).orElseThrow());
    Stream<StoredTensor> skip =
        parts.skip().map(matrix -> StoredParts.named("W_skip", matrix)).stream();
    NpzWriter.write(folder.resolve(weights()), Stream.concat(tensors, skip).toList());
    config.put(READS, Place.name(parts.reads()));
    config.put(WRITES, Place.name(target));
    putModel(dictionary, config);
  }
}
