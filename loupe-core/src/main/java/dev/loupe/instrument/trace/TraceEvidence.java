package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks one trace on its own model and prompt. */
final class TraceEvidence {
  /**
   * Relative gap of a sum: float32 keeps seven digits, and a row adds up hundreds of thousands of
   * terms.
   */
  private static final double SUM_TOLERANCE = 1e-4;

  /**
   * Gap of replayed logits relative to the largest: two orders of the same float32 sums over all
   * layers.
   */
  private static final double REPLAY_TOLERANCE = 1e-4;

  /**
   * Gap of an edge measured by ablating its source: a difference of two float32 values, each good
   * to 1e-6 of its terms, which may be a hundred times the edge.
   */
  private static final double EDGE_TOLERANCE = 1e-3;

  private static final int ABLATED = 10;
  private static final double LEVEL = 0.95;

  private final Transformer model;
  private final FrozenRun run;
  private final @Nullable LocalReplacement replacement;
  private final LogitTargets targets;
  private final AttributionGraph graph;
  private final PrunedGraph pruned;
  private final GraphScores scores;
  private final int at;

  TraceEvidence(
      Transformer model,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      AttributionGraph graph,
      PrunedGraph pruned,
      GraphScores scores,
      int at) {
    this.model = model;
    this.run = run;
    this.replacement = replacement;
    this.targets = targets;
    this.graph = graph;
    this.pruned = pruned;
    this.scores = scores;
    this.at = at;
  }

  List<Evidence> all() {
    return all(List.of());
  }

  /** Also of heads that were explained. */
  List<Evidence> all(List<AttentionReason> reasons) {
    List<Evidence> evidence = new ArrayList<>();
    evidence.add(sums());
    evidence.add(replay());
    evidence.add(
        share(
            "Influence that listed nodes carry from the prompt to the answer",
            scores.listedShare()));
    if (replacement != null) {
      evidence.add(share("Influence that ends in errors of the dictionary", scores.errorShare()));
    }
    evidence.add(share("Influence that ends in units not listed", scores.remainderShare()));
    evidence.add(share("Influence that starts in biases", scores.biasShare()));
    if (graph.nodes().stream().anyMatch(node -> node instanceof Node.Remainder)) {
      evidence.add(cancellation());
    }
    List<Integer> strongest = strongest();
    if (replacement != null && !strongest.isEmpty()) {
      edges(evidence, strongest, replacement.basis());
    }
    if (!reasons.isEmpty()) {
      evidence.add(
          Evidence.atMost(
              SUM_TOLERANCE,
              "The pairs of an explained head sum to its attention score",
              Support.OBSERVED,
              Estimate.exactly(
                  reasons.stream().mapToDouble(AttentionReason::gap).max().orElse(0),
                  "largest gap relative to the sizes of all pairs"),
              "norm denominators held at this prompt's values"));
    }
    return evidence;
  }

  private Evidence sums() {
    double worst = 0;
    int checked = 0;
    int size = graph.nodes().size();
    for (int target = 0; target < size; target++) {
      if (graph.edges().isTarget(target)) {
        double sum = 0;
        double mass = 0;
        for (int source = 0; source < size; source++) {
          float edge = graph.edges().weight(target, source);
          sum += edge;
          mass += Math.abs(edge);
        }
        double value = Node.targetValue(graph.nodes().get(target));
        // A value that is all cancellation has no digits of its own: below a tenth of what went
        // in, that is the scale. A dictionary lists its weakest features too, which are such.
        worst = Math.max(worst, Math.abs(sum - value) / Math.max(Math.abs(value), 0.1 * mass));
        checked++;
      }
    }
    return Evidence.atMost(
        SUM_TOLERANCE,
        "The incoming edges of every listed node sum to its value",
        Support.OBSERVED,
        Estimate.exactly(
            worst, String.format(Locale.ROOT, "largest relative gap over %,d nodes", checked)),
        "remainder and bias nodes included");
  }

  private Evidence replay() {
    try (var _ = NativeScope.open()) {
      Tensor real = model.unembed(run.finalHidden().slice(0, at, at + 1L));
      Tensor frozen =
          model.unembed(
              new FrozenReplay(model, run, replacement).finalHidden().slice(0, at, at + 1L));
      double gap = frozen.minus(real).abs().max().item() / Math.max(real.abs().max().item(), 1e-9);
      return Evidence.atMost(
          REPLAY_TOLERANCE,
          "The frozen model's logits equal the model's",
          Support.OBSERVED,
          Estimate.exactly(gap, "largest gap relative to the largest logit"),
          "attention patterns and norm denominators held at this prompt's values");
    }
  }

  /**
   * How much larger the unlisted contributions to the first explained logit are one by one than
   * summed up.
   */
  private Evidence cancellation() {
    double summed = 0;
    double apart = 0;
    int first = graph.nodes().indexOf(targets.nodes().getFirst());
    for (int source = 0; source < graph.nodes().size(); source++) {
      if (graph.nodes().get(source) instanceof Node.Remainder) {
        summed += graph.edges().mass(first, source);
        apart += graph.edges().unlistedMass(first, source);
      }
    }
    return Evidence.noted(
        "Cancellation inside remainder nodes: absolute contributions relative to the net ones",
        Support.OBSERVED,
        Estimate.exactly(
            summed == 0 ? 1 : apart / summed, "times, direct edges into the first explained logit"),
        "a remainder node counts as one source, like an error node");
  }

  private static Evidence share(String what, double share) {
    return Evidence.noted(
        what, Support.OBSERVED, Estimate.exactly(share, "share of the flow into the logits"), "");
  }

  /** The listed features of largest influence. */
  private List<Integer> strongest() {
    return IntStream.range(0, graph.nodes().size())
        .filter(node -> graph.nodes().get(node) instanceof Node.Feature)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer node) -> -pruned.influence(node)))
        .limit(ABLATED)
        .toList();
  }

  /** Every edge of the strongest features, by ablating these. */
  private void edges(List<Evidence> evidence, List<Integer> strongest, FeatureBasis basis) {
    int most = EdgeCheck.affordable(model.config().layers(), model.config().heads(), at + 1);
    if (most < strongest.size()) {
      evidence.add(
          Evidence.noted(
              "Features whose edges are tested by ablating them",
              Support.OBSERVED,
              Estimate.exactly(most, "of the %d most influential".formatted(strongest.size())),
              "the prompt is long: attention patterns of more runs side by side would not fit in memory"));
    }
    if (most == 0) {
      return;
    }
    List<Integer> sources = strongest.subList(0, Math.min(most, strongest.size()));
    List<List<EdgeCheck.Tested>> tested =
        new EdgeCheck(model, basis, Arrays.copyOf(run.ids(), at + 1))
            .of(graph, sources, targets.directions(), Freezing.DIRECT, Freezing.NOTHING);
    List<EdgeCheck.Tested> direct = tested.getFirst();
    List<EdgeCheck.Tested> free = tested.getLast();
    evidence.add(
        Evidence.atMost(
            EDGE_TOLERANCE,
            "Ablating the most influential features changes every listed target by their edges, all"
                + " else held fixed",
            Support.INTERVENED,
            Estimate.exactly(
                direct.stream().mapToDouble(EdgeCheck.Tested::gap).max().orElse(0),
                String.format(
                    Locale.ROOT,
                    "largest gap of %,d edges, relative to the source's largest",
                    direct.size())),
            "run through the real model's code with patterns, denominators and replaced values held"));
    evidence.add(
        Evidence.noted(
            "The same edges compared with the change in the real model, where nothing is held",
            Support.INTERVENED,
            RankCorrelation.spearman(
                free.stream().mapToDouble(EdgeCheck.Tested::predicted).toArray(),
                free.stream().mapToDouble(EdgeCheck.Tested::measured).toArray(),
                LEVEL),
            "an edge is one direct path; in the real model a feature acts on others too"));
  }
}
