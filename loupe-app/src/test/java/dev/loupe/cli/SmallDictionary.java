package dev.loupe.cli;

import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * A transcoder of random numbers for the model of {@link StartupModel}, in circuit-tracer's files.
 */
public final class SmallDictionary {
  public static final int FEATURES = 24;
  public static final int WIDTH = 64;
  public static final int LAYERS = 2;

  private SmallDictionary() {}

  public static Path write(Path folder, String modelName) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        model_kind: transcoder_set
        model_name: %s
        feature_input_hook: mlp.hook_in
        feature_output_hook: mlp.hook_out
        """
            .formatted(modelName));
    for (int layer = 0; layer < LAYERS; layer++) {
      writeLayer(folder, layer, WIDTH, layer);
    }
    return folder;
  }

  /** One layer; a seed below 0 puts a value that is no number into the decoder. */
  public static void writeLayer(Path folder, int layer, int width, long seed) {
    Random random = new Random(seed);
    float[] decoder = values(random, FEATURES * width, 0.05);
    if (seed < 0) {
      Arrays.fill(decoder, Float.NaN);
    }
    new SafetensorsWriter()
        .add("W_enc", values(random, FEATURES * width, 0.3), FEATURES, width)
        .add("W_dec", decoder, FEATURES, width)
        .add("b_enc", values(random, FEATURES, 0.3), FEATURES)
        .add("b_dec", values(random, width, 0.05), width)
        .write(folder.resolve("layer_" + layer + ".safetensors"));
  }

  private static float[] values(Random random, int count, double spread) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (spread * random.nextGaussian());
    }
    return values;
  }
}
