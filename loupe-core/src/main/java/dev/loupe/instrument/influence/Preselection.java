package dev.loupe.instrument.influence;

import dev.loupe.job.Run;
import dev.loupe.model.Transformer;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Documents that are scored because they are near the completion by words or by what the model
 * makes of them, and some of the others to learn what is missed.
 *
 * @param selected in the order of the corpus
 * @param compared of the others
 * @param others documents that are not selected
 */
public record Preselection(By by, List<Sequence> selected, List<Sequence> compared, int others) {
  /** Others that are scored where not all are. */
  private static final int COMPARED = 200;

  private static final double LEVEL = 0.95;

  /** What documents are selected by. */
  public enum By {
    /** Words of prompt and completion, by BM25 over the model's tokens. */
    BM25,
    /** Cosine of the mean residual streams after the last block. */
    EMBEDDING
  }

  /**
   * Selects.
   *
   * @param count documents at most
   * @param all whether all others are compared
   */
  static Preselection of(
      By by,
      Transformer model,
      List<Sequence> documents,
      Sequence query,
      int count,
      boolean all,
      Run run) {
    List<Sequence> queries = List.of(query);
    double[] near =
        switch (by) {
          case BM25 -> Baselines.bm25(documents, queries)[0];
          case EMBEDDING -> Baselines.similarity(model, documents, queries, run)[0];
        };
    List<Integer> order =
        new ArrayList<>(
            IntStream.range(0, documents.size())
                .boxed()
                .sorted(Comparator.comparingDouble(n -> -near[n]))
                .toList());
    int selected = Math.min(count, order.size());
    List<Integer> rest = new ArrayList<>(order.subList(selected, order.size()));
    Collections.shuffle(rest, new Random(run.seed()));
    return new Preselection(
        by,
        of(documents, order.subList(0, selected)),
        of(documents, rest.subList(0, all ? rest.size() : Math.min(COMPARED, rest.size()))),
        rest.size());
  }

  private static List<Sequence> of(List<Sequence> documents, List<Integer> numbers) {
    return numbers.stream().sorted().map(documents::get).toList();
  }

  /**
   * What the selection misses of the documents that make the completion likelier.
   *
   * @param ranks of the selected documents, by which they are shown
   * @param others ranks of those compared
   */
  AskReport.Filtered missed(double[] ranks, double[] others, int top) {
    double[] shown = first(Arrays.stream(ranks), top);
    // Where fewer are shown than asked for, every other one of that sign would be.
    double last = shown.length < top ? 0 : shown[shown.length - 1];
    long above = Arrays.stream(others).filter(each -> each > last).count();
    Estimate share = Proportion.wilson(above, Math.max(1, others.length), LEVEL);
    boolean isWhole = others.length == others();
    double[] best = first(DoubleStream.concat(Arrays.stream(ranks), Arrays.stream(others)), top);
    double least = best.length == 0 ? 0 : best[best.length - 1];
    long kept = Arrays.stream(shown).filter(each -> each >= least).count();
    return new AskReport.Filtered(
        by.name().toLowerCase(Locale.ROOT),
        selected.size(),
        selected.size() + (long) others(),
        others.length,
        isWhole
            ? Estimate.exactly((double) above, "documents")
            : new Estimate(
                share.value() * others(),
                share.low() * others(),
                share.high() * others(),
                LEVEL,
                "documents"),
        isWhole && best.length > 0
            ? Proportion.wilson(kept, best.length, LEVEL)
            : Estimate.exactly(Double.NaN, "not all others were scored"));
  }

  static Evidence evidence(AskReport.Filtered filtered) {
    return filtered.recall().hasInterval()
        ? Evidence.noted(
            "Documents of largest influence in a full scan that the filter selected",
            Support.OBSERVED,
            filtered.recall(),
            String.format(Locale.ROOT, "all %,d others were scored", filtered.compared()))
        : Evidence.noted(
            "Documents that the filter left out, expected to belong among those shown",
            Support.OBSERVED,
            filtered.missed(),
            String.format(
                Locale.ROOT, "%,d of the others were scored to learn that", filtered.compared()));
  }

  static String caveat(AskReport.Filtered filtered) {
    return String.format(
        Locale.ROOT,
        "Scored, shown and counted in shares are the %,d of %,d documents that are nearest to"
            + " prompt and completion by %s alone.",
        filtered.selected(),
        filtered.documents(),
        filtered.by().equals("bm25") ? "their words (BM25)" : "the mean residual stream");
  }

  /** The largest that are positive, falling. */
  private static double[] first(DoubleStream ranks, int top) {
    return ranks
        .filter(each -> each > 0)
        .boxed()
        .sorted(Comparator.reverseOrder())
        .limit(top)
        .mapToDouble(Double::doubleValue)
        .toArray();
  }
}
