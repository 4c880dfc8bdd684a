package dev.loupe.dictionary.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.evaluation.RowReader;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.concurrent.CancellationException;

/**
 * Activations of a model over a corpus, a buffer full at a time. A buffer holds the positions of as
 * many rows as fit, is drawn from in shuffled order until it is empty, and is filled again. Which
 * rows and which order follow from the buffer's number and the seed, so that a resumed training
 * fills the same buffer again.
 */
final class ActivationStream implements AutoCloseable {
  private static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private final RowReader rows;
  private final DictionaryPlan.Stream plan;
  private final SequencedSet<Tap> taps;
  private final int width;
  private final int rowsPerBuffer;
  private final Optional<ActivationCache> cache;
  private SequencedMap<Tap, Tensor> buffer = new LinkedHashMap<>();
  private int[] order = {};
  private int filled;

  /** Nothing is read yet. */
  ActivationStream(Transformer model, TrainingRows corpus, Layout layout, DictionaryPlan plan) {
    this.model = model;
    this.rows = new RowReader(corpus, plan.stream().leftOut());
    this.plan = plan.stream();
    this.taps = taps(layout);
    this.width = layout.width();
    this.rowsPerBuffer = rowsOfBuffer(corpus, layout, plan.stream());
    this.cache =
        plan.stream()
            .cache()
            .map(folder ->
                new ActivationCache(
                    folder,
                    List.copyOf(taps),
                    rowsPerBuffer,
                    plan.result(),
                    plan.stream(),
                    corpus));
  }

  private static SequencedSet<Tap> taps(Layout layout) {
    SequencedSet<Tap> taps = new LinkedHashSet<>(layout.reads());
    taps.addAll(layout.targets());
    return taps;
  }

  /** Memory of a position in the buffer. */
  static long bytesOfPosition(Layout layout) {
    return (long) taps(layout).size() * layout.width() * DType.F32.bytes();
  }

  /** As many as fit, at least a batch, at most the corpus. */
  static int rowsOfBuffer(TrainingRows corpus, Layout layout, DictionaryPlan.Stream plan) {
    long fit = plan.bufferBytes() / (bytesOfPosition(layout) * corpus.context());
    long least = Math.max(1, Math.ceilDiv(plan.batch(), corpus.context()));
    return Math.toIntExact(Math.min(corpus.count(), Math.max(fit, least)));
  }

  static LoupeException notFinite(String place) {
    return LoupeException.badInput(
        "the activations at %s are not finite".formatted(place),
        "Run the model in float32, and check its weights.");
  }

  /**
   * Fills the buffer for the {@code number}th time, counted from 0.
   *
   * @throws CancellationException if the listener stops it; the buffer must be filled again then
   */
  void fill(long number, DictionaryListener listener) {
    if (cache.isPresent() && cache.get().has(number)) {
      take(cache.get().read(number));
    } else {
      run(number, listener);
      cache.ifPresent(shards -> shards.write(number, contents()));
    }
    order = shuffled(filled, plan.seed() * 1_000_003 + number);
  }

  /** Positions in the buffer. */
  int filled() {
    return filled;
  }

  /** How many batches the full buffer gives: none smaller than asked unless it is the only one. */
  int batches() {
    return Math.max(1, filled / plan.batch());
  }

  /** Positions of a batch. */
  int positions(int batch) {
    return Math.toIntExact(end(batch) - end(batch - 1));
  }

  private long end(int batch) {
    return (long) filled * (batch + 1) / batches();
  }

  /** A batch's activations at every tap, {@code [n, d_model]}, in the caller's scope. */
  Map<Tap, Tensor> batch(int number) {
    int from = Math.toIntExact(end(number - 1));
    int[] chosen = Arrays.copyOfRange(order, from, Math.toIntExact(end(number)));
    Tensor indices = Tensor.indices(chosen);
    Map<Tap, Tensor> batch = new LinkedHashMap<>();
    buffer.forEach((tap, all) -> batch.put(tap, all.indexSelect(0, indices)));
    return batch;
  }

  /** Everything in the buffer, in the order of the corpus; views. */
  SequencedMap<Tap, Tensor> contents() {
    SequencedMap<Tap, Tensor> contents = new LinkedHashMap<>();
    buffer.forEach((tap, all) -> contents.put(tap, all.slice(0, 0, filled)));
    return contents;
  }

  private void run(long number, DictionaryListener listener) {
    allocate(rowsPerBuffer * rows.context());
    filled = 0;
    int together = Math.max(1, TOKENS_AT_ONCE / rows.context());
    for (int from = 0; from < rowsPerBuffer; from += together) {
      int some = Math.min(together, rowsPerBuffer - from);
      try (var _ = NativeScope.open()) {
        RowReader.Batch batch = rows.read(number * rowsPerBuffer + from, some);
        Tensor kept = Tensor.indices(batch.kept());
        int at = filled;
        List<Hooks> readers = new ArrayList<>();
        for (Tap tap : taps) {
          readers.add(
              Hooks.observe(
                  tap,
                  values ->
                      of(tap)
                          .slice(0, at, at + batch.count())
                          .copyInPlace(values.reshape(-1, width).indexSelect(0, kept))));
        }
        model.observe(batch.tokens(), Hooks.all(readers.toArray(Hooks[]::new)));
        filled += batch.count();
      }
      listener.reading(from + some, rowsPerBuffer);
      if (listener.stopRequested()) {
        throw new CancellationException("stopped while the model read the corpus");
      }
    }
    if (filled == 0) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT, "%,d rows of the corpus have no position to train on", rowsPerBuffer),
          "Leave fewer tokens out, or give another corpus.");
    }
    requireFinite();
    leaveOutTooLong();
  }

  private void leaveOutTooLong() {
    try (var _ = NativeScope.open()) {
      int[] which = plan.leftOut().notTooLong(contents().values());
      if (which.length < filled) {
        Tensor index = Tensor.indices(which);
        contents()
            .forEach((tap, values) ->
                of(tap).slice(0, 0, which.length).copyInPlace(values.indexSelect(0, index)));
        filled = which.length;
      }
    }
  }

  private void requireFinite() {
    try (var _ = NativeScope.open()) {
      contents()
          .forEach((tap, values) -> {
            if (!values.isFinite()) {
              throw notFinite(Place.name(tap));
            }
          });
    }
  }

  private Tensor of(Tap tap) {
    Tensor all = buffer.get(tap);
    if (all == null) {
      throw new IllegalStateException("closed");
    }
    return all;
  }

  private void allocate(int positions) {
    if (!buffer.isEmpty() && buffer.firstEntry().getValue().size(0) >= positions) {
      return;
    }
    close();
    try (var _ = NativeScope.open()) {
      for (Tap tap : taps) {
        buffer.put(tap, Tensor.empty(DType.F32, positions, width).retain());
      }
    }
  }

  private void take(SequencedMap<Tap, Tensor> stored) {
    try (var _ = NativeScope.open()) {
      filled = stored.firstEntry().getValue().size(0);
      allocate(filled);
      stored.forEach((tap, values) -> of(tap).slice(0, 0, filled).copyInPlace(values));
    } finally {
      stored.values().forEach(Tensor::close);
    }
    requireFinite();
  }

  private static int[] shuffled(int count, long seed) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    Random random = new Random(seed);
    for (int i = count - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int value = order[i];
      order[i] = order[other];
      order[other] = value;
    }
    return order;
  }

  @Override
  public void close() {
    buffer.values().forEach(Tensor::close);
    buffer = new LinkedHashMap<>();
  }
}
