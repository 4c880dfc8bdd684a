package dev.loupe.instrument.influence;

import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Ratio;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The influence of the documents shown, split over neurons and features, and how the sums close.
 */
final class DocumentSplits {
  private static final double LEVEL = 0.95;

  private final AskRequest request;
  private final List<Direction> directions;
  private final Optional<FeatureSplit> byFeature;
  private double neuronGap;
  private double featureGap;
  private final List<FeatureSplit.Split> positive = new ArrayList<>();

  DocumentSplits(AskRequest request, List<Direction> directions, Optional<FeatureSplit> byFeature) {
    this.request = request;
    this.directions = directions;
    this.byFeature = byFeature;
  }

  Optional<AskReport.ByNeuron> neurons(Sequence sequence, double total) {
    if (request.neurons() == 0) {
      return Optional.empty();
    }
    AskReport.ByNeuron split = NeuronSplit.of(directions, sequence, request.neurons());
    neuronGap = Math.max(neuronGap, gap(split.sum(), total));
    return Optional.of(split);
  }

  Optional<AskReport.ByFeature> features(Sequence sequence, double total) {
    return byFeature.map(by -> {
      FeatureSplit.Split split = by.of(directions.getFirst().first(), sequence, request.features());
      featureGap = Math.max(featureGap, gap(split.parts().sum(), total));
      if (total > 0) {
        positive.add(split);
      }
      return split.parts();
    });
  }

  private static double gap(double sum, double total) {
    return Math.abs(sum - total) / Math.max(1e-300, Math.abs(total));
  }

  /**
   * @param tolerance of a sum, relative to the document's influence
   */
  List<Evidence> evidence(double tolerance, long seed) {
    List<Evidence> evidence = new ArrayList<>();
    if (request.neurons() > 0) {
      evidence.add(
          closes(
              "The neurons' influence, with what lies outside of neurons, sums to the document's",
              neuronGap,
              tolerance));
    }
    if (byFeature.isPresent()) {
      evidence.add(
          closes(
              "The features' influence, with the error and what lies outside, sums to the"
                  + " document's",
              featureGap,
              tolerance));
    }
    if (!positive.isEmpty()) {
      Estimate atRandom = explained(FeatureSplit.Split::random, seed);
      evidence.add(
          Evidence.noted(
              "Influence of tokens through MLPs that active features explain, in the documents that"
                  + " make the completion likelier (1 − squares of the error / squares)",
              Support.OBSERVED,
              explained(FeatureSplit.Split::errors, seed),
              String.format(
                  Locale.ROOT,
                  "as many features that are not active: %.3f [%.3f, %.3f]",
                  atRandom.value(),
                  atRandom.low(),
                  atRandom.high())));
    }
    return evidence;
  }

  private Estimate explained(ToDoubleFunction<FeatureSplit.Split> left, long seed) {
    double[] squares = positive.stream().mapToDouble(FeatureSplit.Split::squares).toArray();
    double[] found =
        positive.stream().mapToDouble(each -> each.squares() - left.applyAsDouble(each)).toArray();
    return Ratio.bootstrap(found, squares, LEVEL, seed);
  }

  private static Evidence closes(String what, double gap, double tolerance) {
    return Evidence.atMost(
        tolerance,
        what + ", for every document shown",
        Support.OBSERVED,
        Estimate.exactly(gap, "largest relative gap"),
        "");
  }
}
