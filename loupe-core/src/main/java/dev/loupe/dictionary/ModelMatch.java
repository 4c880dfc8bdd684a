package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Whether a dictionary was made for a model. */
public final class ModelMatch {
  private static final String REMEDY = "Choose a dictionary that was trained on this model.";

  private final Dictionary dictionary;
  private final String modelName;
  private final Transformer model;

  private ModelMatch(Dictionary dictionary, String modelName, Transformer model) {
    this.dictionary = dictionary;
    this.modelName = modelName;
    this.model = model;
  }

  /**
   * Compares layers, widths and sites, then the recorded hash, or without one the recorded name.
   *
   * @param modelName the name under which the model was asked for
   * @param modelSha256 asked only when the dictionary records a hash
   * @param anyName whether another name is fine, as for a copy of the model
   * @throws LoupeException if something differs, naming both sides
   */
  public static void require(
      Dictionary dictionary,
      String modelName,
      Transformer model,
      Supplier<String> modelSha256,
      boolean anyName) {
    ModelMatch match = new ModelMatch(dictionary, modelName, model);
    match.requireLayers();
    for (int layer : dictionary.layers()) {
      match.requirePlaces(dictionary.parts(layer));
    }
    Optional<String> recorded = dictionary.info().modelSha256();
    if (recorded.isPresent()) {
      match.requireHash(recorded.get(), modelSha256.get());
    } else if (!anyName) {
      match.requireName();
    }
  }

  private void requireLayers() {
    int layers = model.config().layers();
    int last = dictionary.layers().getLast();
    if (last >= layers) {
      throw differs(
          "has features of layer %d but %s has %d layers".formatted(last, modelName, layers));
    }
    if (dictionary.kind() == Dictionary.Kind.CROSS_LAYER_TRANSCODER) {
      IntStream.range(0, layers)
          .filter(layer -> !dictionary.layers().contains(layer))
          .findFirst()
          .ifPresent(layer -> {
            throw differs(
                "has no layer %d but %s has %d layers".formatted(layer, modelName, layers));
          });
    }
  }

  private void requirePlaces(DictionaryLayer parts) {
    requirePlace(parts.reads(), "reads", parts.widthIn());
    parts.writes().forEach(write -> requirePlace(write.target(), "writes", parts.widthOut()));
  }

  private void requirePlace(Tap tap, String verb, int width) {
    if (tap.layer() >= model.config().layers() || !model.has(tap.site())) {
      throw differs("%s %s, which %s does not have".formatted(verb, Place.name(tap), modelName));
    }
    int wanted = model.config().dModel();
    if (width != wanted) {
      throw differs(
          String.format(
              Locale.ROOT,
              "%s %s in width %,d but %s has d_model %,d",
              verb,
              Place.name(tap),
              width,
              modelName,
              wanted));
    }
  }

  private void requireHash(String recorded, String actual) {
    if (!recorded.equalsIgnoreCase(actual)) {
      throw differs(
          "was trained on weights %s but %s has %s".formatted(recorded, modelName, actual));
    }
  }

  private void requireName() {
    Optional<String> recorded = dictionary.info().modelName();
    if (recorded.isPresent() && !plain(recorded.get()).equals(plain(modelName))) {
      throw LoupeException.badInput(
          "%s was trained on %s, not on %s"
              .formatted(dictionary.info().name(), recorded.get(), modelName),
          "If they are the same model under two names, say so; otherwise choose another dictionary.");
    }
  }

  /** The last part of a name, as TransformerLens and the hub would both write it. */
  private static String plain(String name) {
    String last = name.replaceAll("[/\\\\]+$", "").replaceFirst(".*[/\\\\]", "");
    String plain = last.toLowerCase(Locale.ROOT).replace('_', '-');
    return plain.equals("gpt2-small") ? "gpt2" : plain;
  }

  private LoupeException differs(String what) {
    String trainedOn =
        dictionary.info().modelName().map(name -> " (trained on " + name + ")").orElse("");
    return LoupeException.badInput(dictionary.info().name() + trainedOn + " " + what, REMEDY);
  }
}
