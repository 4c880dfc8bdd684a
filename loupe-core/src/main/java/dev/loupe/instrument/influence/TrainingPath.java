package dev.loupe.instrument.influence;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.FineTuning;
import dev.loupe.model.training.SavedTraining;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The network at the end of each epoch of a training, and what is computed from all of them. */
final class TrainingPath implements AutoCloseable {
  private final List<Checkpoint> checkpoints = new ArrayList<>();

  /**
   * At the end of an epoch.
   *
   * @param rates learning rates of the epoch's steps, summed
   * @param stretches by map, what its optimiser multiplies a rate by
   */
  record Checkpoint(SequenceGradients network, double rates, Map<BlockMap, Double> stretches) {}

  /** Over the states of a training, whose networks are closed with this. */
  static TrainingPath of(List<SavedTraining.State> states) {
    TrainingPath path = new TrainingPath();
    states.forEach(
        each -> path.add(new Checkpoint(each.network(), each.rates(), each.stretches())));
    return path;
  }

  /** Keeps the network as it is, until this is closed. */
  void add(FineTuning tuning, double rates) {
    SequenceGradients network = tuning.network();
    Map<BlockMap, Double> stretches = new LinkedHashMap<>();
    network.maps(true).forEach(map -> stretches.put(map, tuning.stretch(map)));
    add(new Checkpoint(network, rates, stretches));
  }

  void add(Checkpoint checkpoint) {
    checkpoints.add(checkpoint);
  }

  /** The first epoch's first. */
  List<Checkpoint> checkpoints() {
    return List.copyOf(checkpoints);
  }

  /**
   * TracIn (Pruthi et al. 2020): dot products of the gradients at each checkpoint times its
   * learning rate, summed, {@code [query][document]}.
   */
  double[][] dots(List<BlockMap> maps, List<Sequence> documents, List<Sequence> queries, Run run) {
    double[][] sums = new double[queries.size()][documents.size()];
    try (Steps steps = run.steps("gradients of checkpoints", Counted.RUNS, checkpoints.size())) {
      for (int c = 0; c < checkpoints.size(); c++) {
        Checkpoint here = checkpoints.get(c);
        Scorer scorer = new Scorer(here.network());
        try (var _ = NativeScope.open()) {
          add(
              sums,
              scorer.score(documents, scorer.gradients(queries, maps, run), run),
              here.rates());
        }
        steps.at(c + 1L);
      }
    }
    return sums;
  }

  /**
   * SOURCE (Bae et al. 2024), {@code [query][document]}: the training is taken as segments, here
   * its epochs, each with the curvature H and the gradients of its checkpoint. From the last
   * segment back, a query's gradient v scores documents by {@code (I − exp(−cH)) H⁻¹ v} and goes on
   * as {@code exp(−cH) v}. H is that of EK-FAC, without damping; c is the sum of the segment's
   * learning rates, stretched as AdamW stretches the map's steps, over the mean number of counted
   * tokens of a document, because a step follows the mean loss of a token and H is of a document.
   */
  double[][] unrolled(
      List<BlockMap> maps, List<Sequence> documents, List<Sequence> queries, Run run) {
    double[][] sums = new double[queries.size()][documents.size()];
    try (var _ = NativeScope.open()) {
      for (Direction each : directions(maps, documents, queries, run)) {
        add(sums, new Scorer(each.network()).score(documents, each.products(), run), 1);
      }
    }
    return sums;
  }

  /** Along which SOURCE scores documents, the last checkpoint's first; a scope owns them. */
  List<Direction> directions(
      List<BlockMap> maps, List<Sequence> documents, List<Sequence> queries, Run run) {
    List<Direction> found = new ArrayList<>();
    double counted = documents.stream().mapToInt(Sequence::counted).average().orElse(1);
    Map<BlockMap, Tensor> following = new LinkedHashMap<>();
    try (Steps steps = run.steps("curvature of checkpoints", Counted.RUNS, checkpoints.size())) {
      for (int c = checkpoints.size() - 1; c >= 0; c--) {
        Checkpoint here = checkpoints.get(c);
        if (following.isEmpty()) {
          following.putAll(new Scorer(here.network()).gradients(queries, maps, run));
        }
        Map<BlockMap, MapFactors> factors = factors(here, maps, documents, run);
        try {
          Map<BlockMap, Tensor> products = new LinkedHashMap<>();
          for (BlockMap map : maps) {
            MapFactors of = CurvatureFit.of(factors, map);
            double amount =
                here.rates() * CurvatureFit.of(here.stretches(), map) / Math.max(1, counted);
            List<Tensor> gathered = new ArrayList<>();
            List<Tensor> decayed = new ArrayList<>();
            for (int q = 0; q < queries.size(); q++) {
              Tensor gradient = CurvatureFit.of(following, map).select(0, q);
              gathered.add(of.gathered(gradient, amount));
              decayed.add(of.decayed(gradient, amount));
            }
            products.put(map, Tensor.stack(gathered, 0));
            following.put(map, Tensor.stack(decayed, 0));
          }
          found.add(new Direction(here.network(), products));
        } finally {
          factors.values().forEach(MapFactors::close);
        }
        steps.at(checkpoints.size() - (long) c);
      }
    }
    return found;
  }

  private static Map<BlockMap, MapFactors> factors(
      Checkpoint here, List<BlockMap> maps, List<Sequence> documents, Run run) {
    try (KeptPass pass =
        KeptPass.of(CurvatureFit.pass(here.network(), documents, false, run.seed()))) {
      return new CurvatureFit(here.network(), documents, pass).factors(maps, run);
    }
  }

  private static void add(double[][] sums, Scorer.Scores scores, double factor) {
    for (int q = 0; q < sums.length; q++) {
      for (int n = 0; n < sums[q].length; n++) {
        sums[q][n] += factor * scores.total(n, q);
      }
    }
  }

  @Override
  public void close() {
    checkpoints.forEach(each -> each.network().close());
  }
}
