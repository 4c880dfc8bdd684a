package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;

/**
 * {@code samples_TASK_DATE.jsonl} of lm-evaluation-harness: one line for each document and filter.
 * Numbers in {@code resps} are strings. The confidence of a multiple choice is the chosen one's
 * probability among the choices, exp of its log-likelihood over the sum.
 */
final class LmEvalSamples {
  private static final String TOOL = "lm-evaluation-harness";

  private LmEvalSamples() {}

  static List<String> read(LogBytes in, Path file, AnswerOptions options, Consumer<Answer> each) {
    TreeMap<String, Long> others = new TreeMap<>();
    List<String> notes = new ArrayList<>();
    Optional<String> filter = options.filter();
    long answers = 0;
    try (MappingIterator<JsonNode> lines = Logs.MAPPER.readerFor(JsonNode.class).readValues(in)) {
      while (lines.hasNextValue()) {
        JsonNode line = lines.nextValue();
        String here = line.path("filter").asString("none");
        if (filter.isEmpty()) {
          filter = Optional.of(here);
        }
        if (!filter.get().equals(here)) {
          others.merge(here, 1L, Long::sum);
          continue;
        }
        each.accept(answer(line, file, options));
        answers++;
      }
    } catch (JacksonException e) {
      if (!in.isCutShort(e)) {
        throw Logs.broken(file, TOOL, e);
      }
      notes.add(file + ": is cut short; its last, unfinished line is left out.");
    }
    if (filter.isEmpty() || (answers == 0 && others.isEmpty())) {
      throw LoupeException.badInput(
          file + ": has no whole line", "Give the samples of a run that answered a question.");
    }
    if (answers == 0) {
      throw LoupeException.badInput(
          "%s: has no answer under the filter '%s'".formatted(file, filter.orElse("none")),
          "Choose one of its filters: " + String.join(", ", others.keySet()) + ".");
    }
    others.forEach((name, count) ->
        notes.add(
            "%s: %d lines under the filter '%s' are left out, the same documents again; `filter`"
                    .formatted(file, count, name)
                + " chooses."));
    return notes;
  }

  private static Answer answer(JsonNode line, Path file, AnswerOptions options) {
    String metric = options.score().orElseGet(() -> line.path("metrics").path(0).asString("acc"));
    JsonNode responses = line.path("filtered_resps");
    boolean isChoice = responses.path(0).isArray() && responses.path(0).size() == 2;
    Grade scored = Logs.grade(line.path(metric));
    String task = AnswerFile.name(file).replaceFirst("^samples_(.*)_\\d{4}-.*$", "$1");
    Path folder = file.toAbsolutePath().getParent();
    Optional<String> text = isChoice ? Optional.empty() : Logs.text(responses.path(0));
    return new Answer(
        folder == null ? task : AnswerFile.name(folder),
        Logs.text(line.path("doc_id")).map(id -> task + "/" + id),
        Optional.empty(),
        Optional.of(task),
        isChoice
            ? scored
            : options.grade(question(line), text, Logs.texts(line.path("target")), scored),
        Optional.empty(),
        isChoice ? Optional.of(chosen(responses)) : text,
        options.confidence(isChoice ? confidence(responses) : OptionalDouble.empty(), text));
  }

  /** The document's own question, else all of the prompt, examples included. */
  private static Optional<String> question(JsonNode line) {
    return Logs.text(line.path("doc").path("question"))
        .or(() -> Logs.text(line.path("arguments").path("gen_args_0").path("arg_0")));
  }

  /** The number of the choice with the greatest log-likelihood. */
  private static String chosen(JsonNode choices) {
    int best = 0;
    for (int i = 1; i < choices.size(); i++) {
      double here = Logs.number(choices.path(i).path(0)).orElse(Double.NEGATIVE_INFINITY);
      if (here > Logs.number(choices.path(best).path(0)).orElse(Double.NEGATIVE_INFINITY)) {
        best = i;
      }
    }
    return String.valueOf(best);
  }

  private static OptionalDouble confidence(JsonNode choices) {
    double most = Double.NEGATIVE_INFINITY;
    List<Double> all = new ArrayList<>();
    for (JsonNode choice : choices) {
      OptionalDouble value = Logs.number(choice.path(0));
      if (value.isEmpty() || !(value.getAsDouble() <= 0)) {
        return OptionalDouble.empty();
      }
      all.add(value.getAsDouble());
      most = Math.max(most, value.getAsDouble());
    }
    double best = most;
    double sum = all.stream().mapToDouble(each -> Math.exp(each - best)).sum();
    return Double.isFinite(best) ? OptionalDouble.of(1 / sum) : OptionalDouble.empty();
  }
}
