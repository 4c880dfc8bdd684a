package dev.loupe.instrument.circuit;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The circuit that was found, and what it was compared with. Faithfulness is measured on held-out
 * pairs, m averaged over them before the quotient is formed.
 *
 * @param model its name
 * @param basis of the features
 * @param choices what faithfulness depends on
 * @param scores of the model, of nothing and of everything
 * @param candidates features that are active in some pair that chose the circuit, each once
 * @param activePerPrompt features active in a held-out prompt or its twin, each once, in the mean
 * @param verdict in a word
 * @param circuit the one that was found
 * @param curve faithfulness over size, at MIB's shares of the candidates
 * @param areas CPR and CMD of that curve, by MIB's rule
 * @param rivals other sets of features of the same size
 * @param draws faithfulness of the random circuits
 * @param p share of random circuits that are as faithful, with one more on either side
 * @param neurons the neurons' circuit that is as faithful on the pairs that chose it
 * @param heads the smallest circuit of attention heads and MLPs that is as faithful on the pairs
 *     that chose it, the twin's values put in; empty where a pair has no twin or none was asked for
 * @param members the circuit's features, those of the largest drop first; of a large circuit those
 *     whose drop was measured
 * @param supernodes groups of members, the largest drop first; not all members are in one
 * @param example one held-out pair in detail
 */
public record CircuitReport(
    String model,
    String basis,
    Choices choices,
    Scores scores,
    int candidates,
    double activePerPrompt,
    Verdict verdict,
    Found circuit,
    List<Point> curve,
    List<Areas> areas,
    List<Rival> rivals,
    List<Double> draws,
    double p,
    NeuronCircuit neurons,
    Optional<CompareCircuitsReport.ModelCircuit> heads,
    List<Member> members,
    List<Supernode> supernodes,
    Example example) {
  public CircuitReport {
    curve = List.copyOf(curve);
    areas = List.copyOf(areas);
    rivals = List.copyOf(rivals);
    draws = List.copyOf(draws);
    members = List.copyOf(members);
    supernodes = List.copyOf(supernodes);
  }

  /** The rule is in {@code docs/circuit.md}. */
  public enum Verdict {
    /** It reaches what was asked for on held-out pairs, and random circuits at most a fifth. */
    CIRCUIT,
    /** It is more faithful than every random circuit, but reaches less, or they reach more. */
    PART,
    /** Random circuits are as faithful. */
    NONE
  }

  /**
   * What faithfulness depends on (Miller et al. 2024).
   *
   * @param task its name
   * @param source of its pairs
   * @param metric in words
   * @param ablation in words
   * @param errors in words
   * @param ranking in words
   * @param granularity of the nodes and their positions
   * @param cut whether the features with their errors are all of the stream, so that nothing passes
   *     by
   * @param target faithfulness asked for
   * @param train pairs that chose the circuit
   * @param heldOut pairs that tested it
   */
  public record Choices(
      String task,
      String source,
      String metric,
      String ablation,
      String errors,
      String ranking,
      String granularity,
      boolean cut,
      double target,
      int train,
      int heldOut) {}

  /**
   * The metric, mean over held-out pairs.
   *
   * @param model m(M)
   * @param circuit m(C)
   * @param empty m(∅), with the errors as asked for
   * @param emptyErrorsKept m(∅) with errors kept
   * @param emptyErrorsRemoved m(∅) with errors 0
   * @param allErrorsKept all features and errors kept: m(M) again
   * @param allErrorsRemoved all features kept, errors 0
   * @param largestGap between the logits' metric of everything kept and the model's own
   */
  public record Scores(
      double model,
      double circuit,
      double empty,
      double emptyErrorsKept,
      double emptyErrorsRemoved,
      double allErrorsKept,
      double allErrorsRemoved,
      double largestGap) {}

  /**
   * The circuit.
   *
   * @param size how many features, errors among them where these are nodes
   * @param share of the candidates
   * @param activePerPrompt its features that are active in a held-out prompt or its twin, in the
   *     mean
   * @param shareOfPrompt these as a share of all that are active there
   * @param errors layers whose error it holds, where errors are nodes of their own
   * @param byScore how many it takes by score alone, before pruning; empty where no size reaches
   *     the target
   * @param trained faithfulness on the pairs that chose it
   * @param faithfulness on held-out pairs
   * @param completeness faithfulness of the model without the circuit: small where it is all
   */
  public record Found(
      int size,
      double share,
      double activePerPrompt,
      double shareOfPrompt,
      List<Integer> errors,
      OptionalInt byScore,
      double trained,
      Estimate faithfulness,
      Estimate completeness) {
    public Found {
      errors = List.copyOf(errors);
    }
  }

  /**
   * A size on the curve.
   *
   * @param share of the candidates
   * @param size how many features, the highest scores first
   */
  public record Point(double share, int size, Estimate faithfulness, Estimate completeness) {}

  /**
   * Areas under a curve.
   *
   * @param order {@code signed} or {@code absolute} scores
   * @param cpr grows beyond 1 by leaving out what hurts
   * @param cmd distance from 1
   */
  public record Areas(String order, double cpr, double cmd) {}

  /**
   * Another set of the circuit's size.
   *
   * @param name how it was chosen
   */
  public record Rival(String name, int size, Estimate faithfulness) {}

  /**
   * A circuit of neurons, by attribution patching, zero or the same mean.
   *
   * @param asked whether it was searched for
   * @param size the smallest by score that reaches the target on the pairs that chose it
   * @param candidates neurons in all
   * @param faithfulness on held-out pairs; NaN where none reaches it
   */
  public record NeuronCircuit(
      boolean asked, OptionalInt size, int candidates, Estimate faithfulness) {}

  /**
   * A feature of the circuit.
   *
   * @param feature its number
   * @param score by the ranking: how much it helps, to first order or exactly
   * @param drop by how much faithfulness falls when the circuit is without it
   */
  public record Member(FeatureId feature, double score, Estimate drop) {}

  /**
   * Members that write alike and are needed in the same prompts, ablated together.
   *
   * @param name what they are active on, or promote together
   * @param members their places among the members
   * @param first the lowest of their layers
   * @param last the highest
   * @param drop by how much faithfulness falls when the circuit is without all of them
   * @param random the mean drop of as many of the members that were grouped of each layer, drawn at
   *     random
   * @param p share of those draws that lose as much, with one more on either side
   * @param inModel by how much the whole model's faithfulness falls when they get their reference
   *     values; with the twin's values, a swap between the prompts
   */
  public record Supernode(
      String name,
      List<Integer> members,
      int first,
      int last,
      Estimate drop,
      double random,
      double p,
      Estimate inModel) {
    public Supernode {
      members = List.copyOf(members);
    }
  }

  /**
   * A held-out pair in detail.
   *
   * @param clean the prompt
   * @param corrupted its twin, or empty
   * @param answer what the metric asks for
   * @param foil what it is compared with
   * @param tokens of the clean prompt
   * @param model m(M) of this pair
   * @param circuit m(C)
   * @param empty m(∅)
   * @param cells where members are active
   * @param edges between members, measured
   * @param effects of each member, in their order
   * @param sizes the metric with the first 0, 1, 2 … members, as many as have cells, and last with
   *     the whole circuit
   */
  public record Example(
      String clean,
      String corrupted,
      String answer,
      String foil,
      List<String> tokens,
      double model,
      double circuit,
      double empty,
      List<Cell> cells,
      List<Edge> edges,
      List<Effect> effects,
      List<Double> sizes) {
    public Example {
      tokens = List.copyOf(tokens);
      cells = List.copyOf(cells);
      edges = List.copyOf(edges);
      effects = List.copyOf(effects);
      sizes = List.copyOf(sizes);
    }
  }

  /**
   * A member that is active somewhere; of an error its length.
   *
   * @param member its place among the members
   * @param position from 0
   * @param activation in the model's own run
   * @param reference what ablation puts there
   */
  public record Cell(int member, int position, double activation, double reference) {}

  /**
   * How ablating one member changes another, in the model's own run of the example.
   *
   * @param from its place among the members
   * @param to likewise
   * @param change of the later one's activations, summed over positions, as a share of their sum
   */
  public record Edge(int from, int to, double change) {}

  /**
   * What switching one member off does to the metric of the example.
   *
   * @param inModel in the whole model
   * @param inCircuit in the circuit
   */
  public record Effect(double inModel, double inCircuit) {}
}
