package dev.loupe.model.run;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Neurons;
import dev.loupe.tensor.Tensor;

/** The neurons of one MLP. */
record DenseNeurons(ModelWeights.Dense mlp, Neurons neurons) implements FrozenNeurons {
  @Override
  public Tensor activation() {
    return neurons.activation();
  }

  @Override
  public Tensor value() {
    return neurons.value();
  }

  @Override
  public Tensor gain() {
    return neurons.gain();
  }

  @Override
  public boolean isRun(int position, int unit) {
    return true;
  }

  @Override
  public int unitsAt(int position) {
    return mlp.units();
  }

  @Override
  public Tensor written() {
    return activation().matmul(mlp.down().weight().transpose(0, 1));
  }

  @Override
  public void addConstants(Tensor totals, Tensor output) {
    FrozenLinear.addProduct(totals, output, mlp.down().bias());
  }

  @Override
  public Tensor byUnits(Tensor output, int first) {
    return output.matmul(mlp.down().weight());
  }

  @Override
  public Tensor fromUnitsInPlace(Tensor byUnits, Tensor constants) {
    Tensor values = byUnits.timesInPlace(gain().slice(0, 0, byUnits.size(0)).unsqueeze(1));
    FrozenLinear.addProduct(constants, values, mlp.up().bias());
    return values.matmul(mlp.up().weight());
  }

  @Override
  public Tensor through(Tensor output, Tensor constants) {
    return fromUnitsInPlace(byUnits(output, 0), constants);
  }
}
