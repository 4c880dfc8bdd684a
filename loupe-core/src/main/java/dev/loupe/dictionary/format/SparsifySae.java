package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.TensorStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * EleutherAI's sparsify: {@code cfg.json} and {@code sae.safetensors}, always TopK; with {@code
 * signed}, which releases of 2024 wrote, by magnitude. The place is the folder's name, the module
 * whose output is read ({@code layers.3}, {@code h.3.mlp}); a transcoder reads that module's input.
 * Only SAEs subtract the output bias from what they read.
 */
final class SparsifySae extends LayerFolders {
  private static final Pattern MODULE =
      Pattern.compile(
          "(?:.*\\.)?(?:layers|h|blocks)\\.(\\d{1,4})(?:\\.(mlp|attn|self_attn|attention))?");

  @Override
  public String name() {
    return "sparsify";
  }

  @Override
  String weights() {
    return "sae.safetensors";
  }

  @Override
  boolean alwaysNests() {
    return true; // the folder's name is the place
  }

  @Override
  KnownKeys keys() {
    return FormatKeys.SPARSIFY;
  }

  @Override
  DictionaryLayer readLayer(Path folder, Settings config, Optional<Place> at, OpenFiles opened) {
    boolean transcodes = config.flag("transcode", false);
    String activation = config.text("activation").orElse("topk");
    int k = config.count("k", 0);
    if (!activation.equals("topk") || k == 0) {
      throw LoupeException.badInput(
          "%s: activation is %s with k = %d, which Loupe cannot read"
              .formatted(config.origin(), activation, k),
          "Choose a dictionary with TopK and a k of at least 1.");
    }
    Place place = at.or(() -> place(folder, transcodes)).orElseThrow(() -> noPlace(folder));
    TensorStore store = opened.safetensors(folder.resolve(weights()));
    return new DictionaryLayer(
        store.origin(),
        place.reads(),
        StoredRows.of(store.get("encoder.weight")),
        store.get("encoder.bias"),
        !transcodes,
        new Selection.TopK(k, config.flag("signed", false)),
        List.of(new DictionaryLayer.Write(place.writes(), StoredRows.of(store.get("W_dec")))),
        store.get("b_dec"),
        config.flag("skip_connection", store.find("W_skip").isPresent())
            ? Optional.of(store.get("W_skip"))
            : Optional.empty());
  }

  private static Optional<Place> place(Path folder, boolean transcodes) {
    Matcher module =
        MODULE.matcher(String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
    if (!module.matches()) {
      return Optional.empty();
    }
    int layer = Integer.parseInt(module.group(1));
    String part = Optional.ofNullable(module.group(2)).orElse("");
    if (transcodes) {
      return part.equals("mlp")
          ? Optional.of(Place.at(new Tap(Site.MLP_IN, layer)))
          : Optional.empty();
    }
    return Optional.of(
        Place.at(
            switch (part) {
              case "" -> new Tap(Site.RESID_POST, layer);
              case "mlp" -> new Tap(Site.MLP_OUT, layer);
              default -> new Tap(Site.ATTN_OUT, layer);
            }));
  }

  @Override
  public void requireExpressible(Dictionary dictionary) {
    requireOneTarget(dictionary);
    for (int layer : dictionary.layers()) {
      DictionaryLayer parts = dictionary.parts(layer);
      if (!(parts.selection() instanceof Selection.TopK)) {
        throw cannotSay(parts.selection().label());
      }
      folderName(parts);
    }
  }

  @Override
  String folderName(DictionaryLayer parts) {
    Tap target = parts.writes().getFirst().target();
    String module =
        switch (target.site()) {
          case RESID_POST -> "";
          case MLP_OUT -> ".mlp";
          case ATTN_OUT -> ".attn";
          default -> throw cannotSay("a dictionary at " + Place.name(target));
        };
    String name = "layers." + parts.layer() + module;
    boolean transcodes = !parts.reads().equals(target);
    if (!place(Path.of(name), transcodes).equals(Optional.of(new Place(parts.reads(), target)))) {
      throw cannotSay("a dictionary that reads " + Place.name(parts.reads()));
    }
    return name;
  }

  @Override
  void writeLayer(Dictionary dictionary, int layer, Path folder, ObjectNode config) {
    DictionaryLayer parts = dictionary.parts(layer);
    boolean transcodes = !parts.reads().equals(parts.writes().getFirst().target());
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .add(StoredParts.rows("encoder.weight", parts.encoder()))
            .add(StoredParts.encoderBias("encoder.bias", dictionary, layer, !transcodes))
            .add(StoredParts.rows("W_dec", parts.writes().getFirst().decoder()))
            .add(StoredParts.named("b_dec", parts.outputBias()));
    parts.skip().ifPresent(skip -> writer.add(StoredParts.named("W_skip", skip)));
    writer.write(folder.resolve(weights()));
    if (!(parts.selection() instanceof Selection.TopK(int k, boolean signed))) {
      throw cannotSay(parts.selection().label());
    }
    config.put("activation", "topk");
    config.put("expansion_factor", Math.max(1, parts.features() / parts.widthIn()));
    config.put("normalize_decoder", true);
    config.put("num_latents", parts.features());
    config.put("k", k);
    config.put("multi_topk", false);
    if (signed) {
      config.put("signed", true);
    }
    config.put("skip_connection", parts.skip().isPresent());
    config.put("transcode", transcodes);
    config.put("d_in", parts.widthIn());
    putModel(dictionary, config);
  }
}
