package dev.loupe.instrument.trace;

import dev.loupe.tensor.Tensor;
import java.util.stream.IntStream;

/**
 * The features of one layer as sources of edges. Each feature at a position is a place, numbered
 * from 0 by (position, unit).
 *
 * <p>There are two, for what costs time differs: neurons are all active, so that their edges are
 * dense matrices of which most are never formed ({@link NeuronEdges}); of a dictionary few features
 * are active and every edge is read ({@link ActiveEdges}). Neurons also write through a norm that
 * some families have after the MLP, which no fixed decoder row can express.
 */
interface EdgeSource {
  /** How many places. */
  int size();

  /** The places that hold a feature, rising. */
  default int[] places() {
    return IntStream.range(0, size()).toArray();
  }

  int position(int place);

  /** The first place at a position. */
  int firstAt(int position);

  /** How many features are at a position, held ones too. */
  int units(int position);

  /** The features themselves. */
  Node.Feature[] nodes(int[] places);

  /**
   * Places worth reading: those with much flow, as far as is known.
   *
   * @param most places that can be listed
   * @param first place that may be
   * @param rates flow that each row sends down for each unit of an edge
   * @param landed flow that each row sends to this layer
   */
  int[] candidates(int most, int first, double[] rates, double[] landed);

  /** The edges of places to every row: {@code [row][place]}, 0 where the row cannot see it. */
  float[][] read(int[] places);

  /** Fills in what the edges into the first logit come to without their signs. */
  void measureCancellation();

  /** What the features read, {@code [n, d_model]}. */
  Tensor encoders(int[] places);

  /** The constant that the encoder adds, {@code [n]}. */
  Tensor encoderBiases(int[] places);
}
