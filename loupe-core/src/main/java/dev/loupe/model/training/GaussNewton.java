package dev.loupe.model.training;

import dev.loupe.model.training.BackPropagation.Block;
import dev.loupe.model.training.BackPropagation.Heads;
import dev.loupe.tensor.Derivatives;
import dev.loupe.tensor.Derivatives.LayerNorm;
import dev.loupe.tensor.Derivatives.RowScales;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Products of the Gauss–Newton matrix of a batch and directions in the weights of its linear maps.
 * The change of the logits along a direction is computed by a forward pass of changes through what
 * the forward pass of values kept; most derivatives in it are symmetric, so that they are those of
 * the backward pass.
 *
 * <p>In the comments n is rows · context, and d… is the change of …
 */
final class GaussNewton {
  /** Logits of this many positions are held at a time. */
  private static final int HEAD_ROWS = 512;

  private final BackPropagation network;
  private final Parameters weights;
  private final Batch batch;

  GaussNewton(BackPropagation network, Parameters weights, Batch batch) {
    this.network = network;
    this.weights = weights;
    this.batch = batch;
  }

  /**
   * Tells the parts of every product to its sink.
   *
   * @param directions each by map, {@code [out, in + 1]}
   */
  void products(List<Map<BlockMap, Tensor>> directions, IntFunction<GradientSink> sinks) {
    try (var _ = NativeScope.open()) {
      List<Block> blocks = new ArrayList<>();
      Tensor stream = network.forward(batch, blocks);
      LayerNorm norm = network.norm(stream, 0, Weight.FINAL_NORM_GAIN, Weight.FINAL_NORM_BIAS);
      List<Tensor> changes = new ArrayList<>();
      for (Map<BlockMap, Tensor> direction : directions) {
        try (var scope = NativeScope.open()) {
          Tensor change = through(blocks, stream, direction);
          changes.add(
              scope.keep(counted(normed(change, stream, norm.rows(), 0, Weight.FINAL_NORM_GAIN))));
        }
      }
      List<List<Tensor>> byLast = byLast(counted(norm.output()), changes);
      for (int d = 0; d < directions.size(); d++) {
        GradientSink sink = sinks.apply(d);
        try (var _ = NativeScope.open()) {
          Tensor byStream =
              network.headBackward(
                  stream, norm.rows(), byLast.get(d), batch, batch.counted(), sink);
          for (int layer = blocks.size() - 1; layer >= 0 && !sink.isDone(); layer--) {
            byStream = network.backward(layer, blocks.get(layer), byStream, sink);
          }
        }
      }
    }
  }

  private Tensor counted(Tensor rows) {
    return batch.count() == batch.positions() ? rows : rows.indexSelect(0, batch.counted());
  }

  /** For each direction the gradients by the counted rows, a few rows at a time. */
  private List<List<Tensor>> byLast(Tensor last, List<Tensor> changes) {
    Tensor unembedding = weights.of(Weight.EMBEDDING);
    List<List<Tensor>> found = new ArrayList<>();
    changes.forEach(_ -> found.add(new ArrayList<>()));
    for (int from = 0; from < batch.count(); from += HEAD_ROWS) {
      int to = Math.min(batch.count(), from + HEAD_ROWS);
      try (var scope = NativeScope.open()) {
        Tensor probabilities = last.slice(0, from, to).linear(unembedding, null).softmax(-1);
        for (int d = 0; d < changes.size(); d++) {
          Tensor byLogits = changes.get(d).slice(0, from, to).linear(unembedding, null);
          // (diag p − p pᵀ) dz is what a softmax's derivative does.
          Tensor curved = Derivatives.ofSoftmax(probabilities, byLogits);
          found.get(d).add(scope.keep(curved.matmul(unembedding)));
        }
      }
    }
    return found;
  }

  /** d stream, {@code [n, d_model]}, after the last block. */
  private Tensor through(List<Block> blocks, Tensor stream, Map<BlockMap, Tensor> direction) {
    Tensor change = Tensor.zeros(stream.dtype(), stream.shape());
    for (int layer = 0; layer < blocks.size(); layer++) {
      change = through(layer, blocks.get(layer), change, direction);
    }
    return change;
  }

  private Tensor through(int layer, Block block, Tensor entering, Map<BlockMap, Tensor> direction) {
    Tensor attentionIn =
        normed(
            entering, block.entering(), block.attentionNorm(), layer, Weight.ATTENTION_NORM_GAIN);
    Tensor projected =
        linear(attentionIn, block.attentionIn(), layer, BlockMap.Kind.QUERY_KEY_VALUE, direction);
    Tensor mixed = network.joined(mixed(block.heads(), network.split(projected, batch)), batch);
    Tensor middle =
        linear(mixed, block.mixed(), layer, BlockMap.Kind.ATTENTION_OUT, direction)
            .plusInPlace(entering);
    Tensor mlpIn = normed(middle, block.middle(), block.mlpNorm(), layer, Weight.MLP_NORM_GAIN);
    Tensor hidden = linear(mlpIn, block.mlpIn(), layer, BlockMap.Kind.MLP_UP, direction);
    Tensor activation = block.hidden().gradient(hidden);
    return linear(activation, block.activation(), layer, BlockMap.Kind.MLP_DOWN, direction)
        .plusInPlace(middle);
  }

  /** A normalisation's derivative is a symmetric matrix, then its gain. */
  private Tensor normed(Tensor change, Tensor input, RowScales rows, int layer, Weight gain) {
    Tensor gains = weights.of(gain, layer);
    Tensor ones = Tensor.zeros(gains.dtype(), gains.shape()).fillInPlace(1);
    return rows.gradients(change, input, ones, ones).byInput().times(gains);
  }

  /** {@code dx Wᵀ + x dWᵀ + db}. */
  private Tensor linear(
      Tensor change, Tensor input, int layer, BlockMap.Kind kind, Map<BlockMap, Tensor> direction) {
    Tensor through = change.matmul(weights.of(kind.weight(), layer));
    @Nullable Tensor along = direction.get(new BlockMap(layer, kind));
    if (along == null) {
      return through;
    }
    long inputs = along.size(1) - 1L;
    return through
        .plusInPlace(input.matmul(along.slice(1, 0, inputs).transpose(0, 1)))
        .plusInPlace(along.select(1, inputs));
  }

  /** {@code dP V + P dV}, where P is the softmax of the scaled scores. */
  private Tensor mixed(Heads heads, Tensor changes) {
    Tensor byQuery = changes.select(0, 0).matmul(heads.key().transpose(1, 2));
    Tensor byKey = heads.query().matmul(changes.select(0, 1).transpose(1, 2));
    Tensor scores = byQuery.plusInPlace(byKey).timesInPlace(network.attentionScale());
    Tensor pattern = Derivatives.ofSoftmax(heads.pattern(), scores);
    return pattern.matmul(heads.value()).plusInPlace(heads.pattern().matmul(changes.select(0, 2)));
  }
}
