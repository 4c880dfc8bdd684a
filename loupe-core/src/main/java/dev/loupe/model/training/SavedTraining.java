package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Transformer;
import dev.loupe.model.training.Checkpoints.Checkpoint;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The states that a training by AdamW kept, from which its course can be followed: the networks,
 * and how far the steps between them went.
 */
public final class SavedTraining {
  private SavedTraining() {}

  /**
   * A state.
   *
   * @param step the last one made
   * @param rates learning rates of the steps since the state before, or since the beginning, summed
   * @param network as it was; close it
   * @param stretches by map, what AdamW multiplied a rate by
   */
  public record State(
      int step, double rates, SequenceGradients network, Map<BlockMap, Double> stretches) {}

  /** How many states a training kept. */
  public static int checkpoints(Path folder) {
    return new Checkpoints(folder).all().size();
  }

  /**
   * Reads the states, the first one first; the last is the model itself.
   *
   * @param folder that {@code loupe train} wrote
   * @throws LoupeException if it holds no training of this model, or one by Muon
   */
  public static List<State> read(Path folder, Transformer model) {
    ModelShape shape = TrainedNetwork.shape(model, folder);
    List<Checkpoint> saved = new ArrayList<>(new Checkpoints(folder).all());
    saved.sort(Comparator.comparingInt(Checkpoint::step));
    if (saved.isEmpty()) {
      throw LoupeException.badInput(
          folder + ": holds no checkpoints of a training",
          "Name the folder of a training, which keeps as many checkpoints as its `keep` says.");
    }
    for (Checkpoint each : saved) {
      if (!each.plan().getOrDefault("muon", "none").equals("none")) {
        throw LoupeException.badInput(
            folder + ": the training used Muon, whose steps do not follow the gradient's length",
            "Train with AdamW alone.");
      }
      if (!ModelFolder.shape(each.folder()).equals(shape)) {
        throw LoupeException.badInput(
            "%s: is %s, the model is %s"
                .formatted(each.folder(), ModelFolder.shape(each.folder()), shape),
            "Name the folder of this model's training.");
      }
    }
    SortedMap<Integer, Double> rates = Metrics.learningRates(folder);
    List<State> states = new ArrayList<>();
    boolean done = false;
    try (Training training = new Training(shape, DType.F32, DType.F32, 0)) {
      int before = 0;
      for (Checkpoint each : saved) {
        training.load(each);
        double sum = 0;
        for (double rate : rates.subMap(before + 1, each.step() + 1).values()) {
          sum += rate;
        }
        SequenceGradients network = SequenceGradients.copy(training.weights());
        Map<BlockMap, Double> stretches = new LinkedHashMap<>();
        for (BlockMap map : network.maps(true)) {
          stretches.put(map, training.stretch(map, AdamW.DEFAULT, each.step()));
        }
        states.add(new State(each.step(), sum, network, stretches));
        before = each.step();
      }
      requireEnd(training, model, saved.getLast());
      done = true;
      return states;
    } finally {
      if (!done) {
        states.forEach(each -> each.network().close());
      }
    }
  }

  private static void requireEnd(Training training, Transformer model, Checkpoint last) {
    try (Parameters own = new Parameters(training.weights().shape(), DType.F32);
        var _ = NativeScope.open()) {
      TrainedNetwork.fill(own, model);
      if (own.flat().minus(training.weights().flat()).abs().max().item() > 0) {
        throw LoupeException.badInput(
            last.folder() + ": the last checkpoint is not the model that was opened",
            "Open the model at the end of this training, or name the folder of its own.");
      }
    }
  }
}
