package dev.loupe.task;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A task of one's own: a file with one JSON object per line, {@code clean}, {@code corrupted},
 * {@code answer}, {@code foil}, and {@code split} ({@code train} or {@code held-out}). Answers and
 * foils are a text or a list of texts. Where no line names a split, half of the pairs are held out.
 */
public final class TaskFile {
  private static final long LARGEST = 64L << 20;
  private static final int MOST_PAIRS = 100_000;
  private static final Set<String> KEYS = Set.of("clean", "corrupted", "answer", "foil", "split");
  private static final String EXAMPLE =
      "Write one object per line: {\"clean\": \"…\", \"corrupted\": \"…\", \"answer\": \" x\","
          + " \"foil\": \" y\"}.";

  private TaskFile() {}

  /**
   * Reads a file.
   *
   * @param seed of the split, where the file names none
   * @throws LoupeException if it cannot be read, a line is no pair, or some lines name a split and
   *     others do not
   */
  public static Task read(Path file, Metric metric, long seed) {
    List<String> lines;
    try {
      if (Files.size(file) > LARGEST) {
        throw LoupeException.badInput(
            file + " is larger than 64 MiB", "Give fewer pairs: some hundred are enough.");
      }
      lines = FileText.lines(file);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, "Name a file of pairs. " + EXAMPLE, e);
    }
    List<TaskPair> pairs = new ArrayList<>();
    int withSplit = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        String place = file.getFileName() + ":" + (i + 1);
        JsonNode line = parse(lines.get(i), place);
        withSplit += line.has("split") ? 1 : 0;
        pairs.add(pair(line, place));
        if (pairs.size() > MOST_PAIRS) {
          throw LoupeException.badInput(
              String.format(Locale.ROOT, "%s: more than %,d pairs", file, MOST_PAIRS),
              "Give fewer pairs: some hundred are enough.");
        }
      }
    }
    if (pairs.isEmpty()) {
      throw LoupeException.badInput(file + ": holds no pair", EXAMPLE);
    }
    if (withSplit != 0 && withSplit != pairs.size()) {
      throw LoupeException.badInput(
          "%s: %d of %d pairs name a split".formatted(file, withSplit, pairs.size()),
          "Give every pair \"split\": \"train\" or \"held-out\", or none.");
    }
    return new Task(
        String.valueOf(file.getFileName()),
        "pairs of " + file.getFileName(),
        metric,
        withSplit == 0 ? Task.split(pairs, seed) : pairs);
  }

  private static JsonNode parse(String line, String place) {
    JsonNode node;
    try {
      node = JsonText.mapper().readTree(line);
    } catch (JacksonException e) {
      throw LoupeException.badInput(place + ": is not JSON: " + JsonText.why(e), EXAMPLE, e);
    }
    if (!node.isObject()) {
      throw LoupeException.badInput(place + ": is no JSON object", EXAMPLE);
    }
    for (String key : node.propertyNames()) {
      if (!KEYS.contains(key)) {
        throw LoupeException.badInput("%s: unknown key \"%s\"".formatted(place, key), EXAMPLE);
      }
    }
    return node;
  }

  private static TaskPair pair(JsonNode line, String place) {
    List<String> answers = texts(line, "answer", place);
    if (answers.isEmpty()) {
      throw LoupeException.badInput(place + ": names no answer", EXAMPLE);
    }
    String clean =
        text(line, "clean", place)
            .orElseThrow(() -> LoupeException.badInput(place + ": has no clean prompt", EXAMPLE));
    String split = text(line, "split", place).orElse("train");
    if (!split.equals("train") && !split.equals("held-out")) {
      throw LoupeException.badInput(
          "%s: the split is \"%s\"".formatted(place, split), "Write \"train\" or \"held-out\".");
    }
    return new TaskPair(
        clean,
        text(line, "corrupted", place),
        answers,
        texts(line, "foil", place),
        split.equals("held-out"));
  }

  private static Optional<String> text(JsonNode line, String key, String place) {
    JsonNode value = line.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    return Optional.of(requireText(value, key, place));
  }

  private static String requireText(JsonNode value, String key, String place) {
    if (!value.isString() || value.asString().isEmpty()) {
      throw LoupeException.badInput("%s: \"%s\" is no text".formatted(place, key), EXAMPLE);
    }
    return value.asString();
  }

  private static List<String> texts(JsonNode line, String key, String place) {
    JsonNode value = line.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(each -> texts.add(requireText(each, key, place)));
    } else {
      texts.add(requireText(value, key, place));
    }
    return texts;
  }
}
