package dev.loupe.model.training;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Trains a GPT-2 network further on a few sequences, again and again from the same weights: what it
 * becomes without some of them. A sequence that is left out leaves its place in the batch empty, so
 * that two runs differ by their sequences and not by the order of the others.
 */
public final class FineTuning implements AutoCloseable {
  /** A batch is cut where the padding of shorter sequences would exceed this share. */
  private static final double MOST_PADDING = 0.2;

  private final Parameters start;
  private final Training state;
  private final Stepper stepper;
  private final AdamW adam;
  private final Settings settings;
  private final List<int[]> tokens;
  private final List<boolean[]> counts;
  private int taken;

  /**
   * How it is trained: AdamW, whose rate falls linearly to nothing.
   *
   * @param learningRate at the first step
   * @param epochs times that every sequence is read
   * @param batch sequences of a step, before some are left out
   */
  public record Settings(double learningRate, int epochs, int batch) {
    /**
     * Checks the settings.
     *
     * @throws dev.loupe.fault.LoupeException if one is not positive
     */
    public Settings {
      Checks.positive("learning rate", learningRate);
      Checks.positive("epochs", epochs);
      Checks.positive("batch", batch);
    }
  }

  /** Takes the network after every epoch. */
  @FunctionalInterface
  public interface Epochs {
    /**
     * An epoch ended.
     *
     * @param epoch counted from 1
     * @param learningRates of its steps, summed
     */
    void ended(int epoch, double learningRates);
  }

  private FineTuning(
      Parameters start, Settings settings, List<int[]> tokens, List<boolean[]> counts) {
    this.start = start;
    this.settings = settings;
    this.tokens = List.copyOf(tokens);
    this.counts = List.copyOf(counts);
    // The second gradient is that of a part of a batch.
    this.state = new Training(start.shape(), start.dtype(), start.dtype(), 2);
    int steps = settings.epochs() * stepsOfAnEpoch();
    this.adam = new AdamW(settings.learningRate(), 0.9, 0.98, 1e-8, 0, false);
    this.stepper =
        new Stepper(
            state,
            new TrainingPlan.Optimisation(
                adam, Optional.empty(), 1, new Schedule(0, steps, 0, Schedule.Decay.LINEAR, 0)));
  }

  /**
   * From a loaded GPT-2 network, whose weights are copied.
   *
   * @param name of the model, for messages
   * @param counts by sequence and position, whether the token after it counts in the loss
   * @throws dev.loupe.fault.LoupeException if it is another network than the written-out backward
   *     pass computes
   */
  public static FineTuning of(
      Transformer model,
      String name,
      Settings settings,
      List<int[]> tokens,
      List<boolean[]> counts) {
    Parameters start = new Parameters(TrainedNetwork.shape(model, Path.of(name)), DType.F32);
    TrainedNetwork.fill(start, model);
    return new FineTuning(start, settings, tokens, counts);
  }

  private int stepsOfAnEpoch() {
    return Math.ceilDiv(tokens.size(), settings.batch());
  }

  /** Steps of a run. */
  public int steps() {
    return settings.epochs() * stepsOfAnEpoch();
  }

  /**
   * Begins again from the first weights and trains on the sequences that are kept.
   *
   * @param kept their numbers
   * @param order seed of the order in which sequences are read
   * @param check called before every step; it may throw
   * @return mean loss of the last step's counted tokens, in nats; not finite if it diverged
   */
  public double run(BitSet kept, long order, Runnable check, Epochs epochs) {
    try (var _ = NativeScope.open()) {
      state.weights().flat().copyInPlace(start.flat());
      state.mean().flat().fillInPlace(0);
      state.square().flat().fillInPlace(0);
    }
    double loss = Double.NaN;
    int step = 0;
    for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
      int[] reading = shuffled(order + ((long) epoch << 32));
      double rates = 0;
      for (int from = 0; from < reading.length; from += settings.batch()) {
        check.run();
        step++;
        double factor = 1 - (step - 1.0) / steps();
        int[] chosen =
            Arrays.stream(reading, from, Math.min(reading.length, from + settings.batch()))
                .filter(kept::get)
                .toArray();
        if (chosen.length > 0) {
          loss = stepper.step(batches(chosen), step, factor).loss();
          taken = step;
        }
        rates += factor * settings.learningRate();
      }
      epochs.ended(epoch, rates);
    }
    return loss;
  }

  private int[] shuffled(long seed) {
    int[] all = IntStream.range(0, tokens.size()).toArray();
    Random random = new Random(seed);
    for (int i = all.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int kept = all[i];
      all[i] = all[other];
      all[other] = kept;
    }
    return all;
  }

  /** Seconds of a step on a full batch, the faster of two; the weights are changed. */
  public double secondsOfAStep() {
    List<Batch> batches =
        batches(IntStream.range(0, Math.min(tokens.size(), settings.batch())).toArray());
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 2; i++) {
      long began = System.nanoTime();
      stepper.step(batches, 1, 0);
      fastest = Math.min(fastest, (System.nanoTime() - began) / 1e9);
    }
    return fastest;
  }

  /** Sequences of about one length together, the shorter ones padded; padding does not count. */
  private List<Batch> batches(int[] chosen) {
    List<Integer> sorted = new ArrayList<>(Arrays.stream(chosen).boxed().toList());
    sorted.sort(Comparator.comparingInt(n -> -tokens.get(n).length));
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < sorted.size(); ) {
      int longest = tokens.get(sorted.get(from)).length;
      int to = from;
      while (to < sorted.size()
          && tokens.get(sorted.get(to)).length >= (1 - MOST_PADDING) * longest) {
        to++;
      }
      List<Integer> part = sorted.subList(from, to);
      batches.add(
          Batch.of(
              part.stream().map(n -> Arrays.copyOf(tokens.get(n), longest)).toList(),
              part.stream().map(n -> Arrays.copyOf(counts.get(n), longest)).toList()));
      from = to;
    }
    return batches;
  }

  /** By how much AdamW lengthens the steps of a map as the training is now. */
  public double stretch(BlockMap map) {
    return state.stretch(map, adam, taken);
  }

  /** The network as it is now, with its own copy of the weights. */
  public SequenceGradients network() {
    return SequenceGradients.copy(state.weights());
  }

  /** The network as it is now; it changes with the next run. */
  public Transformer transformer() {
    return TrainedNetwork.of(state.weights());
  }

  /** The summed cross entropy of the counted predictions as the network is now, in nats. */
  public double loss(int[] sequence, boolean[] counted) {
    return new BackPropagation(state.weights(), state.weights())
        .loss(Batch.of(List.of(sequence), List.of(counted)));
  }

  /** Whether greedy decoding gives the tokens of the counted predictions, as the network is now. */
  public boolean says(int[] sequence, boolean[] counted) {
    try (Transformer model = transformer();
        var _ = NativeScope.open()) {
      Tensor hidden = model.hidden(TokenBatch.of(sequence), Hooks.NONE, null).select(0, 0);
      long[] greedy = model.unembed(hidden).argmax(1).toLongs();
      return IntStream.range(0, sequence.length - 1)
          .allMatch(t -> !counted[t] || greedy[t] == sequence[t + 1]);
    }
  }

  /** Writes the network as it is now as a Hugging Face folder. */
  public void write(Path folder, OptionalInt endToken) {
    ModelFolder.write(state.weights(), folder, DType.F32, endToken);
  }

  @Override
  public void close() {
    stepper.close();
    state.close();
    start.close();
  }
}
