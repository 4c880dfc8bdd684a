package dev.loupe.encoder;

import dev.loupe.encoder.OnnxModel.Values;
import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Natural language inference: does one text follow from another, contradict it, or neither? */
public final class EntailmentModel implements AutoCloseable {
  private static final List<String> LABELS = List.of("entailment", "contradiction", "neutral");

  private final String name;
  private final OnnxModel model;
  private final int[] places;

  /**
   * Probabilities, adding up to 1.
   *
   * @param entailed that the second text follows from the first
   * @param contradicted that it contradicts it
   * @param neutral that it does neither
   */
  public record Inference(double entailed, double contradicted, double neutral) {}

  private EntailmentModel(String name, OnnxModel model, int[] places) {
    this.name = name;
    this.model = model;
    this.places = places;
  }

  /**
   * Opens a folder with {@code model.onnx} (or {@code onnx/model.onnx}), {@code tokenizer.json},
   * and a {@code config.json} whose {@code id2label} names entailment, contradiction and neutral.
   *
   * @throws LoupeException if a file is missing or is not what it should be
   */
  public static EntailmentModel open(Path folder) {
    EncoderSettings settings = EncoderSettings.read(folder);
    int[] places = LABELS.stream().mapToInt(label -> place(folder, settings, label)).toArray();
    return new EntailmentModel(
        String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
        OnnxModel.open(folder, settings, List.of("logits"), 2),
        places);
  }

  private static int place(Path folder, EncoderSettings settings, String label) {
    List<Integer> named =
        settings.labels().entrySet().stream()
            .filter(each -> each.getValue().toLowerCase(Locale.ROOT).equals(label))
            .map(Map.Entry::getKey)
            .toList();
    if (named.size() != 1 || !settings.labels().keySet().equals(Set.of(0, 1, 2))) {
      throw LoupeException.badInput(
          "%s names the labels %s; an entailment model has %s"
              .formatted(
                  folder.resolve("config.json"), settings.labels(), String.join(", ", LABELS)),
          "Choose a model of natural language inference with these three (id2label).");
    }
    return named.getFirst();
  }

  /** The folder's name. */
  public String name() {
    return name;
  }

  /** What was cut since it was too long, in one line for people; empty where nothing was. */
  public Optional<String> caveat() {
    return model.caveat(name);
  }

  /** What follows for a text from another. */
  public Inference infer(String premise, String hypothesis) {
    Values values = model.of(premise, Optional.of(hypothesis));
    float[] logits = values.values();
    if (logits.length != LABELS.size()) {
      throw LoupeException.badInput(
          "%s gives %d numbers for a pair of texts, and config.json names %d labels"
              .formatted(model.file(), logits.length, LABELS.size()),
          "Choose an export that belongs to the config.json.");
    }
    double most = Math.max(logits[0], Math.max(logits[1], logits[2]));
    double[] exponents =
        Arrays.stream(places).mapToDouble(place -> Math.exp(logits[place] - most)).toArray();
    double sum = Arrays.stream(exponents).sum();
    return new Inference(exponents[0] / sum, exponents[1] / sum, exponents[2] / sum);
  }

  /**
   * The probability that two texts contradict each other: the larger one of both directions, since
   * contradiction has none.
   */
  public double contradiction(String a, String b) {
    return Math.max(infer(a, b).contradicted(), infer(b, a).contradicted());
  }

  @Override
  public void close() {
    model.close();
  }
}
