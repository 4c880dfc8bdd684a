package dev.loupe.instrument.geometry;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * How well single neurons do what features do: for each feature the neuron of any layer before it
 * whose activations correlate best.
 *
 * @param basis the dictionary
 * @param positions of text
 * @param judged features that are active often enough and have neurons before them
 * @param dead features that are never active
 * @param rare features that are active too seldom
 * @param neurons that came into question for at least one feature
 * @param threshold up to which no neuron is said to do what the feature does (Templeton et al.
 *     2024)
 * @param atMost share of features whose best neuron correlates at most so much
 * @param atMostAbsolute the same whatever the sign
 * @param atMostByChance the share with whole texts permuted, whatever the sign; NaN without
 * @param median of the best absolute correlations
 * @param medianByChance the same with whole texts permuted; NaN without
 * @param histogram how many features' best absolute correlation is in each tenth from 0 to 1
 */
public record NeuronsReport(
    String basis,
    long positions,
    int judged,
    int dead,
    int rare,
    int neurons,
    double threshold,
    Estimate atMost,
    Estimate atMostAbsolute,
    double atMostByChance,
    double median,
    double medianByChance,
    List<Integer> histogram) {}
