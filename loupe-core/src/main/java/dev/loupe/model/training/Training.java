package dev.loupe.model.training;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Everything that a training keeps in memory: the weights, their copy in the type of the products,
 * a gradient for each worker, and the optimiser's averages.
 */
final class Training implements AutoCloseable {
  private static final String OPTIMIZER = "optimizer.safetensors";

  private final Parameters weights;
  private final Parameters narrow;
  private final List<Parameters> gradients = new ArrayList<>();
  private final Parameters mean;
  private final Parameters square;

  Training(ModelShape shape, DType wide, DType narrow, int workers) {
    this.weights = new Parameters(shape, wide);
    this.narrow = narrow == wide ? weights : new Parameters(shape, narrow);
    for (int worker = 0; worker < workers; worker++) {
      gradients.add(new Parameters(shape, wide));
    }
    this.mean = new Parameters(shape, wide);
    this.square = new Parameters(shape, wide);
  }

  /** The weights themselves. */
  Parameters weights() {
    return weights;
  }

  /** Their copy in the type of the products, or themselves. */
  Parameters narrow() {
    return narrow;
  }

  /** For how many workers there is a gradient. */
  int workers() {
    return gradients.size();
  }

  /** What a worker's rows give. */
  Parameters gradient(int worker) {
    return gradients.get(worker);
  }

  /** The first worker's, into which the others' are added. */
  Parameters gradient() {
    return gradients.getFirst();
  }

  /** The gradient's running average: AdamW's first moment, Muon's momentum. */
  Parameters mean() {
    return mean;
  }

  /** The running average of its square, AdamW's second moment. */
  Parameters square() {
    return square;
  }

  /**
   * Writes a checkpoint: a model folder, with the optimiser's averages beside it. The row to read
   * next follows from the step, and nothing after the initial weights is random: that is the whole
   * state.
   */
  void save(Path folder, OptionalInt endToken) {
    ModelFolder.write(weights, folder, weights.dtype(), endToken);
    SafetensorsWriter averages = new SafetensorsWriter();
    ModelFolder.add(averages, "mean", mean.flat());
    ModelFolder.add(averages, "square", square.flat());
    averages.write(folder.resolve(OPTIMIZER));
  }

  /** Copies the numbers of a checkpoint. */
  void load(Checkpoints.Checkpoint saved) {
    try (Safetensors stored = Safetensors.open(saved.folder().resolve("model.safetensors"));
        Safetensors averages = Safetensors.open(saved.folder().resolve(OPTIMIZER))) {
      for (Weight weight : Weight.values()) {
        for (int layer = 0; layer < weight.copies(weights.shape()); layer++) {
          saved.copy(stored.get(weight.fileName(layer)), weights.of(weight, layer));
        }
      }
      saved.copy(averages.get("mean"), mean.flat());
      saved.copy(averages.get("square"), square.flat());
    }
  }

  /**
   * By how much AdamW lengthens the steps of a map: one over the root of the mean of the squared
   * gradient that it has averaged. Gradient descent whose rate is so much larger takes steps of
   * about the same length.
   *
   * @param taken the last step made
   */
  double stretch(BlockMap map, AdamW adam, int taken) {
    try (var _ = NativeScope.open()) {
      Tensor squares = square.of(map.kind().weight(), map.layer());
      double mean = squares.sum().item() / squares.count() / (1 - Math.pow(adam.beta2(), taken));
      return 1 / (Math.sqrt(mean) + adam.epsilon());
    }
  }

  @Override
  public void close() {
    if (narrow != weights) {
      narrow.close();
    }
    weights.close();
    gradients.forEach(Parameters::close);
    mean.close();
    square.close();
  }
}
