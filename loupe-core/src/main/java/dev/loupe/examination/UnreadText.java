package dev.loupe.examination;

import dev.loupe.corpus.DocumentStart;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.tensor.NativeScope;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Reads documents of a world through a model, those of one length at once. */
final class UnreadText {
  private static final int MOST_POSITIONS = 1024;

  private UnreadText() {}

  /**
   * Reads all of them, the shortest first.
   *
   * @param subject watched, so that it can be stopped
   * @param documents tokens without the one that begins a document
   * @param hooks what looks at a batch, given its rows: {@code [documents, 1 + tokens]}, the token
   *     that begins a document first
   */
  static void read(
      Subject subject, List<int[]> documents, Run run, Function<int[][], Hooks> hooks) {
    int start =
        DocumentStart.of(subject.weights().tokenizer(), subject.weights().boundaries()).token();
    List<int[]> sorted =
        documents.stream().sorted(Comparator.comparingInt(ids -> ids.length)).toList();
    try (Steps steps = run.steps("reading texts", Counted.DOCUMENTS, sorted.size())) {
      int from = 0;
      for (int to = 1; to <= sorted.size(); to++) {
        int length = sorted.get(from).length;
        boolean full =
            to == sorted.size()
                || sorted.get(to).length != length
                || (to - from + 1) * (length + 1) > MOST_POSITIONS;
        if (full) {
          int[][] rows = new int[to - from][length + 1];
          for (int row = 0; row < rows.length; row++) {
            rows[row][0] = start;
            System.arraycopy(sorted.get(from + row), 0, rows[row], 1, length);
          }
          try (var _ = NativeScope.open()) {
            subject.transformer().hidden(TokenBatch.of(rows), hooks.apply(rows), null);
          }
          from = to;
          steps.at(to);
        }
      }
    }
  }
}
