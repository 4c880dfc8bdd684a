package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers of several systems as they come, some twenty bytes each and every item's name once, so
 * that a million fit in little memory.
 */
public final class AnswerTally {
  private static final int MOST_ANSWERS = 20_000_000;
  private static final int MOST_SYSTEMS = 100;

  private final Map<String, SystemAnswers> systems = new LinkedHashMap<>();
  private final Map<String, Integer> units = new LinkedHashMap<>();
  private int unnamed;
  private long answers;

  /**
   * One more.
   *
   * @throws LoupeException if there are too many to keep
   */
  public void add(Answer answer) {
    SystemAnswers kept = systems.computeIfAbsent(answer.system(), SystemAnswers::new);
    answers++;
    if (answers > MOST_ANSWERS || systems.size() > MOST_SYSTEMS) {
      throw LoupeException.resource(
          "more than %d answers or %d systems".formatted(MOST_ANSWERS, MOST_SYSTEMS),
          "Audit the systems in several runs.");
    }
    kept.add(unit(answer), answer);
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
    return Ranking.of(graded, unitCount(), targets, level, seed, notes);
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
