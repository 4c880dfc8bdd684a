package dev.loupe.instrument.circuit;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * One task's circuits of features in several models, matched within, and the first one's values put
 * into the others.
 *
 * @param texts pairs on which circuits were chosen, features matched and maps fitted
 * @param models the first one, then the others
 * @param comparisons of the first with each other one
 */
public record ComparedFeatures(int texts, List<OfModel> models, List<Pairing> comparisons) {
  public ComparedFeatures {
    models = List.copyOf(models);
    comparisons = List.copyOf(comparisons);
  }

  /**
   * A model's circuit.
   *
   * @param model its name
   * @param basis what counts as a feature
   * @param candidates features that are active in some pair
   * @param size of the circuit
   * @param faithfulness on held-out pairs
   * @param members those that are compared, the largest effects first
   */
  public record OfModel(
      String model,
      String basis,
      int candidates,
      int size,
      Estimate faithfulness,
      List<Member> members) {
    public OfModel {
      members = List.copyOf(members);
    }
  }

  /**
   * A feature of a circuit.
   *
   * @param feature its layer and number
   * @param effect by how much the metric falls, to first order, when it alone gets the twin's
   *     values, as a share of m(M) − m(∅)
   */
  public record Member(FeatureId feature, double effect) {}

  /**
   * The first circuit and another.
   *
   * @param model the other's name
   * @param partners one to one
   * @param likeness mean over the first circuit's members, those without a partner counting as 0
   * @param texts likeness when whole texts of the other are permuted
   * @param circuits likeness of random sets of both models, as many features of each layer
   * @param own when the other's matched features get their own values in the twin's run
   * @param affine when they get the first model's, through a ridge regression from all to each
   * @param rank likewise, each through the ranks of its partner
   * @param verdict by the rule of {@code docs/circuit.md}
   */
  public record Pairing(
      String model,
      List<FeaturePartner> partners,
      double likeness,
      CompareCircuitsReport.Chance texts,
      CompareCircuitsReport.Chance circuits,
      Effect own,
      Swap affine,
      Swap rank,
      CompareCircuitsReport.Verdict verdict) {
    public Pairing {
      partners = List.copyOf(partners);
    }
  }

  /**
   * Two features.
   *
   * @param first in the first model
   * @param second in the other
   * @param activity correlation of activations over the texts
   * @param effects correlation over pairs of what ablating them does
   */
  public record FeaturePartner(
      FeatureId first, FeatureId second, double activity, double effects) {}

  /**
   * What new values do to held-out pairs.
   *
   * @param moved how far the metric moves, as a share of m(M) − m(∅)
   * @param followed share of pairs whose metric is then nearer to the twin's than to its own
   */
  public record Effect(Estimate moved, Estimate followed) {}

  /**
   * Values of the first model put into the other.
   *
   * @param effect of the matched features
   * @param random how far random features of the same layers move the metric, matched and mapped
   *     the same way, in the mean
   * @param randomP share of them that move it as far, with one more on either side
   * @param fromRandom how far the matched features move it with values of as many random features
   *     of the first model, of the same layers
   * @param fromRandomP share of those that move it as far, with one more on either side
   * @param shuffled how far the matched features move it by a map that knows nothing: fitted on
   *     permuted texts, or with partners in random order
   * @param shuffledP share of such maps that move it as far, with one more on either side
   */
  public record Swap(
      Effect effect,
      double random,
      double randomP,
      double fromRandom,
      double fromRandomP,
      double shuffled,
      double shuffledP) {}
}
