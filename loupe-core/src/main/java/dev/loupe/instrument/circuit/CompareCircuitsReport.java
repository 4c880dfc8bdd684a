package dev.loupe.instrument.circuit;

import dev.loupe.circuit.HeadKinds.Kind;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * One task's circuits of heads and MLPs in several models, and how alike they are.
 *
 * @param task its name
 * @param source of its pairs
 * @param metric in words
 * @param train pairs that chose the circuits
 * @param heldOut pairs on which everything shown was measured
 * @param models the first one, then the others
 * @param comparisons of the first with each other one
 * @param features the same in features, where it was asked for
 */
public record CompareCircuitsReport(
    String task,
    String source,
    String metric,
    int train,
    int heldOut,
    List<ModelCircuit> models,
    List<Comparison> comparisons,
    Optional<ComparedFeatures> features) {
  public CompareCircuitsReport {
    models = List.copyOf(models);
    comparisons = List.copyOf(comparisons);
  }

  /** What the figures say; the rule is in {@code docs/circuit.md}. */
  public enum Verdict {
    /** The parts that match are more alike than chance, and do the task in the other model. */
    SAME,
    /** They are more alike than chance, or do the task there, but not both. */
    PARTLY,
    /** Neither. */
    DIFFERENT
  }

  /**
   * A model's circuit.
   *
   * @param model its name
   * @param layers blocks
   * @param components heads and MLPs in all
   * @param own m(M), mean over held-out pairs
   * @param empty m(∅): every head and MLP puts out the twin's values
   * @param nodes the circuit, the largest effects first
   * @param faithfulness on held-out pairs
   * @param random mean faithfulness of circuits with as many heads and MLPs
   * @param p share of those that are as faithful, with one more on either side
   * @param edges between its nodes, from the token embeddings and to the logits, the strongest by
   *     EAP-IG; none where the model norms what its parts add
   */
  public record ModelCircuit(
      String model,
      int layers,
      int components,
      double own,
      double empty,
      List<Node> nodes,
      Estimate faithfulness,
      double random,
      double p,
      List<HeadEdge> edges) {
    public ModelCircuit {
      nodes = List.copyOf(nodes);
      edges = List.copyOf(edges);
    }
  }

  /**
   * A head or MLP.
   *
   * @param name {@code a3.5} for head 5 of block 3, {@code m3} for its MLP
   * @param layer of its block
   * @param depth the middle of its block, as a share of all
   * @param kind of head
   * @param effect by how much the metric falls when it alone puts out the twin's values, as a share
   *     of m(M) − m(∅)
   * @param drop by how much the circuit's faithfulness falls without it; NaN for a node that is in
   *     no circuit
   */
  public record Node(String name, int layer, double depth, Kind kind, double effect, double drop) {}

  /**
   * An edge.
   *
   * @param from a node's name, or {@code input}
   * @param to a node's name with {@code <q>}, {@code <k>} or {@code <v>} for a head, or {@code
   *     logits}
   * @param effect by how much the metric falls, to first order, when it alone carries the twin's
   *     output, as a share of m(M) − m(∅)
   */
  public record HeadEdge(String from, String to, double effect) {}

  /**
   * The first model's circuit and what is most like it in another.
   *
   * @param model the other's name
   * @param partners one to one
   * @param likeness mean over the first circuit's nodes, those without a partner counting as 0
   * @param texts likeness when whole texts of the other are permuted
   * @param circuits likeness of random circuits of the first model, as many heads and MLPs
   * @param control likeness of the other task's circuit
   * @param shuffled likeness to the other model with the entries of every matrix in random order;
   *     empty for mixtures of experts
   * @param shared of the partners, how many are in the other model's own circuit
   * @param depth mean distance of partners in depth
   * @param kinds of the head partners, how many are of one kind
   * @param functional what the partners do by themselves in the other model
   * @param verdict by the rule
   */
  public record Comparison(
      String model,
      List<Partner> partners,
      double likeness,
      Chance texts,
      Chance circuits,
      Optional<Double> control,
      Optional<Double> shuffled,
      Shared shared,
      Shared depth,
      Shared kinds,
      Functional functional,
      Verdict verdict) {
    public Comparison {
      partners = List.copyOf(partners);
    }
  }

  /**
   * Two nodes.
   *
   * @param first in the first model
   * @param second in the other
   * @param activity correlation of where they attend, or of how much they add
   * @param effects correlation over pairs of what ablating them does
   */
  public record Partner(Node first, Node second, double activity, double effects) {}

  /**
   * A null.
   *
   * @param mean over the draws
   * @param p (1 + #{as alike}) / (1 + draws)
   */
  public record Chance(double mean, double p) {}

  /**
   * A figure that was not matched on, beside partners drawn at random.
   *
   * @param value of the partners
   * @param of how many it is counted over
   * @param chance mean for partners of the same type drawn at random
   * @param p share of draws as good, with one more on either side
   */
  public record Shared(double value, int of, double chance, double p) {}

  /**
   * Faithfulness in the other model when only some nodes follow the run.
   *
   * @param partners the partners of the first model's circuit
   * @param own the other model's own circuit
   * @param random mean of as many heads and MLPs drawn at random
   * @param p share of random ones that are as faithful, with one more on either side
   * @param control as many nodes of the other task's ranking in the other model
   */
  public record Functional(
      Estimate partners, Estimate own, double random, double p, Optional<Double> control) {}
}
