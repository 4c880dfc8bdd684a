package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import java.util.List;

/**
 * What an index knows of a feature.
 *
 * @param tokens how many were read
 * @param active on how many of them it was above zero
 * @param mean over all tokens
 * @param largest NaN if it was never above zero
 * @param lowest its smallest value; 0 unless it has been below zero
 * @param histogram of the activations above zero
 * @param strongest the strongest examples, strongest first
 * @param weaker examples of all strengths down to a sixteenth of the strongest, strongest first
 * @param below examples of the lowest values below zero, lowest first
 * @param neurons the units of the layer's MLP that correlate most with it, whatever the sign; empty
 *     where they were not counted
 */
public record StoredFeature(
    FeatureId id,
    long tokens,
    long active,
    double mean,
    double largest,
    double lowest,
    Histogram histogram,
    List<Example> strongest,
    List<Example> weaker,
    List<Example> below,
    List<NeuronCorrelation> neurons) {
  /**
   * How a neuron goes with the feature.
   *
   * @param correlation Pearson's, over all tokens
   */
  public record NeuronCorrelation(int neuron, double correlation) {}

  public StoredFeature {
    strongest = List.copyOf(strongest);
    weaker = List.copyOf(weaker);
    below = List.copyOf(below);
    neurons = List.copyOf(neurons);
  }

  /** The share of tokens on which it is above zero. */
  public double frequency() {
    return (double) active / tokens;
  }
}
