package dev.loupe.cli.dictionary;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.Selection;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code loupe dictionary ... --json} writes, schema {@code loupe.dictionary/1}. */
public final class DictionaryJson {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private DictionaryJson() {}

  static String dictionary(Dictionary dictionary) {
    ObjectNode root = MAPPER.createObjectNode().put("schema", "loupe.dictionary/1");
    root.put("name", dictionary.info().name());
    root.put("kind", dictionary.kind().name().toLowerCase(Locale.ROOT));
    root.put("format", dictionary.info().format());
    dictionary.info().modelName().ifPresent(name -> root.put("modelName", name));
    dictionary.info().modelSha256().ifPresent(hash -> root.put("modelSha256", hash));
    root.put("bytes", dictionary.bytes());
    ArrayNode layers = root.putArray("layers");
    for (int layer : dictionary.layers()) {
      put(layers.addObject(), dictionary.parts(layer));
    }
    return text(root);
  }

  private static void put(ObjectNode node, DictionaryLayer parts) {
    node.put("layer", parts.layer());
    node.put("features", parts.features());
    node.put("reads", Place.name(parts.reads()));
    ArrayNode writes = node.putArray("writes");
    parts.writes().forEach(write -> writes.add(Place.name(write.target())));
    node.put("widthIn", parts.widthIn());
    node.put("widthOut", parts.widthOut());
    node.put("dtype", parts.encoder().tensor().dtype().name());
    node.put("centred", parts.centred());
    node.put("skip", parts.skip().isPresent());
    switch (parts.selection()) {
      case Selection.Relu _ -> node.put("activation", "relu");
      case Selection.JumpRelu _ -> node.put("activation", "jumprelu");
      case Selection.TopK(int k, boolean signed) ->
          node.put("activation", "topk").put("k", k).put("signed", signed);
      case Selection.BatchTopK(int k, double threshold) ->
          node.put("activation", "batchtopk").put("k", k).put("threshold", threshold);
    }
  }

  static String conversion(Dictionary from, String to, String format, long bytes, boolean written) {
    ObjectNode root = MAPPER.createObjectNode().put("schema", "loupe.dictionary/1");
    root.put("from", from.info().name());
    root.put("fromFormat", from.info().format());
    root.put("to", to);
    root.put("format", format);
    root.put("bytes", bytes);
    root.put("written", written);
    return text(root);
  }

  private static String text(ObjectNode root) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}
