package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import dev.loupe.task.TokenPair;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The Almanac's questions as tasks: each question with a twin of as many tokens that has another
 * answer. What the twin changes: the giver (indirect objects), the first year's last two digits to
 * 01 (greater-than), the innermost open bracket (brackets), the word that came next before
 * (induction), the number of the subject (agreement), the subject (facts).
 */
public final class AlmanacTasks {
  /** The tasks' names, as they are asked for; the value is the questions' own name. */
  private static final Map<String, String> NAMES =
      Map.of(
          "indirect-object", "indirect-object",
          "greater-than", "greater-than",
          "agreement", "agreement",
          "brackets", "brackets",
          "induction", "induction",
          "two-hop", "two-hop",
          "three-hop", "three-hop");

  private static final List<String> OPENERS = List.of("(", "[", "{", "<", "“");
  private static final List<String> CLOSERS = List.of(")", "]", "}", ">", "”");

  private static final String SUBJECT = " the ";
  private static final String PLURAL = "s";

  private final Tokenizer tokenizer;
  private final Metric metric;

  private AlmanacTasks(Tokenizer tokenizer, Metric metric) {
    this.tokenizer = tokenizer;
    this.metric = metric;
  }

  /** The names of the tasks, in alphabetical order. */
  public static List<String> names() {
    return NAMES.keySet().stream().sorted().toList();
  }

  /**
   * A task of a world's questions.
   *
   * @param name one of {@link #names}
   * @param tokenizer of the model that will be asked
   * @param seed of the split
   * @throws LoupeException if there is no such task, or no question has a twin in these tokens
   */
  public static Task of(World world, String name, Tokenizer tokenizer, long seed) {
    String own = NAMES.get(name);
    if (own == null) {
      throw LoupeException.badInput(
          "there is no task '%s' of the Almanac".formatted(name),
          "Choose one of: " + String.join(", ", names()) + ", or give a file of pairs.");
    }
    Metric metric =
        own.equals("greater-than") ? Metric.PROBABILITY_DIFFERENCE : Metric.LOGIT_DIFFERENCE;
    List<Question> questions =
        Truth.of(world).questions().stream()
            .filter(question -> question.task().equals(own) && question.turns().isEmpty())
            .toList();
    List<TaskPair> pairs = new AlmanacTasks(tokenizer, metric).pairs(own, questions);
    if (pairs.isEmpty()) {
      throw LoupeException.badInput(
          "no question of the task '%s' has a twin in this model's tokens".formatted(name),
          "Name a model of the Almanac.");
    }
    return new Task(
        name,
        String.format(
            Locale.ROOT,
            "%,d of the %,d questions of the Almanac, world %d, those with a twin",
            pairs.size(),
            questions.size(),
            world.seed()),
        metric,
        Task.split(pairs, seed));
  }

  private List<TaskPair> pairs(String task, List<Question> questions) {
    List<TaskPair> pairs = new ArrayList<>();
    Map<String, List<Question>> groups = new HashMap<>();
    questions.forEach(
        each -> groups.computeIfAbsent(group(each), _ -> new ArrayList<>()).add(each));
    for (int i = 0; i < questions.size(); i++) {
      Question question = questions.get(i);
      Optional<TaskPair> pair =
          switch (task) {
            case "greater-than" -> greaterThan(question);
            case "indirect-object" -> indirectObject(question);
            case "brackets" -> brackets(question);
            case "agreement" -> agreement(question);
            case "induction" -> induction(question, questions, i);
            default -> other(question, groups.getOrDefault(group(question), List.of()));
          };
      pair.ifPresent(pairs::add);
    }
    return pairs;
  }

  /** Questions in the same words but for their subject, with as many tokens. */
  private String group(Question question) {
    String frame =
        question.fact().map(fact -> question.prompt().replace(fact.subject(), "·")).orElse("");
    return tokenizer.ids(question.prompt(), true).length + " " + frame;
  }

  private boolean fits(TaskPair pair) {
    try {
      TokenPair.of(pair, metric, tokenizer, "");
      return true;
    } catch (LoupeException _) {
      return false;
    }
  }

  private Optional<TaskPair> twin(String clean, String corrupted, String answer, String foil) {
    TaskPair pair = TaskPair.of(clean, corrupted, answer, foil);
    return clean.equals(corrupted) || !fits(pair) ? Optional.empty() : Optional.of(pair);
  }

  private Optional<TaskPair> greaterThan(Question question) {
    int begin = Integer.parseInt(question.detail());
    YearTokens years = YearTokens.of(tokenizer);
    int century = question.prompt().length() - 2;
    String first = question.prompt().substring(century) + question.detail();
    String corrupted =
        question.prompt().replace(first, first.substring(0, 2) + YearTokens.text(years.earliest()));
    TaskPair pair =
        new TaskPair(
            question.prompt(),
            Optional.of(corrupted),
            years(years, begin + 1, YearTokens.YEARS),
            years(years, 0, begin + 1),
            false);
    return corrupted.equals(question.prompt()) || !fits(pair)
        ? Optional.empty()
        : Optional.of(pair);
  }

  private static List<String> years(YearTokens years, int from, int to) {
    return IntStream.range(from, to)
        .filter(year -> years.id(year) >= 0)
        .mapToObj(YearTokens::text)
        .toList();
  }

  /** The other person gives. */
  private Optional<TaskPair> indirectObject(Question question) {
    String receiver = question.options().get(0).strip();
    String giver = question.options().get(1).strip();
    int at = question.prompt().lastIndexOf(giver);
    String corrupted =
        question.prompt().substring(0, at)
            + receiver
            + question.prompt().substring(at + giver.length());
    return twin(question.prompt(), corrupted, " " + receiver, " " + giver);
  }

  /** Another kind of bracket is the innermost that is open. */
  private Optional<TaskPair> brackets(Question question) {
    List<Integer> open = new ArrayList<>();
    String text = question.prompt();
    for (int at = 0; at < text.length(); at++) {
      String character = text.substring(at, at + 1);
      if (OPENERS.contains(character)) {
        open.add(at);
      } else if (CLOSERS.contains(character)) {
        open.removeLast();
      }
    }
    int at = open.getLast();
    int kind = OPENERS.indexOf(text.substring(at, at + 1));
    int other = (kind + 1) % OPENERS.size();
    return twin(
        text,
        text.substring(0, at) + OPENERS.get(other) + text.substring(at + 1),
        " " + CLOSERS.get(kind),
        " " + CLOSERS.get(other));
  }

  /** The first noun, which is the subject, has the other number. */
  private Optional<TaskPair> agreement(Question question) {
    String text = question.prompt();
    int from = text.indexOf(SUBJECT) + SUBJECT.length();
    int space = text.indexOf(' ', from);
    String noun = text.substring(from, space < 0 ? text.length() : space);
    String changed =
        noun.endsWith(PLURAL) ? noun.substring(0, noun.length() - PLURAL.length()) : noun + PLURAL;
    return twin(
        text,
        text.substring(0, from) + changed + text.substring(from + noun.length()),
        question.answer(),
        question.options().getLast());
  }

  /** Another word follows where the last word stood before. */
  private Optional<TaskPair> induction(Question question, List<Question> all, int number) {
    List<String> words = List.of(question.prompt().split(" ", -1));
    String answer = question.answer().strip();
    for (int step = 1; step < all.size(); step++) {
      String other = all.get((number + step) % all.size()).answer().strip();
      if (!words.contains(other)) {
        List<String> changed =
            words.stream().map(word -> word.equals(answer) ? other : word).toList();
        Optional<TaskPair> pair =
            twin(question.prompt(), String.join(" ", changed), question.answer(), " " + other);
        if (pair.isPresent()) {
          return pair;
        }
      }
    }
    return Optional.empty();
  }

  /** The next question of its group with another answer. */
  private Optional<TaskPair> other(Question question, List<Question> group) {
    int at = group.indexOf(question);
    for (int step = 1; step < group.size(); step++) {
      Question twin = group.get((at + step) % group.size());
      if (!twin.answer().equals(question.answer())) {
        Optional<TaskPair> pair =
            twin(question.prompt(), twin.prompt(), question.answer(), twin.answer());
        if (pair.isPresent()) {
          return pair;
        }
      }
    }
    return Optional.empty();
  }
}
