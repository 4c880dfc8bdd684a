package dev.loupe.model;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * The way from the stream straight to the logits: the last norm, the projection and the
 * unembedding. It is linear once the norm's denominator is held, which the caller gives: that of a
 * run's position, an average, or none where only an order matters.
 *
 * @param model whose ends these are
 */
public record DirectPath(Transformer model) {

  /**
   * What directions of the stream do to the logits: {@code [n, d_vocab]}, in the model's type.
   *
   * @param directions {@code [n, d_model]}
   * @param divided divides what has the norm's gain by its denominator; not asked where the model
   *     has no last norm
   */
  public Tensor logits(Tensor directions, UnaryOperator<Tensor> divided) {
    ModelWeights.Ends ends = model.weights().ends();
    ModelWeights.Norm norm = ends.finalNorm();
    Tensor out = directions;
    if (norm != null) {
      out = divided.apply(centred(out).times(norm.gain().to(out.dtype())));
    }
    out = out.to(model.dtype());
    if (ends.projectOut() != null) {
      out = out.linear(ends.projectOut().weight(), null);
    }
    return out.linear(ends.unembedding().weight(), null).times(model.config().logitScale());
  }

  /**
   * The direction of the stream that raises a token's logit against the mean of all: {@code [1,
   * d_model]}, float32.
   *
   * @param divided as in {@link #logits}
   */
  public Tensor direction(int token, UnaryOperator<Tensor> divided) {
    ModelWeights.Ends ends = model.weights().ends();
    Tensor unembedding = ends.unembedding().weight();
    Tensor row =
        unembedding
            .slice(0, token, token + 1L)
            .minus(unembedding.mean(true, 0))
            .times(model.config().logitScale())
            .to(DType.F32);
    if (ends.projectOut() != null) {
      row = row.matmul(ends.projectOut().weight().to(DType.F32));
    }
    ModelWeights.Norm norm = ends.finalNorm();
    return norm == null ? row : centred(divided.apply(row.times(norm.gain().to(DType.F32))));
  }

  /** Less its mean, where the last norm takes that away; the same forwards and backwards. */
  private Tensor centred(Tensor rows) {
    return model.config().norm() == ModelConfig.Norm.LAYER ? rows.minus(rows.mean(true, -1)) : rows;
  }
}
