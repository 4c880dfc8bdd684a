package dev.loupe.instrument.explain;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * Which parts of the prompt the answer hangs on.
 *
 * @param model its name
 * @param text of the prompt, or of the user's turn
 * @param answer that is explained
 * @param measured what the values are, in words
 * @param whole the value with nothing left out
 * @param tokens of the answer, where each has scores of its own
 * @param levels from large to small
 * @param texts how many texts were scored
 */
public record ExplainReport(
    String model,
    String text,
    String answer,
    String measured,
    double whole,
    List<String> tokens,
    List<Scored> levels,
    int texts) {
  public ExplainReport {
    tokens = List.copyOf(tokens);
    levels = List.copyOf(levels);
  }

  /**
   * The scores of one level.
   *
   * @param level of the units that were cut for it
   * @param method in words
   * @param units all of the text's units at this level
   * @param explained R² of the sum of scores as a prediction of every text scored at this level;
   *     NaN where no text was scored for it
   * @param orders what removal in the order of the scores does, beside other orders; empty where
   *     that was not asked
   */
  public record Scored(
      String level, String method, List<UnitScore> units, double explained, List<Removal> orders) {
    public Scored {
      units = List.copyOf(units);
      orders = List.copyOf(orders);
    }
  }

  /**
   * One unit.
   *
   * @param start first UTF-16 index in the text
   * @param end UTF-16 index after the last
   * @param text of it
   * @param level its size
   * @param parent the unit of the level before that it is part of, or that it is; −1 at the first
   *     level
   * @param fixed whether it always stayed, so that it has no score of its own
   * @param substitute what stood in its place when it was left out; empty where it was deleted
   * @param score positive if leaving it out lowers the value
   * @param byToken its score for each of the answer's tokens; empty where there are none
   */
  public record UnitScore(
      int start,
      int end,
      String text,
      String level,
      int parent,
      boolean fixed,
      String substitute,
      double score,
      List<Double> byToken) {
    public UnitScore {
      byToken = List.copyOf(byToken);
    }
  }

  /**
   * Removal of the first half of the units in some order.
   *
   * @param order by what
   * @param values with the first k left out, from 0; empty for the mean of several orders
   * @param drop mean drop of the value over the half, higher for an order that finds what matters
   */
  public record Removal(String order, List<Double> values, Estimate drop) {
    public Removal {
      values = List.copyOf(values);
    }
  }
}
