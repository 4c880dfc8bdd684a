package dev.loupe.model.training;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Questions with one answer each, in groups that keep the file's order: one is correct when the
 * model's greedy continuation of the prompt begins with the answer's tokens. All answers are read
 * at once rather than generated: the greedy continuation is the answer exactly when every token of
 * it is the most probable after those before it.
 */
public final class QuestionProbe implements Probe {
  private final Map<String, List<Text>> groups;

  private QuestionProbe(Map<String, List<Text>> groups) {
    this.groups = groups;
  }

  /**
   * Reads {@code {"task", "split", "prompt", "answer"}}, one object per line; questions without an
   * answer are skipped.
   *
   * @param documentStart the token that begins every document, and so every prompt
   * @param context questions that do not fit into it are skipped
   * @param most how many questions of a group (a task's split) are asked, drawn by the seed
   * @throws LoupeException naming the line that is not such an object, or if there is no question
   */
  public static QuestionProbe read(
      Path file, Tokenizer tokenizer, int documentStart, int context, int most, long seed) {
    Map<String, List<Text>> groups = new LinkedHashMap<>();
    try (InputStream bytes = FileText.utf8(Files.newInputStream(file), file);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(bytes, UTF_8.newDecoder()))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          add(line, file + ":" + number, tokenizer, documentStart, context, groups);
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
    if (groups.isEmpty()) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s: holds no question with an answer that fits into %,d tokens",
              file,
              context),
          "Give lines with task, split, prompt and answer.");
    }
    Random random = new Random(seed);
    groups.replaceAll((_, questions) -> {
      Collections.shuffle(questions, random);
      return List.copyOf(questions.subList(0, Math.min(most, questions.size())));
    });
    return new QuestionProbe(groups);
  }

  private static void add(
      String line,
      String place,
      Tokenizer tokenizer,
      int documentStart,
      int context,
      Map<String, List<Text>> groups) {
    JsonNode question;
    try {
      question = JsonText.mapper().readTree(line);
    } catch (JacksonException e) {
      throw malformed(place, "is not JSON: " + JsonText.why(e));
    }
    String task = question.path("task").asString("");
    String split = question.path("split").asString("");
    if (task.isEmpty() || !question.path("prompt").isString()) {
      throw malformed(place, "lacks a task or a prompt");
    }
    // A prompt may be a conversation, written out with its control tokens.
    int[] prompt = tokenizer.ids(question.path("prompt").asString(), false);
    int[] answer = tokenizer.textIds(question.path("answer").asString(""));
    if (answer.length == 0 || 1 + prompt.length + answer.length > context) {
      return;
    }
    int[] asked = new int[prompt.length + 1];
    asked[0] = documentStart;
    System.arraycopy(prompt, 0, asked, 1, prompt.length);
    groups
        .computeIfAbsent(split.isEmpty() ? task : task + "/" + split, _ -> new ArrayList<>())
        .add(Text.of(asked, answer));
  }

  private static LoupeException malformed(String place, String reason) {
    return LoupeException.badInput(
        place + ": " + reason, "Give one object a line: task, split, prompt, answer.");
  }

  @Override
  public String name() {
    return "questions";
  }

  /** How many questions are asked. */
  public int size() {
    return groups.values().stream().mapToInt(List::size).sum();
  }

  @Override
  public List<Score> measure(Transformer model) {
    List<Text> all = groups.values().stream().flatMap(List::stream).toList();
    List<LogLikelihood.Score> answers = new LogLikelihood(model).of(all);
    List<Score> scores = new ArrayList<>();
    int from = 0;
    for (Map.Entry<String, List<Text>> group : groups.entrySet()) {
      int total = group.getValue().size();
      long right =
          answers.subList(from, from + total).stream().filter(LogLikelihood.Score::greedy).count();
      scores.add(new Score(group.getKey(), right, total));
      from += total;
    }
    return scores;
  }
}
