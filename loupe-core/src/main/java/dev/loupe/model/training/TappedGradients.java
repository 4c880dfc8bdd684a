package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.TapGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Gradients of a network of any family: by what stands at the outputs of its linear maps, in a run
 * that tells their inputs.
 */
final class TappedGradients implements SequenceGradients {
  /** Logits of this many positions are held at a time. */
  private static final int HEAD_ROWS = 512;

  private final Transformer model;
  private final String name;

  TappedGradients(Transformer model, String name) {
    this.model = model;
    this.name = name;
    int mixtures = model.config().mixtures().size();
    if (mixtures > 0) {
      throw LoupeException.badInput(
          "%s has %d layers that are mixtures of experts, for which gradients by weights are not computed"
              .formatted(name, mixtures),
          "Choose a model with dense MLPs.");
    }
  }

  @Override
  public List<BlockMap> maps(boolean attention) {
    List<BlockMap.Kind> kinds = new ArrayList<>();
    if (attention) {
      kinds.addAll(
          List.of(
              BlockMap.Kind.QUERY,
              BlockMap.Kind.KEY,
              BlockMap.Kind.VALUE,
              BlockMap.Kind.ATTENTION_OUT));
    }
    if (model.config().gated()) {
      kinds.add(BlockMap.Kind.MLP_GATE);
    }
    kinds.addAll(List.of(BlockMap.Kind.MLP_UP, BlockMap.Kind.MLP_DOWN));
    return BlockMap.all(model.config().layers(), kinds);
  }

  private Linear linear(BlockMap map) {
    ModelWeights.Layer layer = model.weights().layer(map.layer());
    ModelWeights.Dense mlp = (ModelWeights.Dense) layer.mlp();
    return switch (map.kind()) {
      case QUERY -> layer.attention().query();
      case KEY -> layer.attention().key();
      case VALUE -> layer.attention().value();
      case ATTENTION_OUT -> layer.attention().output();
      case MLP_GATE -> mlp.gate() == null ? mlp.up() : mlp.gate();
      case MLP_UP -> mlp.up();
      case MLP_DOWN -> mlp.down();
      case QUERY_KEY_VALUE -> throw new IllegalArgumentException(name + " has no " + map.name());
    };
  }

  /** What a map reads. */
  private static Tap input(BlockMap map) {
    Site site =
        switch (map.kind()) {
          case QUERY_KEY_VALUE, QUERY, KEY, VALUE -> Site.ATTN_IN;
          case ATTENTION_OUT -> Site.HEAD_MIX;
          case MLP_GATE, MLP_UP -> Site.MLP_IN;
          case MLP_DOWN -> Site.MLP_POST;
        };
    return new Tap(site, map.layer());
  }

  /** What a map makes. */
  private Tap output(BlockMap map) {
    Site site =
        switch (map.kind()) {
          case QUERY_KEY_VALUE -> throw new IllegalArgumentException("no such map");
          case QUERY -> Site.QUERY_PROJECTED;
          case KEY -> Site.KEY_PROJECTED;
          case VALUE -> Site.VALUE_PROJECTED;
          case ATTENTION_OUT -> Site.ATTN_WRITTEN;
          case MLP_GATE -> Site.MLP_PRE;
          case MLP_UP -> model.config().gated() ? Site.MLP_UP : Site.MLP_PRE;
          case MLP_DOWN -> Site.MLP_WRITTEN;
        };
    return new Tap(site, map.layer());
  }

  @Override
  public MapSize size(BlockMap map) {
    try (var _ = NativeScope.open()) {
      Linear linear = linear(map);
      return new MapSize(linear.weight().size(1), linear.weight().size(0), linear.bias() != null);
    }
  }

  @Override
  public DType dtype() {
    return model.dtype() == DType.F64 ? DType.F64 : DType.F32;
  }

  @Override
  public int context() {
    return model.config().context();
  }

  /** Chooses labels of some counted predictions from the logits' probabilities. */
  private interface Labels {
    Tensor of(Tensor logProbabilities, int from, int to);
  }

  @Override
  public double loss(int[] sequence, boolean[] counts) {
    try (var _ = NativeScope.open()) {
      Batch batch = Batch.of(List.of(sequence), List.of(counts));
      Tensor hidden = model.hidden(TokenBatch.of(sequence), Hooks.NONE, null);
      return eachLoss(hidden, batch, truth(batch), loss -> loss);
    }
  }

  private static Labels truth(Batch batch) {
    return (_, from, to) -> batch.targets().slice(0, from, to);
  }

  @Override
  public double ofTruth(
      List<int[]> sequences, List<boolean[]> counts, Set<BlockMap> maps, MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    return gradient(sequences, batch, truth(batch), maps, sink);
  }

  @Override
  public double ofLabels(
      List<int[]> sequences,
      List<boolean[]> counts,
      Label label,
      Set<BlockMap> maps,
      MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    int length = batch.context();
    return gradient(
        sequences,
        batch,
        (_, from, to) -> {
          long[] labels = new long[to - from];
          for (int i = from; i < to; i++) {
            int place = (int) batch.place(i);
            labels[i - from] = label.at(place / length, place % length);
          }
          return Tensor.of(labels, labels.length, 1);
        },
        maps,
        sink);
  }

  @Override
  public double ofDrawn(
      List<int[]> sequences, List<boolean[]> counts, Draw draw, Set<BlockMap> maps, MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    int length = batch.context();
    return gradient(
        sequences,
        batch,
        (logProbabilities, from, to) -> {
          double[] numbers = new double[to - from];
          for (int i = from; i < to; i++) {
            int place = (int) batch.place(i);
            numbers[i - from] = draw.at(place / length, place % length);
          }
          return DrawnLabels.of(logProbabilities.exp(), numbers);
        },
        maps,
        sink);
  }

  @Override
  public void ofCurvature(
      List<int[]> sequences,
      List<boolean[]> counts,
      List<Map<BlockMap, Tensor>> directions,
      ProductSink sink) {
    throw LoupeException.badInput(
        "products with the Gauss–Newton matrix are computed for GPT-2 networks with tied embeddings alone, and %s is another"
            .formatted(name),
        "Leave out `refine`.");
  }

  private double gradient(
      List<int[]> sequences, Batch batch, Labels labels, Set<BlockMap> maps, MapSink sink) {
    Map<Tap, Tensor> inputs = new LinkedHashMap<>();
    double[] loss = new double[1];
    Map<Tap, Tensor> gradients = Map.of();
    try (var _ = NativeScope.open()) {
      Set<Tap> outputs = new LinkedHashSet<>();
      Hooks reading = Hooks.NONE;
      for (BlockMap map : maps) {
        outputs.add(output(map));
        Tap read = input(map);
        reading = reading.and(Hooks.observe(read, value -> keep(inputs, read, value)));
      }
      Hooks all = reading;
      gradients =
          TapGradients.of(
              outputs,
              hooks -> loss[0] = backward(sequences, batch, labels, hooks.and(all)),
              Tensor::copy);
      for (BlockMap map : maps) {
        try (var _ = NativeScope.open()) {
          sink.map(map, columns(map, at(inputs, input(map))), at(gradients, output(map)));
        }
      }
      return loss[0];
    } finally {
      inputs.values().forEach(Tensor::close);
      gradients.values().forEach(Tensor::close);
    }
  }

  private static void keep(Map<Tap, Tensor> kept, Tap tap, Tensor value) {
    if (!kept.containsKey(tap)) {
      kept.put(tap, value.detached().copy().retain());
    }
  }

  private static Tensor at(Map<Tap, Tensor> all, Tap tap) {
    Tensor found = all.get(tap);
    if (found == null) {
      throw new IllegalStateException("the run did not come to " + tap);
    }
    return found;
  }

  /** What a map reads, heads side by side, and 1 where it has a bias. */
  private Tensor columns(BlockMap map, Tensor input) {
    Tensor rows =
        input.rank() == 3
            ? input
            : input
                .transpose(1, 2)
                .reshape(input.size(0), input.size(2), (long) input.size(1) * input.size(3));
    if (!size(map).biased()) {
      return rows;
    }
    Tensor one = Tensor.zeros(rows.dtype(), rows.size(0), rows.size(1), 1).fillInPlace(1);
    return Tensor.cat(List.of(rows, one), 2);
  }

  private double backward(List<int[]> sequences, Batch batch, Labels labels, Hooks hooks) {
    Tensor hidden = model.hidden(TokenBatch.of(sequences.toArray(int[][]::new)), hooks, null);
    Tensor leaf = hidden.requiringGradient();
    double loss =
        eachLoss(
            leaf,
            batch,
            labels,
            each -> {
              each.backward();
              return each;
            });
    if (batch.count() > 0) {
      hidden.times(leaf.gradient()).sum().backward();
    }
    return loss;
  }

  /** The summed loss of hidden states {@code [batch, pos, d_embedding]}, some rows at a time. */
  private double eachLoss(Tensor hidden, Batch batch, Labels labels, UnaryOperator<Tensor> then) {
    double sum = 0;
    for (int from = 0; from < batch.count(); from += HEAD_ROWS) {
      int to = Math.min(batch.count(), from + HEAD_ROWS);
      try (var _ = NativeScope.open()) {
        Tensor rows =
            hidden
                .reshape((long) hidden.size(0) * hidden.size(1), hidden.size(2))
                .indexSelect(0, batch.counted().slice(0, from, to));
        Tensor logProbabilities = model.unembed(rows).logSoftmax(-1);
        Tensor label = labels.of(logProbabilities, from, to);
        sum += then.apply(logProbabilities.gather(1, label).sum().times(-1)).item();
      }
    }
    return sum;
  }

  /** The weights stay the model's. */
  @Override
  public void close() {}
}
