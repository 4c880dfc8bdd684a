package dev.loupe.model.training;

import dev.loupe.tensor.Derivatives;
import dev.loupe.tensor.Derivatives.LayerNormGradients;
import dev.loupe.tensor.Tensor;

/**
 * Writes the gradient by every parameter.
 *
 * @param gradients overwritten
 */
record ParameterGradients(Parameters gradients) implements GradientSink {
  ParameterGradients {
    gradients.of(Weight.EMBEDDING).fillInPlace(0);
  }

  @Override
  public void linear(int layer, Weight weight, Weight bias, Tensor input, Tensor byOutput) {
    gradients.of(bias, layer).copyInPlace(byOutput.sum(false, 0));
    Tensor narrowed = byOutput.to(input.dtype());
    gradients.of(weight, layer).copyInPlace(input.transpose(0, 1).matmul(narrowed));
  }

  @Override
  public void norm(int layer, Weight gain, Weight bias, LayerNormGradients found) {
    gradients.of(gain, layer).copyInPlace(found.byGain());
    gradients.of(bias, layer).copyInPlace(found.byBias());
  }

  @Override
  public void unembedding(Tensor rows, Tensor byLogits) {
    gradients
        .of(Weight.EMBEDDING)
        .plusInPlace(byLogits.transpose(0, 1).matmul(rows).to(gradients.dtype()));
  }

  @Override
  public void tables(Batch batch, Tensor byStream) {
    ModelShape shape = gradients.shape();
    gradients
        .of(Weight.EMBEDDING)
        .plusInPlace(Derivatives.ofRows(byStream, batch.inputs(), shape.vocabulary()));
    Tensor byPosition =
        byStream.reshape(batch.rows(), batch.context(), shape.width()).sum(false, 0);
    gradients
        .of(Weight.POSITIONS)
        .fillInPlace(0)
        .slice(0, 0, batch.context())
        .copyInPlace(byPosition);
  }
}
