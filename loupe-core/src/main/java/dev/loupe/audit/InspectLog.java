package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Logs of Inspect: one JSON object, or a ZIP archive {@code .eval} with a member for each sample,
 * deflated or, from 0.3.2xx on, in Zstandard (ZIP method 93). Messages and events are passed over.
 */
final class InspectLog {
  private static final String TOOL = "Inspect";
  private static final int ZSTANDARD = 93;
  private static final long LARGEST_MEMBER = 1L << 30;

  private final Path file;
  private final AnswerOptions options;
  private final Consumer<Answer> each;
  private final List<String> notes = new ArrayList<>();
  private String system;
  private Optional<String> scorer;
  private long answers;
  private long failed;

  private InspectLog(Path file, AnswerOptions options, Consumer<Answer> each) {
    this.file = file;
    this.options = options;
    this.each = each;
    this.system = AnswerFile.name(file);
    this.scorer = options.score();
  }

  static List<String> json(LogBytes in, Path file, AnswerOptions options, Consumer<Answer> each) {
    InspectLog log = new InspectLog(file, options, each);
    try (JsonParser parser = Logs.MAPPER.createParser(in)) {
      parser.nextToken();
      log.root(parser);
      Logs.end(parser, file, TOOL);
    } catch (JacksonException e) {
      if (!in.isCutShort(e)) {
        throw Logs.broken(file, TOOL, e);
      }
      log.notes.add(file + ": is cut short; what follows is missing.");
    }
    return log.end();
  }

  static List<String> archive(Path file, AnswerOptions options, Consumer<Answer> each)
      throws IOException {
    InspectLog log = new InspectLog(file, options, each);
    try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
      ZipArchiveEntry header = zip.getEntry("header.json");
      if (header == null) {
        header = zip.getEntry("_journal/start.json");
        log.notes.add(file + ": has no header.json; the run did not end.");
      }
      if (header != null) {
        log.member(zip, header, log::root);
      }
      for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
        if (entry.getName().startsWith("samples/") && entry.getName().endsWith(".json")) {
          log.member(zip, entry, log::sample);
        }
      }
    }
    return log.end();
  }

  private void member(ZipFile zip, ZipArchiveEntry entry, Consumer<JsonParser> reader)
      throws IOException {
    if (entry.getSize() > LARGEST_MEMBER) {
      throw LoupeException.resource(
          "%s: %s has %d bytes".formatted(file, entry.getName(), entry.getSize()),
          "Give a log whose samples have at most a gigabyte each.");
    }
    try (InputStream in =
            entry.getMethod() == ZSTANDARD
                ? new ZstdCompressorInputStream(zip.getRawInputStream(entry))
                : zip.getInputStream(entry);
        JsonParser parser = Logs.MAPPER.createParser(in)) {
      parser.nextToken();
      reader.accept(parser);
    } catch (JacksonException e) {
      throw Logs.broken(file + "!" + entry.getName(), TOOL, e);
    }
  }

  /** At the start of an object of which some fields are wanted. */
  private void root(JsonParser parser) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "status" -> {
          String status = value == JsonToken.VALUE_STRING ? parser.getString() : "unknown";
          if (!status.equals("success")) {
            notes.add(
                "%s: its status is '%s'; it may hold part of the samples.".formatted(file, status));
          }
        }
        case "eval" -> {
          JsonNode eval = Logs.MAPPER.readTree(parser);
          system = eval.path("model").asString(system);
        }
        case "samples" -> {
          if (value == JsonToken.START_ARRAY) {
            Logs.objects(parser, file, TOOL, () -> sample(parser));
          }
        }
        default -> parser.skipChildren();
      }
    }
  }

  private void sample(JsonParser parser) {
    Map<String, JsonNode> fields = new HashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id", "scores", "metadata", "error", "output", "target", "input" ->
            fields.put(name, Logs.MAPPER.readTree(parser));
        default -> parser.skipChildren();
      }
    }
    JsonNode none = MissingNode.getInstance();
    JsonNode scores = fields.getOrDefault("scores", none);
    if (scorer.isEmpty() && !scores.isEmpty()) {
      scorer = scores.propertyNames().stream().findFirst();
      if (scores.size() > 1) {
        notes.add(
            "%s: has several scorers, %s; `score` chooses, '%s' is taken."
                .formatted(file, String.join(", ", scores.propertyNames()), scorer.orElseThrow()));
      }
    }
    JsonNode score = scores.path(scorer.orElse(""));
    boolean hasFailed = Logs.text(fields.getOrDefault("error", none)).isPresent();
    failed += hasFailed ? 1 : 0;
    JsonNode output = fields.getOrDefault("output", none);
    Optional<String> text =
        Logs.text(score.path("answer")).or(() -> Logs.text(output.path("completion")));
    JsonNode metadata = fields.getOrDefault("metadata", none);
    OptionalDouble recorded =
        options.source() == ConfidenceSource.LOG_PROBABILITIES
            ? probability(output.path("choices").path(0).path("logprobs").path("content"))
            : Logs.probability(
                score.path("metadata").path(options.columns().confidence().orElse("confidence")));
    Grade grade =
        options.grade(
            question(fields.getOrDefault("input", none)),
            text,
            Logs.texts(fields.getOrDefault("target", none)),
            Logs.grade(score.path("value")));
    answers++;
    each.accept(
        new Answer(
            system,
            Logs.text(fields.getOrDefault("id", none)),
            Logs.text(metadata.path(options.columns().cluster().orElse("cluster"))),
            Logs.text(metadata.path(options.columns().category().orElse("category"))),
            hasFailed ? Grade.UNDETERMINED : grade,
            Logs.text(metadata.path(options.columns().label().orElse("label"))).flatMap(Grade::of),
            text,
            options.confidence(recorded, text)));
  }

  /** The input, or the last of its messages that a user wrote. */
  private static Optional<String> question(JsonNode input) {
    Optional<String> last = Logs.text(input);
    for (JsonNode message : input) {
      if (message.path("role").asString("").equals("user")) {
        last = Logs.text(message.path("content"));
      }
    }
    return last;
  }

  /** Of the whole text: the product of its tokens' probabilities. */
  private static OptionalDouble probability(JsonNode tokens) {
    double sum = 0;
    for (JsonNode token : tokens) {
      OptionalDouble log = Logs.number(token.path("logprob"));
      if (log.isEmpty() || !(log.getAsDouble() <= 0)) {
        return OptionalDouble.empty();
      }
      sum += log.getAsDouble();
    }
    return tokens.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Math.exp(sum));
  }

  private List<String> end() {
    if (answers == 0) {
      throw LoupeException.badInput(
          file + ": has no sample", "Give a log of Inspect whose run wrote samples.");
    }
    if (failed > 0) {
      notes.add("%s: %d samples ended in an error and are undetermined.".formatted(file, failed));
    }
    return notes;
  }
}
