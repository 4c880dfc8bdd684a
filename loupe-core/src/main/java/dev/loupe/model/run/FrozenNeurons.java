package dev.loupe.model.run;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Neurons;
import dev.loupe.tensor.Tensor;

/**
 * The neurons of a layer in a run, their gains held, and the maps between them and the stream. In a
 * mixture of experts the router's choice and weights are held too, as part of the gains; experts
 * that are not chosen at a position have zeros there, and their weights are never read.
 */
public sealed interface FrozenNeurons permits DenseNeurons, ExpertNeurons {
  /** Those of one MLP. */
  static FrozenNeurons of(ModelWeights.Dense mlp, Neurons neurons) {
    return new DenseNeurons(mlp, neurons);
  }

  /** The weights of the layer. */
  ModelWeights.Mlp mlp();

  /** What each neuron writes by, {@code [pos, d_mlp]}: gain · value. */
  Tensor activation();

  /** What its incoming edges sum to, {@code [pos, d_mlp]}. */
  Tensor value();

  /** The held factor between them, {@code [pos, d_mlp]}. */
  Tensor gain();

  /** Whether a position goes through a neuron. */
  boolean isRun(int position, int unit);

  /** How many neurons the position goes through. */
  int unitsAt(int position);

  /** What all of them write, the constants left out: {@code [pos, d_model]}. */
  Tensor written();

  /**
   * Adds the share of the down projection's biases.
   *
   * @param totals {@code [target]}
   * @param output gradient by the down projection's output {@code [pos, target, d_model]}
   */
  void addConstants(Tensor totals, Tensor output);

  /**
   * From gradients by the down projection's output to those by the neurons.
   *
   * @param output {@code [rows, n, d_model]} of the positions from {@code first} on
   * @return {@code [rows, n, d_mlp]}
   */
  Tensor byUnits(Tensor output, int first);

  /**
   * From gradients by the neurons {@code [pos, target, d_mlp]}, which are overwritten, to those by
   * what the MLP reads.
   *
   * @param constants to which the shares of the up projection's biases are added, {@code [target]}
   */
  Tensor fromUnitsInPlace(Tensor byUnits, Tensor constants);

  /** From gradients by the down projection's output to those by what the MLP reads. */
  Tensor through(Tensor output, Tensor constants);
}
