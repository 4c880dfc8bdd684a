package dev.loupe.encoder;

import dev.loupe.encoder.EncoderSettings.Pooling;
import dev.loupe.encoder.OnnxModel.Values;
import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Sentence embeddings: the vectors of a text's tokens, pooled as the model's files say (their mean
 * where they say nothing) and divided by the length of the result.
 */
public final class EmbeddingModel implements AutoCloseable {
  private final String name;
  private final OnnxModel model;

  private EmbeddingModel(String name, OnnxModel model) {
    this.name = name;
    this.model = model;
  }

  /**
   * Opens a folder with {@code model.onnx} (or {@code onnx/model.onnx}) and {@code tokenizer.json}.
   *
   * @throws LoupeException if a file is missing or is not what it should be
   */
  public static EmbeddingModel open(Path folder) {
    EncoderSettings settings = EncoderSettings.read(folder);
    return new EmbeddingModel(
        String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
        OnnxModel.open(folder, settings, List.of("last_hidden_state", "token_embeddings"), 3));
  }

  /** The folder's name. */
  public String name() {
    return name;
  }

  /** What was cut since it was too long, in one line for people; empty where nothing was. */
  public Optional<String> caveat() {
    return model.caveat(name);
  }

  /** The vector of a text, of length 1; all zeros if the network gives a vector of length 0. */
  public double[] embed(String text) {
    Values values = model.of(text, Optional.empty());
    int tokens = values.shape()[1];
    int width = values.shape()[2];
    if (values.shape()[0] != 1 || tokens == 0 || values.values().length != tokens * width) {
      throw LoupeException.badInput(
          "%s gives lengths %s for one text"
              .formatted(model.file(), Arrays.toString(values.shape())),
          "Choose an export whose output is [texts, tokens, width].");
    }
    int pooled = model.settings().pooling() == Pooling.FIRST ? 1 : tokens;
    double[] vector = new double[width];
    for (int token = 0; token < pooled; token++) {
      for (int i = 0; i < width; i++) {
        vector[i] += values.values()[token * width + i];
      }
    }
    double length = Math.sqrt(product(vector, vector));
    for (int i = 0; i < width && length > 0; i++) {
      vector[i] /= length;
    }
    return vector;
  }

  /** Cosine of the vectors of two texts, −1 to 1. */
  public double similarity(String a, String b) {
    return product(embed(a), embed(b));
  }

  /** Inner product: of two embeddings their cosine. */
  public static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Override
  public void close() {
    model.close();
  }
}
