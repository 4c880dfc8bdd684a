package dev.loupe.dictionary.evaluation;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.LongConsumer;

/**
 * How good a dictionary is on text that it has not seen. By layer, on the model's own activations:
 * FVU, L0, and features that never fire. And in the model: the next token with every MLP replaced
 * at once (transcoders), or with the reconstruction in place of the activations of one layer after
 * the other (SAEs), compared with the same sites set to zero.
 */
public final class DictionaryEvaluation {
  /** Coverage of every interval. */
  public static final double LEVEL = 0.95;

  private static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private final Dictionary dictionary;
  private final RowReader rows;
  private final long count;
  private final LeftOut leftOut;
  private final long seed;

  /**
   * A layer's figures on the model's own activations.
   *
   * @param unexplained FVU, {@code Σ‖x − x̂‖² / Σ‖x − x̄‖²} over all positions
   * @param active L0, features above 0 per position
   * @param dead how many features never fired
   */
  public record Layer(int layer, Estimate unexplained, Estimate active, int dead, int features) {}

  /**
   * The model with reconstructions in it.
   *
   * @param what was replaced, in words
   * @param agreement share of positions at which the most probable next token is the model's
   * @param clearAgreement the same where the model's second choice has at most 90% of the first
   *     one's probability: near ties say little about a replacement
   * @param divergence {@code KL(model ‖ replaced)} per position, in nats
   * @param loss of the model itself, cross entropy in nats
   * @param replacedLoss with the reconstruction
   * @param zeroLoss with zeros
   * @param recovered {@code (zeroLoss − replacedLoss) / (zeroLoss − loss)}
   */
  public record Replaced(
      String what,
      Estimate agreement,
      Estimate clearAgreement,
      Estimate divergence,
      Estimate loss,
      Estimate replacedLoss,
      Estimate zeroLoss,
      Estimate recovered) {}

  /**
   * The results.
   *
   * @param positions that were read, padding aside
   */
  public record Result(long positions, List<Layer> layers, List<Replaced> replaced) {
    public Result {
      layers = List.copyOf(layers);
      replaced = List.copyOf(replaced);
    }

    /** L0, mean over layers. */
    public double meanActive() {
      return layers.stream().mapToDouble(layer -> layer.active().value()).average().orElse(0);
    }
  }

  /**
   * An evaluation.
   *
   * @param corpus rows of tokens
   * @param most rows that are read at most, from the first
   * @param leftOut positions that are not measured, and keep the model's own values when others are
   *     replaced
   * @param seed of the bootstrap
   */
  public DictionaryEvaluation(
      Transformer model,
      Dictionary dictionary,
      TrainingRows corpus,
      long most,
      LeftOut leftOut,
      long seed) {
    if (corpus.count() < 1 || most < 1) {
      throw LoupeException.badInput(
          "there is no row to evaluate on", "Give a corpus with at least one document.");
    }
    this.model = model;
    this.dictionary = dictionary;
    this.rows = new RowReader(corpus, leftOut);
    this.leftOut = leftOut;
    this.count = Math.min(most, corpus.count());
    this.seed = seed;
  }

  /**
   * Reads the rows.
   *
   * @param read receives how many rows have been read
   */
  public Result run(LongConsumer read) {
    SequencedMap<Integer, LayerSums> layers = new LinkedHashMap<>();
    dictionary
        .layers()
        .forEach(layer ->
            layers.put(layer, new LayerSums(dictionary.features(layer), Math.toIntExact(count))));
    List<ReplacedSums> replaced = new ArrayList<>();
    for (List<Integer> together : groups()) {
      replaced.add(
          new ReplacedSums(name(together), together, zeros(together), Math.toIntExact(count)));
    }
    int atOnce = Math.max(1, TOKENS_AT_ONCE / rows.context());
    long positions = 0;
    for (long first = 0; first < count; first += atOnce) {
      int some = Math.toIntExact(Math.min(atOnce, count - first));
      try (var _ = NativeScope.open()) {
        RowReader.Batch batch = rows.read(first, some);
        positions += measure(batch, Math.toIntExact(first), layers, replaced);
      }
      read.accept(first + some);
    }
    List<Layer> figures = new ArrayList<>();
    layers.forEach((layer, sums) -> figures.add(sums.figures(layer, seed)));
    return new Result(
        positions, figures, replaced.stream().map(sums -> sums.figures(seed)).toList());
  }

  /** What is replaced at once: all layers of a transcoder, one of an SAE. */
  private List<List<Integer>> groups() {
    return dictionary.kind() == Dictionary.Kind.SAE
        ? dictionary.layers().stream().map(List::of).toList()
        : List.of(dictionary.layers());
  }

  private String name(List<Integer> together) {
    String first = Place.name(dictionary.writes(together.getFirst()).getFirst());
    return together.size() == 1
        ? first
        : first + " … " + Place.name(dictionary.writes(together.getLast()).getFirst());
  }

  /** Leaves positions that are left out as the run has them. */
  private Hooks besides(RowReader.Batch batch, List<Integer> together, Hooks replacing) {
    if (leftOut.equals(LeftOut.NONE)) {
      return replacing;
    }
    Hooks before = Hooks.NONE;
    Hooks after = Hooks.NONE;
    Map<Tap, Tensor> own = new HashMap<>();
    for (int layer : together) {
      Tap tap = dictionary.writes(layer).getFirst();
      before = before.and(Hooks.observe(tap, value -> own.put(tap, value)));
      after = after.and(Hooks.replace(tap, value -> joined(batch, value, at(own, tap))));
    }
    return before.and(replacing).and(after);
  }

  /** One tensor where positions count, another elsewhere. */
  private static Tensor joined(RowReader.Batch batch, Tensor counted, Tensor others) {
    long[] counts = new long[batch.tokens().size() * batch.tokens().length()];
    for (int place : batch.kept()) {
      counts[place] = 1;
    }
    Tensor kept =
        Tensor.of(counts, batch.tokens().size(), batch.tokens().length(), 1).to(DType.BOOL);
    return counted.maskedFill(kept.not(), 0).plus(others.maskedFill(kept, 0));
  }

  private Hooks zeros(List<Integer> together) {
    return together.stream()
        .map(layer ->
            Hooks.replace(
                dictionary.writes(layer).getFirst(),
                value -> Tensor.zeros(value.dtype(), value.shape())))
        .reduce(Hooks.NONE, Hooks::and);
  }

  /** Measures a batch; how many of its positions count. */
  private int measure(
      RowReader.Batch read,
      int first,
      Map<Integer, LayerSums> layers,
      List<ReplacedSums> replaced) {
    Tensor all = Tensor.indices(read.kept());
    Map<Tap, Tensor> seen = new HashMap<>();
    List<Tap> taps = new ArrayList<>();
    for (int layer : dictionary.layers()) {
      taps.add(dictionary.reads(layer));
      taps.add(dictionary.writes(layer).getFirst());
    }
    Hooks[] readers =
        taps.stream()
            .distinct()
            .map(tap -> Hooks.observe(tap, value -> seen.put(tap, picked(value, all).retain())))
            .toArray(Hooks[]::new);
    try {
      Tensor hidden = picked(model.hidden(read.tokens(), Hooks.all(readers), null), all);
      int[] which = leftOut.notTooLong(seen.values());
      RowReader.Batch batch = read;
      if (which.length < read.count()) {
        batch = read.only(which);
        Tensor index = Tensor.indices(which);
        hidden = hidden.indexSelect(0, index);
        seen.replaceAll((_, values) -> {
          Tensor fewer = values.indexSelect(0, index).retain();
          values.close();
          return fewer;
        });
      }
      Tensor logits = model.unembed(hidden).logSoftmax(-1);
      Tensor kept = Tensor.indices(batch.kept());
      Map<Integer, SparseActivations> active = new HashMap<>();
      for (int layer : dictionary.layers()) {
        active.put(layer, dictionary.encode(layer, at(seen, dictionary.reads(layer))));
      }
      for (int layer : dictionary.layers()) {
        try (var _ = NativeScope.open()) {
          Tensor input = at(seen, dictionary.reads(layer));
          Tensor target = at(seen, dictionary.writes(layer).getFirst());
          Tensor rebuilt =
              dictionary.reconstruct(layer, other -> at(active, other), input).to(target.dtype());
          at(layers, layer).add(batch, first, target, rebuilt, at(active, layer));
        }
      }
      for (ReplacedSums sums : replaced) {
        try (var _ = NativeScope.open();
            Replacement replacement = Replacement.of(dictionary, sums.together())) {
          sums.add(
              batch,
              first,
              logits,
              logits(batch, kept, besides(batch, sums.together(), replacement.hooks())),
              logits(batch, kept, besides(batch, sums.together(), sums.zeros())));
        }
      }
      return batch.count();
    } finally {
      seen.values().forEach(Tensor::close);
    }
  }

  private static Tensor picked(Tensor value, Tensor kept) {
    return value.reshape(-1, value.size(-1)).indexSelect(0, kept);
  }

  private static <K, V> V at(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) {
      throw new IllegalStateException("nothing at " + key);
    }
    return value;
  }

  private Tensor logits(RowReader.Batch batch, Tensor kept, Hooks hooks) {
    try (var scope = NativeScope.open()) {
      Tensor hidden = picked(model.hidden(batch.tokens(), hooks, null), kept);
      return scope.keep(model.unembed(hidden).logSoftmax(-1));
    }
  }
}
