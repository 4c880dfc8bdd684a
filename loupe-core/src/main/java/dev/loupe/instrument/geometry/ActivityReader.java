package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.geometry.ActivationTable;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Runs a model over texts and keeps what features do. The token that begins a document is read and
 * not kept: attention sinks there would match perfectly in any two dictionaries.
 */
final class ActivityReader {
  private static final int MOST_POSITIONS = 1024;

  private final LanguageModel model;
  private final TextSample texts;

  /** Watches streams while a batch is read. */
  interface Watch {
    /** The hooks of the next batch. */
    Hooks hooks();

    /**
     * A batch was read.
     *
     * @param rows documents
     * @param width positions of each, the one that begins it included
     */
    void read(int rows, int width);
  }

  /**
   * @param subject watched, so that it can be stopped
   */
  ActivityReader(Subject subject, TextSample texts) {
    this.model = subject.weights();
    this.texts = texts;
  }

  /** The activations of each set on all texts, in the texts' order. */
  List<ActivationTable> read(List<FeatureSet> sets, String what, Run run) {
    List<Collector> collectors =
        sets.stream().map(set -> new Collector(set, texts.length())).toList();
    watch(collectors, what, run);
    return collectors.stream().map(Collector::table).toList();
  }

  /** Reads all texts, watched. */
  void watch(List<? extends Watch> watches, String what, Run run) {
    int start = TextSample.start(model);
    try (Steps steps = run.steps(what, Counted.TOKENS, texts.positions())) {
      long done = 0;
      for (List<int[]> batch : texts.batches(MOST_POSITIONS)) {
        int width = batch.getFirst().length + 1;
        int[][] rows = new int[batch.size()][width];
        for (int row = 0; row < rows.length; row++) {
          rows[row][0] = start;
          System.arraycopy(batch.get(row), 0, rows[row], 1, width - 1);
        }
        Hooks hooks = Hooks.NONE;
        for (Watch watch : watches) {
          hooks = hooks.and(watch.hooks());
        }
        try (var _ = NativeScope.open()) {
          model.transformer().hidden(TokenBatch.of(rows), hooks, null);
        }
        watches.forEach(watch -> watch.read(rows.length, width));
        done += (long) rows.length * (width - 1);
        steps.at(done);
      }
    }
  }

  /** Keeps the activations of a set. */
  private static final class Collector implements Watch {
    private final FeatureSet set;
    private final ActivationTable.Builder builder;
    private final SortedMap<Integer, SparseActivations> batch = new TreeMap<>();

    Collector(FeatureSet set, int length) {
      this.set = set;
      this.builder = new ActivationTable.Builder(length, set.size());
    }

    @Override
    public Hooks hooks() {
      FeatureBasis basis = set.basis();
      Hooks hooks = Hooks.NONE;
      for (int layer : set.layers()) {
        hooks =
            hooks.and(
                Hooks.observe(
                    basis.reads(layer),
                    input -> batch.put(layer, basis.encode(layer, flat(input)))));
      }
      return hooks;
    }

    @Override
    public void read(int rows, int width) {
      for (int row = 0; row < rows; row++) {
        for (int t = 1; t < width; t++) {
          int at = row * width + t;
          int first = 0;
          for (SparseActivations active : batch.values()) {
            for (int i = active.start(at); i < active.start(at + 1); i++) {
              builder.add(first + active.feature(i), active.value(i));
            }
            first += active.features();
          }
          builder.endPosition();
        }
      }
      batch.clear();
    }

    ActivationTable table() {
      return builder.build();
    }
  }

  /** Positions of all rows in one axis. */
  static Tensor flat(Tensor value) {
    return value.reshape(-1, value.size(-1));
  }

  /** Tables of the given subjects' sets, one model after the other. */
  static List<ActivationTable> tables(
      List<Subject> subjects, List<FeatureSet> sets, TextSample texts, Run run) {
    List<ActivationTable> tables = new ArrayList<>();
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      tables.addAll(
          new ActivityReader(subject.watched(run), texts)
              .read(List.of(sets.get(i)), "reading texts through " + subject.basis().name(), run));
    }
    return tables;
  }
}
