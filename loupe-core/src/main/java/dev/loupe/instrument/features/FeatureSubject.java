package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Tap;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Whose features are looked at: a model in hand and a basis of it. Both stay the caller's to close.
 *
 * @param basisName what people call the basis, for example {@code neurons} or a folder
 * @param modelSha256 of the model's weights, asked for when it is needed
 */
public record FeatureSubject(
    LanguageModel model, FeatureBasis basis, String basisName, Supplier<String> modelSha256) {
  /** Features of a layer whose directions enter the fingerprint. */
  private static final int FINGERPRINTED = 512;

  /**
   * Keeps model and basis in place until it is closed.
   *
   * @throws LoupeException if one of them is closed
   */
  Lease lease() {
    return Lease.all(List.of(model::lease, basis::lease));
  }

  /**
   * A feature that the basis has.
   *
   * @throws LoupeException if there is no such layer or feature
   */
  FeatureId require(FeatureId id) {
    List<Integer> layers = basis.layers();
    if (!layers.contains(id.layer())) {
      throw LoupeException.badInput(
          "%s has no features of layer %d".formatted(basisName, id.layer()),
          "Choose a layer of: "
              + String.join(", ", layers.stream().map(String::valueOf).toList())
              + ".");
    }
    int features = basis.features(id.layer());
    if (id.feature() >= features) {
      throw LoupeException.badInput(
          "%s has no feature %s: layer %d ends with %d"
              .formatted(basisName, id, id.layer(), features - 1),
          "Choose a feature from 0 to %d.".formatted(features - 1));
    }
    return id;
  }

  /**
   * SHA-256 of what makes the basis itself: places, sizes, the constants of all features and the
   * directions of a few hundred spread over each layer, which differ in any other dictionary. Never
   * reads the whole of a large one.
   */
  String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int layer : basis.layers()) {
        fingerprint(layer, digest);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private void fingerprint(int layer, MessageDigest digest) {
    int features = basis.features(layer);
    String shape =
        "%d %s %s %d "
            .formatted(
                layer,
                Place.name(basis.reads(layer)),
                basis.writes(layer).stream().map(Place::name).toList(),
                features);
    digest.update(shape.getBytes(StandardCharsets.UTF_8));
    int[] all = IntStream.range(0, features).toArray();
    int step = Math.max(1, features / FINGERPRINTED);
    int[] some = IntStream.range(0, features).filter(feature -> feature % step == 0).toArray();
    try (var _ = NativeScope.open()) {
      update(digest, basis.encoderBiases(layer, all));
      update(digest, basis.thresholds(layer, all));
      update(digest, basis.encoderRows(layer, some));
      for (Tap target : basis.writes(layer)) {
        update(digest, basis.decoderRows(layer, target, some));
      }
    }
  }

  private static void update(MessageDigest digest, Tensor values) {
    float[] floats = values.reshape(-1).toFloats();
    ByteBuffer bytes =
        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    digest.update(bytes);
  }
}
