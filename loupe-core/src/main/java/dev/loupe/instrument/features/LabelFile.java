package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.report.ReportFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The labels of an index, in {@code labels.json} beside it: {@code {"LAYER/FEATURE": {...}}}. */
final class LabelFile {
  private static final long LARGEST = 256L << 20;

  private final Path file;
  private final SortedMap<FeatureId, Label> labels =
      new TreeMap<>(Comparator.comparingInt(FeatureId::layer).thenComparingInt(FeatureId::feature));

  private LabelFile(Path file) {
    this.file = file;
  }

  /**
   * The labels of an index; none where nothing was labelled yet.
   *
   * @throws LoupeException if the file is damaged
   */
  public static LabelFile of(FeatureStore store) {
    LabelFile labels = new LabelFile(store.folder().resolve(FeatureStore.LABELS));
    if (Files.exists(labels.file)) {
      labels.read();
    }
    return labels;
  }

  /** The words of all labels. */
  Map<FeatureId, String> words() {
    Map<FeatureId, String> words = new HashMap<>();
    labels.forEach((id, label) -> words.put(id, label.text()));
    return words;
  }

  /** The label of a feature, if it has one. */
  public Optional<Label> of(FeatureId id) {
    return Optional.ofNullable(labels.get(id));
  }

  /**
   * Adds a label, or replaces the one there, and writes the file.
   *
   * @throws LoupeException if the disk refuses
   */
  public void put(FeatureId id, Label label) {
    labels.put(id, label);
    ObjectNode root = JsonMapper.shared().createObjectNode();
    labels.forEach((feature, each) -> write(root.putObject(feature.toString()), each));
    String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root);
    ReportFile.write(file, writer -> writer.write(text + "\n"));
  }

  /** Writes a label into an open object. */
  static void write(ObjectNode node, Label label) {
    node.put("text", label.text()).put("source", label.source());
    label.detection().ifPresent(score -> write(node.putObject("detection"), score));
    label.fuzzing().ifPresent(score -> write(node.putObject("fuzzing"), score));
  }

  private static void write(ObjectNode node, LabelScore score) {
    node.put("hits", score.hits())
        .put("misses", score.misses())
        .put("falseAlarms", score.falseAlarms())
        .put("rejections", score.rejections())
        .put("unread", score.unread());
    if (score.judged() > 0) {
      node.put("accuracy", (float) score.accuracy().value())
          .put("low", (float) score.accuracy().low())
          .put("high", (float) score.accuracy().high());
    }
  }

  private void read() {
    try {
      if (Files.size(file) > LARGEST) {
        throw damaged(String.format(Locale.ROOT, "it has more than %,d bytes", LARGEST), null);
      }
      JsonNode root = JsonText.read(file);
      if (!root.isObject()) {
        throw damaged("it is no JSON object", null);
      }
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        JsonNode node = entry.getValue();
        labels.put(
            FeatureId.parse(entry.getKey()),
            new Label(
                node.path("text").asString(""),
                node.path("source").asString(""),
                score(node.path("detection")),
                score(node.path("fuzzing"))));
      }
    } catch (IOException | JacksonException e) {
      throw damaged(String.valueOf(e.getMessage()), e);
    }
  }

  private static Optional<LabelScore> score(JsonNode node) {
    return node.isObject()
        ? Optional.of(
            new LabelScore(
                node.path("hits").asInt(0),
                node.path("misses").asInt(0),
                node.path("falseAlarms").asInt(0),
                node.path("rejections").asInt(0),
                node.path("unread").asInt(0)))
        : Optional.empty();
  }

  private LoupeException damaged(String why, @Nullable Exception cause) {
    String message = file + ": cannot be read: " + why;
    String remedy = "Mend or delete it; labels can be made again.";
    return cause == null
        ? LoupeException.badInput(message, remedy)
        : LoupeException.badInput(message, remedy, cause);
  }
}
