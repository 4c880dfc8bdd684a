package dev.loupe.instrument.influence;

import dev.loupe.instrument.Subject;
import dev.loupe.statistics.Bootstrap;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of the documents' influence when two phrases change places in them: Grosse et al.
 * (2023) find that it falls to near zero where a document says the completion before the prompt's
 * key phrase.
 */
final class PhraseFlip {
  private static final int RESAMPLES = 1000;
  private static final double LEVEL = 0.95;

  private PhraseFlip() {}

  /**
   * The text with the first places of two phrases changed; empty where one is missing or they
   * overlap.
   */
  static Optional<String> flipped(String text, String first, String second) {
    int a = text.indexOf(first);
    int b = text.indexOf(second);
    if (a > b) {
      return flipped(text, second, first, b, a);
    }
    return flipped(text, first, second, a, b);
  }

  private static Optional<String> flipped(
      String text, String before, String after, int from, int to) {
    if (from < 0 || before.isEmpty() || after.isEmpty() || from + before.length() > to) {
      return Optional.empty();
    }
    return Optional.of(
        text.substring(0, from)
            + after
            + text.substring(from + before.length(), to)
            + before
            + text.substring(to + after.length()));
  }

  /**
   * Scores the documents that have both phrases, as they are and flipped.
   *
   * @param directions whose scores sum
   */
  static AskReport.Flip of(
      Subject subject,
      List<Direction> directions,
      List<AskReport.Influential> documents,
      String phrase,
      String completion,
      long seed) {
    List<AskReport.Flipped> found = new ArrayList<>();
    for (AskReport.Influential each : documents) {
      flipped(each.text(), phrase, completion.strip())
          .ifPresent(text -> {
            Sequence sequence = DocumentRanking.document(each.id(), text, subject.weights());
            if (sequence.tokens().length <= subject.transformer().config().context()) {
              double influence = Arrays.stream(Direction.byToken(directions, sequence)).sum();
              found.add(new AskReport.Flipped(each.id(), text, each.influence(), influence));
            }
          });
    }
    return new AskReport.Flip(phrase, completion.strip(), found, share(found, seed));
  }

  /** Influence that is left, of what it was; the interval draws documents again. */
  private static Estimate share(List<AskReport.Flipped> documents, long seed) {
    if (documents.size() < 2) {
      return Estimate.exactly(
          documents.isEmpty() ? Double.NaN : left(documents, new int[] {0}),
          "%d documents".formatted(documents.size()));
    }
    int[] all = new int[documents.size()];
    Arrays.setAll(all, n -> n);
    Interval interval =
        Bootstrap.percentile(
            Bootstrap.resample(all.length, RESAMPLES, seed, some -> left(documents, some)), LEVEL);
    return new Estimate(
        left(documents, all),
        interval.low(),
        interval.high(),
        LEVEL,
        "of the influence, %d documents".formatted(all.length));
  }

  private static double left(List<AskReport.Flipped> documents, int[] some) {
    double before = Arrays.stream(some).mapToDouble(n -> documents.get(n).influence()).sum();
    double after = Arrays.stream(some).mapToDouble(n -> documents.get(n).flipped()).sum();
    return after / before;
  }
}
