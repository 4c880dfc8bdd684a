package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/**
 * {@code per_instance_stats.json} of HELM. It has no texts, so abstentions and empty answers cannot
 * be told from wrong ones.
 */
final class HelmStatistics {
  private static final String TOOL = "HELM";

  private HelmStatistics() {}

  static List<String> read(LogBytes in, Path file, AnswerOptions options, Consumer<Answer> each) {
    List<String> notes = new ArrayList<>();
    notes.add(file + ": HELM's statistics have no texts; abstentions count as wrong answers.");
    Path folder = file.toAbsolutePath().getParent();
    String system = folder == null ? AnswerFile.name(file) : AnswerFile.name(folder);
    long[] answers = new long[1];
    try (JsonParser parser = Logs.MAPPER.createParser(in)) {
      parser.nextToken();
      Logs.objects(
          parser,
          file,
          TOOL,
          () -> {
            JsonNode instance = Logs.MAPPER.readTree(parser);
            each.accept(answer(instance, system, options));
            answers[0]++;
          });
      Logs.end(parser, file, TOOL);
    } catch (JacksonException e) {
      if (!in.isCutShort(e)) {
        throw Logs.broken(file, TOOL, e);
      }
      notes.add(file + ": is cut short; what follows is missing.");
    }
    if (answers[0] == 0) {
      throw LoupeException.badInput(
          file + ": has no instance", "Give HELM's per_instance_stats.json.");
    }
    return notes;
  }

  private static Answer answer(JsonNode instance, String system, AnswerOptions options) {
    Grade grade = Grade.UNDETERMINED;
    OptionalDouble confidence = OptionalDouble.empty();
    for (JsonNode stat : instance.path("stats")) {
      String name = stat.path("name").path("name").asString("");
      OptionalDouble mean = Logs.number(stat.path("mean"));
      if (name.equals(options.score().orElse("exact_match")) && mean.isPresent()) {
        grade =
            mean.getAsDouble() == 1
                ? Grade.RIGHT
                : mean.getAsDouble() == 0 ? Grade.WRONG : Grade.UNDETERMINED;
      } else if (name.equals(options.columns().confidence().orElse("max_prob"))) {
        confidence = Logs.probability(stat.path("mean"));
      }
    }
    return new Answer(
        system,
        Logs.text(instance.path("instance_id")),
        Optional.empty(),
        Optional.empty(),
        options.match().isPresent() ? Grade.UNDETERMINED : grade,
        Optional.empty(),
        Optional.empty(),
        options.confidence(confidence, Optional.empty()));
  }
}
