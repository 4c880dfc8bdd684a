package dev.loupe.dictionary.training;

import dev.loupe.dictionary.training.DictionaryWeights.Part;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;

/**
 * Everything that a dictionary under training keeps: its weights, the optimiser's averages, how
 * long each feature has been inactive, and BatchTopK's thresholds.
 */
final class LearningState implements AutoCloseable {
  private final DictionaryWeights values;
  private final DictionaryWeights mean;
  private final DictionaryWeights square;
  private final long[][] silence;
  private final double[] thresholds;

  /** All zeros. */
  LearningState(Layout layout, int features, DType dtype) {
    this.values = new DictionaryWeights(layout, features, dtype);
    this.mean = new DictionaryWeights(layout, features, dtype);
    this.square = new DictionaryWeights(layout, features, dtype);
    this.silence = new long[layout.sources()][features];
    this.thresholds = new double[layout.sources()];
  }

  /** The weights. */
  DictionaryWeights values() {
    return values;
  }

  /** The gradient's running average. */
  DictionaryWeights mean() {
    return mean;
  }

  /** The running average of its square. */
  DictionaryWeights square() {
    return square;
  }

  /** The optimiser is reset. */
  void forgetAverages() {
    mean.flat().fillInPlace(0);
    square.flat().fillInPlace(0);
  }

  /** Positions since each feature of a source was last active. */
  long[] silence(int source) {
    return silence[source];
  }

  /** The running mean of the smallest activation kept, one per source; 0 before the first batch. */
  double[] thresholds() {
    return thresholds;
  }

  /**
   * Draws the initial weights: encoder directions of length 1; decoder directions of length 1 over
   * all their slots, in an SAE those of the encoder.
   *
   * @param threshold JumpReLU's
   */
  void draw(long seed, double threshold) {
    Layout layout = values.layout();
    Random random = new Random(seed);
    for (int source = 0; source < layout.sources(); source++) {
      try (var _ = NativeScope.open()) {
        Tensor encoder = values.of(Part.ENCODER, source);
        fill(encoder, random);
        encoder.dividedByInPlace(encoder.square().sum(true, 1).sqrt());
        values.of(Part.THRESHOLD, source).fillInPlace(Math.log(threshold));
        Tensor decoder = values.of(Part.DECODER, source);
        if (layout.targets().equals(layout.reads())) {
          decoder.copyInPlace(encoder.unsqueeze(0));
        } else {
          fill(decoder, random);
        }
      }
      unitDecoders(source);
    }
  }

  private static void fill(Tensor tensor, Random random) {
    int row = tensor.size(-1);
    Tensor rows = tensor.reshape(-1, row);
    float[] drawn = new float[row];
    for (int i = 0; i < rows.size(0); i++) {
      try (var _ = NativeScope.open()) {
        for (int j = 0; j < row; j++) {
          drawn[j] = (float) random.nextGaussian();
        }
        rows.select(0, i).copyInPlace(Tensor.of(drawn, row));
      }
    }
  }

  /** Gives the decoder directions of a source length 1, over all their slots. */
  void unitDecoders(int source) {
    try (var _ = NativeScope.open()) {
      Tensor norms = decoderNorms(source).atLeastInPlace(1e-12).unsqueeze(1);
      for (int slot = 0; slot < values.layout().slots(source); slot++) {
        values.decoder(source, slot).dividedByInPlace(norms);
      }
    }
  }

  /** The length of each feature's directions over all their slots, {@code [n_features]}. */
  Tensor decoderNorms(int source) {
    try (var scope = NativeScope.open()) {
      Tensor squares = values.decoder(source, 0).square().sum(false, 1);
      for (int slot = 1; slot < values.layout().slots(source); slot++) {
        squares.plusInPlace(values.decoder(source, slot).square().sum(false, 1));
      }
      return scope.keep(squares.sqrt());
    }
  }

  /** How many features of a source have been inactive for at least this many positions. */
  int dead(int source, long positions) {
    return (int) Arrays.stream(silence[source]).filter(since -> since >= positions).count();
  }

  @Override
  public void close() {
    values.close();
    mean.close();
    square.close();
  }
}
