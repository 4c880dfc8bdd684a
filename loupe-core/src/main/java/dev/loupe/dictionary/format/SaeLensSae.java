package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Tap;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * SAELens: {@code cfg.json} and {@code sae_weights.safetensors}, whose encoder is {@code [d_in,
 * n_features]}. The names of model and hooks are below {@code metadata} since version 6, before it
 * beside the rest.
 */
final class SaeLensSae extends LayerFolders {
  private static final Set<String> ACTIVATIONS = Set.of("relu", "topk");
  private static final Set<String> STANDARD = Set.of("standard", "transcoder", "skip_transcoder");
  private static final Set<String> JUMP_RELU =
      Set.of("jumprelu", "jumprelu_transcoder", "jumprelu_skip_transcoder");

  @Override
  public String name() {
    return "saelens";
  }

  @Override
  String weights() {
    return "sae_weights.safetensors";
  }

  @Override
  Settings model(Settings config) {
    return config.section("metadata").filter(data -> data.has(MODEL_NAME)).orElse(config);
  }

  @Override
  KnownKeys keys() {
    return FormatKeys.SAELENS;
  }

  @Override
  DictionaryLayer readLayer(Path folder, Settings config, Optional<Place> at, OpenFiles opened) {
    String architecture = config.text("architecture").orElse("standard");
    boolean transcodes = architecture.contains("transcoder");
    Place place = at.or(() -> place(config)).orElseThrow(() -> noPlace(folder));
    TensorStore store = opened.safetensors(folder.resolve(weights()));
    Selection selection = selection(architecture, config, store);
    boolean skips = architecture.contains("skip");
    requireOnes(store, "scaling_factor");
    return new DictionaryLayer(
        store.origin(),
        place.reads(),
        StoredRows.columnsOf(store.get("W_enc")),
        store.get("b_enc"),
        config.flag("apply_b_dec_to_input", !transcodes),
        selection,
        List.of(new DictionaryLayer.Write(place.writes(), StoredRows.of(store.get("W_dec")))),
        store.get("b_dec"),
        skips ? Optional.of(store.get("W_skip")) : Optional.empty());
  }

  @Override
  void checkKeys(String origin, JsonNode config) {
    super.checkKeys(origin, config);
    for (String section : List.of("metadata", "meta")) {
      FormatKeys.SAELENS_METADATA.check(origin + " " + section, config.path(section));
    }
  }

  @Override
  List<String> notes(Settings config) {
    return LoadedDifferently.notes(config);
  }

  /** Old files hold factors of the activations, which are 1 unless they were learned. */
  private static void requireOnes(TensorStore store, String name) {
    store
        .find(name)
        .ifPresent(factors -> {
          for (float factor : factors.toFloats()) {
            if (factor != 1) {
              throw LoupeException.badInput(
                  store.origin() + ": " + name + " holds factors other than 1",
                  "Multiply the rows of W_dec by it, take it out of the file, and open it again.");
            }
          }
        });
  }

  private static Optional<Place> place(Settings config) {
    Settings names =
        config.section("metadata").filter(data -> data.has("hook_name")).orElse(config);
    return names
        .text("hook_name")
        .map(hook -> {
          Tap reads = HookNames.tap(config.origin(), hook);
          return names
              .text("hook_name_out")
              .map(out -> new Place(reads, HookNames.tap(config.origin(), out)))
              .orElse(Place.at(reads));
        });
  }

  private static Selection selection(String architecture, Settings config, TensorStore store) {
    String activation =
        config.text("activation_fn").or(() -> config.text("activation_fn_str")).orElse("relu");
    if (!ACTIVATIONS.contains(activation)) {
      throw LoupeException.badInput(
          config.origin() + ": activation_fn is " + activation + ", which Loupe cannot read",
          "Choose a dictionary with ReLU, JumpReLU or TopK.");
    }
    if (JUMP_RELU.contains(architecture)) {
      StoredTensor thresholds =
          store
              .find("threshold")
              .orElseThrow(() ->
                  LoupeException.badInput(
                      store.origin() + ": has no tensor threshold, which JumpReLU needs",
                      "The file is incomplete: download the dictionary again."));
      return new Selection.JumpRelu(thresholds);
    }
    if (architecture.startsWith("topk")) {
      return topK(config, config);
    }
    if (!STANDARD.contains(architecture)) {
      throw LoupeException.badInput(
          config.origin() + ": architecture is " + architecture + ", which Loupe cannot read",
          "Choose a dictionary with ReLU, JumpReLU or TopK.");
    }
    return activation.equals("relu")
        ? new Selection.Relu()
        : topK(
            config,
            config
                .section("activation_fn_kwargs")
                .or(() -> config.section("activation_fn_params"))
                .orElse(config));
  }

  private static Selection topK(Settings config, Settings holder) {
    int k = holder.count("k", 0);
    if (k == 0) {
      throw LoupeException.badInput(
          config.origin() + ": does not give k, which TopK needs",
          "The file is incomplete: download the dictionary again.");
    }
    return new Selection.TopK(k);
  }

  @Override
  public void requireExpressible(Dictionary dictionary) {
    requireOneTarget(dictionary);
    for (int layer : dictionary.layers()) {
      DictionaryLayer parts = dictionary.parts(layer);
      boolean transcodes = transcodes(parts);
      if (parts.skip().isPresent() && !transcodes) {
        throw cannotSay("a skip matrix of an SAE");
      }
      if (parts.selection() instanceof Selection.TopK(int _, boolean signed) && signed) {
        throw cannotSay("TopK by magnitude");
      }
      if (parts.selection() instanceof Selection.TopK && transcodes) {
        throw cannotSay("a transcoder with TopK");
      }
      HookNames.name(parts.reads());
      HookNames.name(parts.writes().getFirst().target());
    }
  }

  private static boolean transcodes(DictionaryLayer parts) {
    return !parts.writes().getFirst().target().equals(parts.reads());
  }

  @Override
  String folderName(DictionaryLayer parts) {
    return HookNames.name(parts.reads());
  }

  @Override
  void writeLayer(Dictionary dictionary, int layer, Path folder, ObjectNode config) {
    DictionaryLayer parts = dictionary.parts(layer);
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .add(StoredParts.columns("W_enc", parts.encoder()))
            .add(StoredParts.rows("W_dec", parts.writes().getFirst().decoder()))
            .add(StoredParts.named("b_enc", parts.encoderBias()))
            .add(StoredParts.named("b_dec", parts.outputBias()));
    parts.skip().ifPresent(skip -> writer.add(StoredParts.named("W_skip", skip)));
    String kind =
        !transcodes(parts) ? "" : parts.skip().isPresent() ? "skip_transcoder" : "transcoder";
    String architecture =
        switch (parts.selection()) {
          case Selection.Relu _ -> kind.isEmpty() ? "standard" : kind;
          case Selection.TopK(int k, boolean _) -> {
            config.put("k", k);
            yield "topk";
          }
          case Selection.JumpRelu _, Selection.BatchTopK _ -> {
            StoredParts.thresholds("threshold", parts).ifPresent(writer::add);
            yield kind.isEmpty() ? "jumprelu" : "jumprelu_" + kind;
          }
        };
    writer.write(folder.resolve(weights()));
    config.put("architecture", architecture);
    config.put("d_in", parts.widthIn());
    config.put("d_sae", parts.features());
    if (!kind.isEmpty()) {
      config.put("d_out", parts.widthOut());
    }
    config.put("dtype", "float32");
    config.put("device", "cpu");
    config.put("apply_b_dec_to_input", parts.centred());
    config.put("normalize_activations", "none");
    config.put("reshape_activations", "none");
    if (architecture.equals("topk")) {
      // SAELens would otherwise assume that it must rescale.
      config.put("rescale_acts_by_decoder_norm", false);
    }
    ObjectNode metadata = config.putObject("metadata");
    metadata.put("hook_name", HookNames.name(parts.reads()));
    if (!kind.isEmpty()) {
      metadata.put("hook_name_out", HookNames.name(parts.writes().getFirst().target()));
    }
    putModel(dictionary, metadata);
  }
}
