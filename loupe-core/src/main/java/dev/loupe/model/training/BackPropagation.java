package dev.loupe.model.training;

import dev.loupe.tensor.Derivatives;
import dev.loupe.tensor.Derivatives.GeluTanh;
import dev.loupe.tensor.Derivatives.LayerNorm;
import dev.loupe.tensor.Derivatives.RowScales;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a GPT-2 network over a batch, and its gradient, both passes written out. Matrix
 * products are computed in the type of {@code narrow}, everything between them (the residual
 * stream, norms, softmax, the loss) in the type of {@code wide}.
 *
 * <p>In the comments n is rows · context, the stream is {@code [n, d_model]}, and d… is the
 * gradient by …
 */
final class BackPropagation {
  /** Logits of this many positions are held at a time. */
  private static final int HEAD_ROWS = 512;

  /** A probability that rounds to 0 counts as this one in the loss, which stays a number. */
  private static final double SMALLEST = Float.MIN_NORMAL;

  private final Parameters wide;
  private final Parameters narrow;
  private final ModelShape shape;

  /**
   * @param wide the weights
   * @param narrow the same in the type of the matrix products; may be {@code wide} itself
   */
  BackPropagation(Parameters wide, Parameters narrow) {
    this.wide = wide;
    this.narrow = narrow;
    this.shape = wide.shape();
  }

  /** Cross entropy summed over the counted positions, in nats. */
  double loss(Batch batch) {
    try (var _ = NativeScope.open()) {
      return head(forward(batch, null), batch, truth(batch), null).loss;
    }
  }

  /**
   * The summed cross entropy; its gradient by every parameter is written to {@code gradients}.
   *
   * @param gradients overwritten, in the type of {@code wide}
   */
  double gradient(Batch batch, Parameters gradients) {
    return gradient(batch, truth(batch), new ParameterGradients(gradients));
  }

  /** The labels of some counted positions, when the model's probabilities there are known. */
  @FunctionalInterface
  interface Labels {
    /**
     * Of the counted positions {@code from} to {@code to}.
     *
     * @param probabilities {@code [to - from, d_vocab]}
     * @return {@code [to - from, 1]}
     */
    Tensor of(Tensor probabilities, int from, int to);
  }

  /** The summed cross entropy against any labels, its gradients told to {@code gradients}. */
  double gradient(Batch batch, Labels labels, GradientSink gradients) {
    try (var _ = NativeScope.open()) {
      List<Block> blocks = new ArrayList<>();
      Tensor stream = forward(batch, blocks);
      Head head = head(stream, batch, labels, gradients);
      Tensor byStream = head.byStream();
      for (int layer = shape.layers() - 1; layer >= 0 && !gradients.isDone(); layer--) {
        try (var scope = NativeScope.open()) {
          byStream = scope.keep(backward(layer, blocks.get(layer), byStream, gradients));
        }
      }
      gradients.tables(batch, byStream);
      return head.loss;
    }
  }

  // ---- forward

  /** The stream after the last block; what each block's backward pass needs is added to a list. */
  Tensor forward(Batch batch, @Nullable List<Block> kept) {
    Tensor stream = wide.of(Weight.EMBEDDING).indexSelect(0, batch.inputs());
    stream
        .reshape(batch.rows(), batch.context(), shape.width())
        .plusInPlace(wide.of(Weight.POSITIONS).slice(0, 0, batch.context()));
    Tensor mask = causalMask(batch.context());
    for (int layer = 0; layer < shape.layers(); layer++) {
      try (var scope = NativeScope.open()) {
        Block block = block(layer, stream, mask, batch);
        stream = scope.keep(block.leaving);
        if (kept != null) {
          kept.add(block.keptBy(scope));
        }
      }
    }
    return stream;
  }

  /** What a block's backward pass needs of its forward pass. */
  record Block(
      Tensor entering,
      RowScales attentionNorm,
      Tensor attentionIn,
      Heads heads,
      Tensor mixed,
      Tensor middle,
      RowScales mlpNorm,
      Tensor mlpIn,
      GeluTanh hidden,
      Tensor activation,
      Tensor leaving) {
    Block keptBy(NativeScope scope) {
      Stream.of(
              attentionNorm.mean(),
              attentionNorm.scale(),
              attentionIn,
              heads.query,
              heads.key,
              heads.value,
              heads.pattern,
              heads.narrowPattern,
              mixed,
              middle,
              mlpNorm.mean(),
              mlpNorm.scale(),
              mlpIn,
              hidden.input(),
              hidden.gate(),
              activation)
          .forEach(scope::keep);
      return this;
    }
  }

  /**
   * Attention's inside, each {@code [rows · n_heads, context, …]}: for the softmax and for the
   * products the pattern is there in both types.
   */
  record Heads(Tensor query, Tensor key, Tensor value, Tensor pattern, Tensor narrowPattern) {}

  private Block block(int layer, Tensor entering, Tensor mask, Batch batch) {
    LayerNorm attentionNorm =
        norm(entering, layer, Weight.ATTENTION_NORM_GAIN, Weight.ATTENTION_NORM_BIAS);
    Tensor attentionIn = attentionNorm.output().to(narrow.dtype());
    Tensor projected =
        linear(attentionIn, layer, Weight.QUERY_KEY_VALUE, Weight.QUERY_KEY_VALUE_BIAS);
    Heads heads = heads(projected, mask, batch);
    Tensor mixed = joined(heads.narrowPattern.matmul(heads.value), batch);
    Tensor middle =
        linear(mixed, layer, Weight.ATTENTION_OUT, Weight.ATTENTION_OUT_BIAS)
            .to(wide.dtype())
            .plusInPlace(entering);
    LayerNorm mlpNorm = norm(middle, layer, Weight.MLP_NORM_GAIN, Weight.MLP_NORM_BIAS);
    Tensor mlpIn = mlpNorm.output().to(narrow.dtype());
    GeluTanh hidden =
        GeluTanh.of(linear(mlpIn, layer, Weight.MLP_UP, Weight.MLP_UP_BIAS).to(wide.dtype()));
    Tensor activation = hidden.output().to(narrow.dtype());
    Tensor leaving =
        linear(activation, layer, Weight.MLP_DOWN, Weight.MLP_DOWN_BIAS)
            .to(wide.dtype())
            .plusInPlace(middle);
    return new Block(
        entering,
        attentionNorm.rows(),
        attentionIn,
        heads,
        mixed,
        middle,
        mlpNorm.rows(),
        mlpIn,
        hidden,
        activation,
        leaving);
  }

  /** A normalisation, and what its derivative needs. */
  LayerNorm norm(Tensor input, int layer, Weight gain, Weight bias) {
    return LayerNorm.of(input, wide.of(gain, layer), wide.of(bias, layer), ModelShape.NORM_EPSILON);
  }

  private Tensor linear(Tensor input, int layer, Weight weight, Weight bias) {
    return input.linear(narrow.of(weight, layer).transpose(0, 1), narrow.of(bias, layer));
  }

  private Heads heads(Tensor projected, Tensor mask, Batch batch) {
    Tensor split = split(projected, batch);
    Tensor query = split.select(0, 0);
    Tensor key = split.select(0, 1);
    Tensor pattern =
        query
            .matmul(key.transpose(1, 2))
            .to(wide.dtype())
            .timesInPlace(attentionScale())
            .plusInPlace(mask)
            .softmax(-1);
    return new Heads(query, key, split.select(0, 2), pattern, pattern.to(narrow.dtype()));
  }

  /**
   * {@code [n, 3 · d_model]} to queries, keys and values {@code [3, rows · n_heads, context,
   * d_head]}.
   */
  Tensor split(Tensor projected, Batch batch) {
    return projected
        .reshape(batch.rows(), batch.context(), 3, shape.heads(), shape.headSize())
        .permute(2, 0, 3, 1, 4)
        .contiguous()
        .reshape(3, (long) batch.rows() * shape.heads(), batch.context(), shape.headSize());
  }

  /** What scores are multiplied by. */
  double attentionScale() {
    return 1 / Math.sqrt(shape.headSize());
  }

  /** {@code [rows · n_heads, context, d_head]} to {@code [n, d_model]}. */
  Tensor joined(Tensor mixed, Batch batch) {
    return mixed
        .reshape(batch.rows(), shape.heads(), batch.context(), shape.headSize())
        .permute(0, 2, 1, 3)
        .reshape((long) batch.rows() * batch.context(), shape.width());
  }

  private Tensor causalMask(int context) {
    float[] mask = new float[context * context];
    for (int from = 0; from < context; from++) {
      for (int to = from + 1; to < context; to++) {
        mask[from * context + to] = Float.NEGATIVE_INFINITY;
      }
    }
    return Tensor.of(mask, context, context).to(wide.dtype());
  }

  // ---- the head: final norm, unembedding, loss, and back to the stream

  private record Head(double loss, @Nullable Tensor gradient) {
    Tensor byStream() {
      if (gradient == null) {
        throw new IllegalStateException("the loss alone was asked for");
      }
      return gradient;
    }
  }

  private static Labels truth(Batch batch) {
    return (_, from, to) -> batch.targets().slice(0, from, to);
  }

  private Head head(Tensor stream, Batch batch, Labels labels, @Nullable GradientSink gradients) {
    int count = batch.count();
    Tensor places = batch.counted();
    LayerNorm norm = norm(stream, 0, Weight.FINAL_NORM_GAIN, Weight.FINAL_NORM_BIAS);
    Tensor output = norm.output().to(narrow.dtype());
    Tensor last = count == batch.positions() ? output : output.indexSelect(0, places);
    Tensor unembedding = narrow.of(Weight.EMBEDDING);
    double loss = 0;
    List<Tensor> byLast = new ArrayList<>();
    for (int from = 0; from < count; from += HEAD_ROWS) {
      int to = Math.min(count, from + HEAD_ROWS);
      try (var scope = NativeScope.open()) {
        Tensor rows = last.slice(0, from, to);
        Tensor logits = rows.linear(unembedding, null).to(wide.dtype());
        if (gradients == null) {
          Tensor truth = batch.targets().slice(0, from, to);
          loss -= logits.logSoftmax(-1).gather(1, truth).sum().item();
          continue;
        }
        Tensor probabilities = logits.softmax(-1);
        Tensor truth = labels.of(probabilities, from, to);
        Tensor chosen = probabilities.gather(1, truth).atLeastInPlace(SMALLEST);
        loss -= chosen.log().sum().item();
        // The gradient by the logits: probabilities less one at the truth.
        Tensor byLogits =
            probabilities.scatterPlusInPlace(1, truth, chosen.fillInPlace(-1)).to(narrow.dtype());
        byLast.add(scope.keep(byLogits.matmul(unembedding)));
        gradients.unembedding(rows, byLogits);
      }
    }
    return gradients == null
        ? new Head(loss, null)
        : new Head(loss, headBackward(stream, norm.rows(), byLast, batch, places, gradients));
  }

  /** From gradients by the counted rows of the last normalisation's output to the stream. */
  Tensor headBackward(
      Tensor stream,
      RowScales norm,
      List<Tensor> byLast,
      Batch batch,
      Tensor places,
      GradientSink gradients) {
    Tensor byOutput;
    if (byLast.isEmpty()) {
      byOutput = Tensor.zeros(wide.dtype(), stream.shape());
    } else {
      Tensor byCounted = Tensor.cat(byLast, 0).to(wide.dtype());
      byOutput =
          places.count() == batch.positions()
              ? byCounted
              : Derivatives.ofRows(byCounted, places, stream.size(0));
    }
    return normBackward(
        byOutput, stream, norm, 0, Weight.FINAL_NORM_GAIN, Weight.FINAL_NORM_BIAS, gradients);
  }

  // ---- backward

  /**
   * From the gradient by a block's output to the one by its input; to anything of that shape when
   * the sink needs nothing that lies below.
   */
  Tensor backward(int layer, Block block, Tensor byLeaving, GradientSink gradients) {
    // leaving = middle + down(gelu(up(norm(middle))))
    Tensor byActivation =
        linearBackward(
            byLeaving, block.activation, layer, Weight.MLP_DOWN, Weight.MLP_DOWN_BIAS, gradients);
    Tensor byHidden = block.hidden.gradient(byActivation.to(wide.dtype()));
    gradients.linear(layer, Weight.MLP_UP, Weight.MLP_UP_BIAS, block.mlpIn, byHidden);
    if (gradients.isDone()) {
      return byLeaving;
    }
    Tensor byMlpIn = byInput(byHidden, layer, Weight.MLP_UP);
    Tensor byMiddle =
        normBackward(
                byMlpIn.to(wide.dtype()),
                block.middle,
                block.mlpNorm,
                layer,
                Weight.MLP_NORM_GAIN,
                Weight.MLP_NORM_BIAS,
                gradients)
            .plusInPlace(byLeaving);

    // middle = entering + out(attention(norm(entering)))
    Tensor byMixed =
        linearBackward(
            byMiddle,
            block.mixed,
            layer,
            Weight.ATTENTION_OUT,
            Weight.ATTENTION_OUT_BIAS,
            gradients);
    Tensor byProjected = headsBackward(block.heads, byMixed);
    Tensor byAttentionIn =
        linearBackward(
            byProjected,
            block.attentionIn,
            layer,
            Weight.QUERY_KEY_VALUE,
            Weight.QUERY_KEY_VALUE_BIAS,
            gradients);
    return normBackward(
            byAttentionIn.to(wide.dtype()),
            block.entering,
            block.attentionNorm,
            layer,
            Weight.ATTENTION_NORM_GAIN,
            Weight.ATTENTION_NORM_BIAS,
            gradients)
        .plusInPlace(byMiddle);
  }

  private Tensor linearBackward(
      Tensor byOutput,
      Tensor input,
      int layer,
      Weight weight,
      Weight bias,
      GradientSink gradients) {
    gradients.linear(layer, weight, bias, input, byOutput);
    return byInput(byOutput, layer, weight);
  }

  private Tensor byInput(Tensor byOutput, int layer, Weight weight) {
    return byOutput.to(narrow.dtype()).matmul(narrow.of(weight, layer).transpose(0, 1));
  }

  private Tensor normBackward(
      Tensor byOutput,
      Tensor input,
      RowScales norm,
      int layer,
      Weight gain,
      Weight bias,
      GradientSink gradients) {
    var found = norm.gradients(byOutput, input, wide.of(gain, layer), wide.of(bias, layer));
    gradients.norm(layer, gain, bias, found);
    return found.byInput();
  }

  /** By the joined queries, keys and values {@code [n, 3 · d_model]}. */
  private Tensor headsBackward(Heads heads, Tensor byMixed) {
    long groups = heads.query.size(0);
    int context = heads.query.size(1);
    long rows = groups / shape.heads();
    Tensor byMix =
        byMixed
            .reshape(rows, context, shape.heads(), shape.headSize())
            .permute(0, 2, 1, 3)
            .reshape(groups, context, shape.headSize());
    Tensor byPattern = byMix.matmul(heads.value.transpose(1, 2)).to(wide.dtype());
    Tensor byValue = heads.narrowPattern.transpose(1, 2).matmul(byMix);
    Tensor byScores =
        Derivatives.ofSoftmax(heads.pattern, byPattern)
            .timesInPlace(attentionScale())
            .to(narrow.dtype());
    Tensor byQuery = byScores.matmul(heads.key);
    Tensor byKey = byScores.transpose(1, 2).matmul(heads.query);
    return Tensor.stack(List.of(byQuery, byKey, byValue), 0)
        .reshape(3, rows, shape.heads(), context, shape.headSize())
        .permute(1, 3, 0, 2, 4)
        .reshape(rows * context, 3L * shape.width());
  }
}
