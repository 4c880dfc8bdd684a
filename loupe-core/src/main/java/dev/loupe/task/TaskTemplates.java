package dev.loupe.task;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The field's small tasks in English, for models with a real vocabulary: indirect objects (Wang et
 * al. 2022), greater-than (Hanna et al. 2023), agreement across a distractor (Marks et al. 2024),
 * brackets, and induction on random words. Pairs whose twin has another number of tokens are left
 * out.
 */
public final class TaskTemplates {
  private static final int PAIRS = 200;
  private static final int ATTEMPTS = 40;
  private static final List<String> NAMES =
      List.of(
          "Mary", "John", "Anna", "Tom", "James", "Sarah", "David", "Laura", "Paul", "Emma",
          "Peter", "Alice", "Mark", "Jane", "Robert", "Kate");
  private static final List<String> PLACES =
      List.of("store", "park", "school", "station", "office", "garden");
  private static final List<String> THINGS =
      List.of("book", "drink", "key", "ring", "letter", "ball");
  private static final List<String> SUBJECTS =
      List.of("key", "teacher", "picture", "letter", "doctor", "window", "report", "farmer");
  private static final List<String> LINKS = List.of("near", "behind", "beside", "by");
  private static final List<String> EVENTS =
      List.of("war", "siege", "strike", "voyage", "project", "festival", "trial", "reign");
  private static final List<String> OPENERS = List.of("(", "[", "{");
  private static final List<String> CLOSERS = List.of(")", "]", "}");

  private TaskTemplates() {}

  /** The names of the tasks. */
  public static List<String> names() {
    return List.of("agreement", "brackets", "greater-than", "indirect-object", "induction");
  }

  /**
   * A task in a model's tokens.
   *
   * @param name one of {@link #names}
   * @param seed of the words and the split
   * @throws LoupeException if there is no such task, or the tokenizer leaves no pair
   */
  public static Task of(String name, Tokenizer tokenizer, long seed) {
    if (!names().contains(name)) {
      throw LoupeException.badInput(
          "there is no task '%s' for this model".formatted(name),
          "Choose one of: "
              + String.join(", ", names())
              + ", or give a file of pairs; two-hop and three-hop are tasks of the Almanac's"
              + " models.");
    }
    Metric metric =
        name.equals("greater-than") ? Metric.PROBABILITY_DIFFERENCE : Metric.LOGIT_DIFFERENCE;
    Random random = new Random(seed);
    Set<TaskPair> pairs = new LinkedHashSet<>();
    for (int i = 0; i < PAIRS * ATTEMPTS && pairs.size() < PAIRS; i++) {
      TaskPair pair =
          switch (name) {
            case "agreement" -> agreement(random);
            case "brackets" -> brackets(random);
            case "greater-than" -> greaterThan(random, YearTokens.of(tokenizer));
            case "indirect-object" -> indirectObject(random);
            default -> induction(random);
          };
      if (fits(pair, metric, tokenizer)) {
        pairs.add(pair);
      }
    }
    if (pairs.isEmpty()) {
      throw LoupeException.badInput(
          "the tokenizer leaves no pair of the task '%s' with twins of equal length"
              .formatted(name),
          "Give a file of pairs in this model's words.");
    }
    return new Task(
        name,
        String.format(Locale.ROOT, "%,d pairs from templates, seed %d", pairs.size(), seed),
        metric,
        Task.split(List.copyOf(pairs), seed));
  }

  private static boolean fits(TaskPair pair, Metric metric, Tokenizer tokenizer) {
    try {
      TokenPair.of(pair, metric, tokenizer, "");
      return true;
    } catch (LoupeException _) {
      return false;
    }
  }

  private static String pick(List<String> words, Random random) {
    return words.get(random.nextInt(words.size()));
  }

  private static TaskPair indirectObject(Random random) {
    List<String> names = new ArrayList<>(NAMES);
    Collections.shuffle(names, random);
    String one = names.get(0);
    String other = names.get(1);
    boolean firstGives = random.nextBoolean();
    String giver = firstGives ? one : other;
    String receiver = firstGives ? other : one;
    String lead = "Then, %s and %s went to the %s. ".formatted(one, other, pick(PLACES, random));
    String end = " gave a %s to".formatted(pick(THINGS, random));
    return TaskPair.of(lead + giver + end, lead + receiver + end, " " + receiver, " " + giver);
  }

  private static TaskPair agreement(Random random) {
    String subject = pick(SUBJECTS, random);
    String other = pick(SUBJECTS, random);
    boolean plural = random.nextBoolean();
    String end =
        " %s the %s%s".formatted(pick(LINKS, random), other, random.nextBoolean() ? "s" : "");
    String clean = "The " + subject + (plural ? "s" : "") + end;
    String corrupted = "The " + subject + (plural ? "" : "s") + end;
    return TaskPair.of(clean, corrupted, plural ? " are" : " is", plural ? " is" : " are");
  }

  private static TaskPair greaterThan(Random random, YearTokens years) {
    int begin = random.nextInt(2, 99);
    int century = random.nextInt(11, 18);
    String event = pick(EVENTS, random);
    String form = "The %s lasted from the year %d%s to the year %d";
    return new TaskPair(
        form.formatted(event, century, YearTokens.text(begin), century),
        Optional.of(form.formatted(event, century, YearTokens.text(years.earliest()), century)),
        years(years, begin + 1, YearTokens.YEARS),
        years(years, 0, begin + 1),
        false);
  }

  private static List<String> years(YearTokens years, int from, int to) {
    return IntStream.range(from, to)
        .filter(year -> years.id(year) >= 0)
        .mapToObj(YearTokens::text)
        .toList();
  }

  private static TaskPair brackets(Random random) {
    int kind = random.nextInt(OPENERS.size());
    int other = (kind + 1 + random.nextInt(OPENERS.size() - 1)) % OPENERS.size();
    String lead = "Brackets: " + OPENERS.get(random.nextInt(OPENERS.size())) + " ";
    String end = " " + pick(THINGS, random) + " " + pick(PLACES, random);
    return TaskPair.of(
        lead + pick(SUBJECTS, random) + " " + OPENERS.get(kind) + end,
        lead + pick(SUBJECTS, random) + " " + OPENERS.get(other) + end,
        " " + CLOSERS.get(kind),
        " " + CLOSERS.get(other));
  }

  private static TaskPair induction(Random random) {
    List<String> words = new ArrayList<>();
    words.addAll(PLACES);
    words.addAll(THINGS);
    words.addAll(SUBJECTS);
    Collections.shuffle(words, random);
    int length = 4 + random.nextInt(4);
    List<String> sequence = words.subList(0, length);
    String other = words.get(length);
    int at = random.nextInt(1, length);
    List<String> shown = new ArrayList<>(sequence);
    shown.addAll(sequence.subList(0, at));
    List<String> changed = new ArrayList<>(shown);
    changed.set(at, other);
    return TaskPair.of(
        "Words: " + String.join(" ", shown),
        "Words: " + String.join(" ", changed),
        " " + sequence.get(at),
        " " + other);
  }
}
