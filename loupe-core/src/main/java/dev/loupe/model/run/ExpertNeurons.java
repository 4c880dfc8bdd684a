package dev.loupe.model.run;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Neurons;
import dev.loupe.model.Routing;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;

/** The neurons of the experts that a mixture's router chose in a run. */
final class ExpertNeurons implements FrozenNeurons {
  private final ModelWeights.Mixture mlp;
  private final ModelConfig.MixtureShape shape;
  private final Routing routing;
  private final Neurons neurons;

  /**
   * @param neurons of all experts, with that routing
   * @param routing of the run
   */
  ExpertNeurons(ModelWeights.Mixture mlp, Neurons neurons, Routing routing) {
    this.mlp = mlp;
    this.shape = mlp.shape();
    this.routing = routing;
    this.neurons = neurons;
  }

  @Override
  public ModelWeights.Mixture mlp() {
    return mlp;
  }

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
    return isChosen(shape.expert(unit), position);
  }

  private boolean isChosen(int expert, int position) {
    return Arrays.binarySearch(routing.rows(expert), position) >= 0;
  }

  @Override
  public int unitsAt(int position) {
    int units = 0;
    for (int expert = 0; expert < shape.weights(); expert++) {
      if (isChosen(expert, position)) {
        units += shape.units(expert);
      }
    }
    return units;
  }

  @Override
  public Tensor written() {
    Tensor sum = Tensor.zeros(value().dtype(), value().size(0), mlp.router().weight().size(1));
    each(
        0,
        value().size(0),
        (number, expert, index) ->
            sum.addRowsInPlace(
                index,
                own(number, activation())
                    .indexSelect(0, index)
                    .linear(expert.down().weight(), null)));
    return sum;
  }

  @Override
  public void addConstants(Tensor totals, Tensor output) {
    each(
        0,
        output.size(0),
        (number, expert, index) -> {
          // Each position's bias has the weight of the expert there.
          Tensor weight = routing.weights().slice(1, number, number + 1L).indexSelect(0, index);
          FrozenLinear.addProduct(
              totals,
              output.indexSelect(0, index).times(weight.unsqueeze(2)),
              expert.down().bias());
        });
  }

  @Override
  public Tensor byUnits(Tensor output, int first) {
    Tensor all = Tensor.zeros(output.dtype(), output.size(0), output.size(1), mlp.units());
    each(
        first,
        output.size(0),
        (number, expert, index) ->
            ofEach(number, all)
                .addRowsInPlace(
                    index, output.indexSelect(0, index).matmul(expert.down().weight())));
    return all;
  }

  @Override
  public Tensor fromUnitsInPlace(Tensor byUnits, Tensor constants) {
    Tensor values = byUnits.timesInPlace(gain().slice(0, 0, byUnits.size(0)).unsqueeze(1));
    Tensor sum =
        Tensor.zeros(values.dtype(), values.size(0), values.size(1), mlp.router().weight().size(1));
    each(
        0,
        values.size(0),
        (number, expert, index) ->
            addRead(sum, expert, index, ofEach(number, values).indexSelect(0, index), constants));
    return sum;
  }

  @Override
  public Tensor through(Tensor output, Tensor constants) {
    // Expert by expert: the gradients by all experts' neurons would be far larger than these.
    Tensor sum = Tensor.zeros(output.dtype(), output.shape());
    each(
        0,
        output.size(0),
        (number, expert, index) -> {
          Tensor byUnits = output.indexSelect(0, index).matmul(expert.down().weight());
          Tensor gains = own(number, gain()).indexSelect(0, index).unsqueeze(1);
          addRead(sum, expert, index, byUnits.timesInPlace(gains), constants);
        });
    return sum;
  }

  /** From gradients by an expert's values to those by what it reads. */
  private static void addRead(
      Tensor sum, ModelWeights.Dense expert, Tensor index, Tensor values, Tensor constants) {
    FrozenLinear.addProduct(constants, values, expert.up().bias());
    sum.addRowsInPlace(index, values.matmul(expert.up().weight()));
  }

  private interface Use {
    /**
     * @param index the expert's positions, counted from the first that were asked for
     */
    void accept(int number, ModelWeights.Dense expert, Tensor index);
  }

  /** Calls once for each expert that was chosen at one of some positions, in a scope of its own. */
  private void each(int first, int count, Use use) {
    for (int number = 0; number < shape.weights(); number++) {
      int[] rows =
          Arrays.stream(routing.rows(number))
              .filter(row -> row >= first && row < first + count)
              .map(row -> row - first)
              .toArray();
      if (rows.length > 0) {
        try (var _ = NativeScope.open()) {
          use.accept(number, mlp.expert(number), Tensor.indices(rows));
        }
      }
    }
  }

  /** The columns of an expert, a view. */
  private Tensor own(int expert, Tensor all) {
    int first = shape.firstUnit(expert);
    return all.slice(1, first, (long) first + shape.units(expert));
  }

  /** As {@link #own}, of {@code [pos, target, d_mlp]}. */
  private Tensor ofEach(int expert, Tensor all) {
    int first = shape.firstUnit(expert);
    return all.slice(2, first, (long) first + shape.units(expert));
  }
}
