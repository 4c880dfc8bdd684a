package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.file.Sha256;
import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** Tells a basis from any other without reading the whole of it. */
final class BasisFingerprint {
  /** Features of a layer whose directions enter the fingerprint. */
  private static final int FINGERPRINTED = 512;

  private BasisFingerprint() {}

  /**
   * SHA-256 of what makes the basis itself: places, sizes, the constants of all features and the
   * directions of a few hundred spread over each layer, which differ in any other dictionary. Never
   * reads the whole of a large one.
   */
  static String of(FeatureBasis basis) {
    Sha256 hash = new Sha256();
    for (int layer : basis.layers()) {
      add(hash, basis, layer);
    }
    return hash.hex();
  }

  private static void add(Sha256 hash, FeatureBasis basis, int layer) {
    int features = basis.features(layer);
    String shape =
        "%d %s %s %d "
            .formatted(
                layer,
                Place.name(basis.reads(layer)),
                basis.writes(layer).stream().map(Place::name).toList(),
                features);
    hash.add(shape);
    int[] all = IntStream.range(0, features).toArray();
    int step = Math.max(1, features / FINGERPRINTED);
    int[] some = IntStream.range(0, features).filter(feature -> feature % step == 0).toArray();
    try (var _ = NativeScope.open()) {
      add(hash, basis.encoderBiases(layer, all));
      add(hash, basis.thresholds(layer, all));
      add(hash, basis.encoderRows(layer, some));
      for (Tap target : basis.writes(layer)) {
        add(hash, basis.decoderRows(layer, target, some));
      }
    }
  }

  private static void add(Sha256 hash, Tensor values) {
    float[] floats = values.reshape(-1).toFloats();
    ByteBuffer bytes =
        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    hash.add(bytes);
  }
}
