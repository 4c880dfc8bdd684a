package dev.loupe.examination;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What sets of units do over many questions: how few change the answer when they are ablated
 * together, beside matched random sets, and how few carry another prompt's answer over.
 *
 * @param questions how many
 * @param effect by the frozen model's predicted effect
 * @param influence by influence
 * @param strong share of the traces whose verdict is strong
 * @param partial likewise
 * @param swaps by hops of the questions
 */
public record SetScores(
    int questions,
    OrderScores effect,
    OrderScores influence,
    Estimate strong,
    Estimate partial,
    List<SwapScores> swaps) {
  private static final double LEVEL = 0.95;

  /** Numbers of features for which the share of successful swaps is given. */
  public static final List<Integer> SIZES = List.of(5, 10, 20, 40, 100);

  public SetScores {
    swaps = List.copyOf(swaps);
  }

  /**
   * Ablations in one order.
   *
   * @param halves the median number of units that halve the answer's probability, −1 if for half of
   *     the questions none does
   * @param changes the median number that change the answer, likewise
   * @param decided share of the questions for which some number does
   * @param random share of matched random sets of that size that do the same
   * @param restores the median number that give the answer with all else at its mean, likewise
   * @param same mean share of predictions on other questions that stay
   */
  public record OrderScores(
      int halves, int changes, Estimate decided, Estimate random, int restores, double same) {
    static OrderScores of(List<SetFigures.Ablated> all) {
      List<SetFigures.Ablated> decided =
          all.stream().filter(each -> each.changes() > 0 || each.halves() > 0).toList();
      return new OrderScores(
          median(all.stream().mapToInt(SetFigures.Ablated::halves).toArray()),
          median(all.stream().mapToInt(SetFigures.Ablated::changes).toArray()),
          Proportion.wilson(decided.size(), all.size(), LEVEL),
          Proportion.wilson(
              decided.stream().mapToInt(SetFigures.Ablated::random).sum(),
              Math.max(1, 10L * decided.size()),
              LEVEL),
          median(all.stream().mapToInt(SetFigures.Ablated::restores).toArray()),
          decided.stream().mapToDouble(SetFigures.Ablated::same).average().orElse(1));
    }
  }

  /**
   * Swaps over questions of one number of hops.
   *
   * @param pairs questions times donors
   * @param needed the median number of features, −1 if for half of them none is enough
   * @param arrived for each of {@link #SIZES} the share that at most so many bring over
   * @param random share of random sets of the needed size that do the same
   * @param removed share of the pairs in which the prompt's own answer goes when at most 40
   *     candidates of the swap are set to 0
   * @param removedRandom share of random sets of as many active features without which it goes
   */
  public record SwapScores(
      int hops,
      int pairs,
      int needed,
      List<Estimate> arrived,
      Estimate random,
      Estimate removed,
      Estimate removedRandom) {
    public SwapScores {
      arrived = List.copyOf(arrived);
    }

    static SwapScores of(int hops, List<SetFigures.Swapped> all) {
      return new SwapScores(
          hops,
          all.size(),
          median(all.stream().mapToInt(SetFigures.Swapped::needed).toArray()),
          SIZES.stream()
              .map(size ->
                  Proportion.wilson(
                      all.stream()
                          .filter(each -> each.needed() > 0 && each.needed() <= size)
                          .count(),
                      all.size(),
                      LEVEL))
              .toList(),
          Proportion.wilson(
              all.stream().mapToInt(SetFigures.Swapped::random).sum(), 10L * all.size(), LEVEL),
          Proportion.wilson(
              all.stream().filter(SetFigures.Swapped::removed).count(), all.size(), LEVEL),
          Proportion.wilson(
              all.stream().mapToInt(SetFigures.Swapped::removedRandom).sum(),
              10L * all.size(),
              LEVEL));
    }
  }

  static SetScores of(List<SetFigures> figures) {
    return new SetScores(
        figures.size(),
        OrderScores.of(figures.stream().map(SetFigures::effect).toList()),
        OrderScores.of(figures.stream().map(SetFigures::influence).toList()),
        share(figures, SetFigures::verdict, "strong"),
        share(figures, SetFigures::verdict, "partial"),
        IntStream.of(
                figures.stream()
                    .filter(each -> !each.swaps().isEmpty())
                    .mapToInt(SetFigures::hops)
                    .sorted()
                    .distinct()
                    .toArray())
            .mapToObj(hops ->
                SwapScores.of(
                    hops,
                    figures.stream()
                        .filter(each -> each.hops() == hops)
                        .flatMap(each -> each.swaps().stream())
                        .toList()))
            .toList());
  }

  private static Estimate share(
      List<SetFigures> figures, Function<SetFigures, String> what, String value) {
    return Proportion.wilson(
        figures.stream().filter(each -> what.apply(each).equals(value)).count(),
        figures.size(),
        LEVEL);
  }

  /** The lower median, with −1 as larger than all. */
  private static int median(int[] values) {
    int[] sorted =
        Arrays.stream(values)
            .map(value -> value < 0 ? Integer.MAX_VALUE : value)
            .sorted()
            .toArray();
    int middle = sorted[(sorted.length - 1) / 2];
    return middle == Integer.MAX_VALUE ? -1 : middle;
  }
}
