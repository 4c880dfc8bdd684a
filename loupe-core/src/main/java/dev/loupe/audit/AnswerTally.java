package dev.loupe.audit;

import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.audit.Leaderboard.Section;
import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Answers of several systems as they come, 28 bytes each (36 where samples are compared) and every
 * item's name once, so that a million fit in little memory.
 */
public final class AnswerTally {
  private static final int MOST_ANSWERS = 20_000_000;
  private static final int MOST_SYSTEMS = 100;

  private static final int MOST_CATEGORIES = 500;

  private final ConfidenceSource source;
  private final Map<String, SystemAnswers> systems = new LinkedHashMap<>();
  private final Map<String, Integer> units = new HashMap<>();
  private final Map<String, Integer> items = new HashMap<>();
  private final Map<String, Integer> categories = new LinkedHashMap<>();
  private boolean hasMoreCategories;
  private int unnamed;
  private long answers;

  /** Of answers whose confidence the files have. */
  public AnswerTally() {
    this(ConfidenceSource.RECORDED);
  }

  /** Of answers whose confidence comes from elsewhere. */
  public AnswerTally(ConfidenceSource source) {
    this.source = source;
  }

  /**
   * One more.
   *
   * @throws LoupeException if there are too many to keep
   */
  public void add(Answer answer) {
    SystemAnswers kept =
        systems.computeIfAbsent(
            answer.system(), name -> new SystemAnswers(name, source.isOfSamples()));
    answers++;
    if (answers > MOST_ANSWERS || systems.size() > MOST_SYSTEMS) {
      throw LoupeException.resource(
          "more than %d answers or %d systems".formatted(MOST_ANSWERS, MOST_SYSTEMS),
          "Audit the systems in several runs.");
    }
    kept.add(unit(answer), item(answer), category(answer), answer);
  }

  /** Only where samples of an item are to be compared; else its unit is enough. */
  private int item(Answer answer) {
    return source.isOfSamples() && answer.item().isPresent()
        ? items.computeIfAbsent(answer.item().get(), _ -> items.size())
        : -1;
  }

  private int category(Answer answer) {
    if (answer.category().isEmpty()) {
      return -1;
    }
    boolean isFull = categories.size() >= MOST_CATEGORIES;
    if (isFull && !categories.containsKey(answer.category().get())) {
      hasMoreCategories = true;
      return -1;
    }
    return categories.computeIfAbsent(answer.category().get(), _ -> categories.size());
  }

  /**
   * What answers may depend on each other by: the cluster, else the item; an answer with neither
   * stands alone.
   */
  private int unit(Answer answer) {
    Optional<String> name =
        answer.cluster().map(each -> "c" + each).or(() -> answer.item().map(each -> "i" + each));
    return name.isPresent()
        ? units.computeIfAbsent(name.get(), _ -> units.size() + unnamed)
        : units.size() + unnamed++;
  }

  /** How many answers. */
  public long answers() {
    return answers;
  }

  /** How many units that are independent of each other: clusters, items, single answers. */
  int unitCount() {
    return units.size() + unnamed;
  }

  /**
   * All figures.
   *
   * @param targets rising, from 0
   * @param level coverage of the intervals
   * @param seed of the bootstrap of the ranks
   * @throws LoupeException if no answer has a grade
   */
  public Leaderboard leaderboard(List<Double> targets, double level, long seed) {
    List<SystemAnswers> graded =
        systems.values().stream().filter(each -> each.counts().answers() > 0).toList();
    if (graded.isEmpty()) {
      throw LoupeException.badInput(
          "no answer has a grade",
          "Name the column or the score that says whether an answer is right.");
    }
    List<String> notes = new ArrayList<>();
    systems.values().stream()
        .filter(each -> each.counts().answers() == 0)
        .forEach(each -> notes.add(each.name() + ": has no answer with a grade; left out."));
    if (hasMoreCategories) {
      notes.add(
          "Only the first %d categories have a section of their own.".formatted(MOST_CATEGORIES));
    }
    if (source.isOfSamples()) {
      graded.forEach(each -> each.confidenceOfSamples(source));
    }
    return Ranking.of(graded, unitCount(), targets, level, seed, notes)
        .with(source, sections(graded, targets, level), LabelledGrades.of(graded, level));
  }

  private List<Section> sections(List<SystemAnswers> graded, List<Double> targets, double level) {
    if (categories.size() < 2) {
      return List.of();
    }
    List<String> names = List.copyOf(categories.keySet());
    Map<Integer, List<Row>> rows = new TreeMap<>();
    for (SystemAnswers system : graded) {
      system
          .byCategory()
          .forEach((category, part) -> {
            if (part.counts().answers() > 0) {
              rows.computeIfAbsent(category, _ -> new ArrayList<>())
                  .add(Ranking.alone(part, targets, level));
            }
          });
    }
    List<Section> sections = new ArrayList<>();
    rows.forEach((category, own) -> sections.add(new Section(names.get(category), own)));
    return sections;
  }

  /** How many of each grade. */
  public static GradeCounts count(Iterable<Grade> grades) {
    long[] counts = new long[Grade.values().length];
    grades.forEach(each -> counts[each.number()]++);
    return count(counts);
  }

  /** By the grades' order. */
  static GradeCounts count(long[] counts) {
    return new GradeCounts(counts[0], counts[1], counts[2], counts[3], counts[4]);
  }
}
