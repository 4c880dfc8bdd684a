package dev.loupe.encoder;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What the files beside a network say of it.
 *
 * @param mostTokens of a text, special tokens included: the least of what the files name
 * @param pooling of the tokens' vectors
 * @param labels of a classifier, by number
 */
record EncoderSettings(int mostTokens, Pooling pooling, Map<Integer, String> labels) {
  private static final long LARGEST_FILE = 16L << 20;
  private static final int USUAL = 512;
  private static final String AGAIN = "Fetch the model's files again, or choose another model.";

  /** Families whose first position comes after the padding token's number. */
  private static final Set<String> SHIFTED =
      Set.of("roberta", "xlm-roberta", "camembert", "mpnet", "xmod");

  /** What a sentence-transformers model may consist of; others change the vector. */
  private static final Set<String> MODULES = Set.of("Transformer", "Pooling", "Normalize");

  /** How the vectors of the tokens become one. */
  enum Pooling {
    /** The mean of all tokens. */
    MEAN,
    /** The first token's. */
    FIRST
  }

  static EncoderSettings read(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw LoupeException.badInput(
          folder + ": no such folder", "Give the folder of a model with its ONNX export.");
    }
    JsonNode config = json(folder.resolve("config.json"));
    int shift = SHIFTED.contains(config.path("model_type").asString("")) ? 2 : 0;
    int most = USUAL;
    boolean isNamed = false;
    for (long named :
        List.of(
            config.path("max_position_embeddings").asLong(0) - shift,
            json(folder.resolve("sentence_bert_config.json")).path("max_seq_length").asLong(0),
            json(folder.resolve("tokenizer_config.json")).path("model_max_length").asLong(0))) {
      if (named > 0 && named <= 1 << 20) {
        most = isNamed ? Math.min(most, (int) named) : (int) named;
        isNamed = true;
      }
    }
    return new EncoderSettings(most, pooling(folder), labels(folder, config));
  }

  private static Pooling pooling(Path folder) {
    for (JsonNode each : json(folder.resolve("modules.json"))) {
      String type = each.path("type").asString("");
      if (!MODULES.contains(type.substring(type.lastIndexOf('.') + 1))) {
        throw LoupeException.badInput(
            "%s has a module “%s”; what is followed is %s"
                .formatted(
                    folder.resolve("modules.json"), type, MODULES.stream().sorted().toList()),
            "Choose a model without it.");
      }
    }
    Path file = folder.resolve("1_Pooling").resolve("config.json");
    List<String> modes =
        json(file).properties().stream()
            .filter(each -> each.getKey().startsWith("pooling_mode_"))
            .filter(each -> each.getValue().asBoolean(false))
            .map(each -> each.getKey().substring("pooling_mode_".length()))
            .toList();
    if (modes.isEmpty() || modes.equals(List.of("mean_tokens"))) {
      return Pooling.MEAN;
    }
    if (modes.equals(List.of("cls_token"))) {
      return Pooling.FIRST;
    }
    throw LoupeException.badInput(
        "%s pools by %s; what is followed is mean_tokens or cls_token"
            .formatted(file, String.join(", ", modes)),
        "Choose a model that pools so.");
  }

  private static Map<Integer, String> labels(Path folder, JsonNode config) {
    Map<Integer, String> labels = new TreeMap<>();
    for (Map.Entry<String, JsonNode> each : config.path("id2label").properties()) {
      try {
        labels.put(Integer.parseInt(each.getKey()), each.getValue().asString(""));
      } catch (NumberFormatException e) {
        throw LoupeException.badInput(
            "%s names a label “%s” by something that is no number"
                .formatted(folder.resolve("config.json"), each.getKey()),
            AGAIN,
            e);
      }
    }
    return labels;
  }

  /** A file's JSON; an empty object where there is no file. */
  private static JsonNode json(Path file) {
    if (!Files.exists(file)) {
      return JsonText.mapper().createObjectNode();
    }
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw LoupeException.badInput(file + " is longer than 16 MiB", AGAIN);
      }
      return JsonText.read(file);
    } catch (JacksonException e) {
      throw LoupeException.badInput(file + " is not JSON: " + JsonText.why(e), AGAIN, e);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }
}
