package dev.loupe.dictionary;

import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Dictionaries of random numbers that fit a model of any family. */
public final class RandomBases {
  public static final int FEATURES = 24;

  private RandomBases() {}

  /** One of each sort: a cross-layer transcoder, transcoders with a skip matrix, autoencoders. */
  static List<Dictionary> some(Transformer model) {
    return List.of(
        crossing(model),
        everyLayer(model, Site.MLP_IN, Site.MLP_OUT, true),
        everyLayer(model, Site.RESID_POST, Site.RESID_POST, false));
  }

  private static Dictionary everyLayer(Transformer model, Site reads, Site writes, boolean skips) {
    return RandomDictionary.of(
        IntStream.range(0, model.config().layers())
            .mapToObj(layer -> layer(model, reads, writes, layer, skips))
            .toArray(DictionaryLayer[]::new));
  }

  /** A cross-layer transcoder of the whole model. */
  public static Dictionary crossing(Transformer model) {
    int layers = model.config().layers();
    int width = model.config().dModel();
    Site reads = model.has(Site.RESID_MID) ? Site.RESID_MID : Site.MLP_IN;
    DictionaryLayer[] parts = new DictionaryLayer[layers];
    for (int layer = 0; layer < layers; layer++) {
      RandomDictionary random = new RandomDictionary(layer, DType.F32);
      StoredTensor decoder = random.normal("W_dec", DType.F32, FEATURES, layers - layer, width);
      List<DictionaryLayer.Write> writes = new ArrayList<>();
      for (int slot = 0; slot < layers - layer; slot++) {
        writes.add(
            new DictionaryLayer.Write(
                new Tap(Site.MLP_OUT, layer + slot), StoredRows.slotOf(decoder, slot)));
      }
      parts[layer] =
          new DictionaryLayer(
              "random",
              new Tap(reads, layer),
              StoredRows.of(random.normal("W_enc", DType.F32, FEATURES, width)),
              random.normal("b_enc", DType.F32, FEATURES),
              false,
              new Selection.Relu(),
              writes,
              random.normal("b_dec", DType.F32, width),
              Optional.empty());
    }
    return RandomDictionary.of(parts);
  }

  /** A layer that reads and writes there; k = 5. */
  public static DictionaryLayer layer(
      Transformer model, Site reads, Site writes, int layer, boolean skips) {
    int width = model.config().dModel();
    RandomDictionary random = new RandomDictionary(100 + layer, DType.F32);
    return new DictionaryLayer(
        "random",
        new Tap(reads, layer),
        StoredRows.of(random.normal("W_enc", DType.F32, FEATURES, width)),
        random.normal("b_enc", DType.F32, FEATURES),
        reads == writes,
        new Selection.TopK(5),
        List.of(
            new DictionaryLayer.Write(
                new Place(new Tap(reads, layer), new Tap(writes, layer)).writes(),
                StoredRows.of(random.normal("W_dec", DType.F32, FEATURES, width)))),
        random.normal("b_dec", DType.F32, width),
        skips ? Optional.of(random.normal("W_skip", DType.F32, width, width)) : Optional.empty());
  }
}
