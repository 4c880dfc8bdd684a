package dev.loupe.instrument.influence;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A document's influence split over the features of a dictionary through which it acts. Influence
 * through an MLP is {@code Σ_t γ_t·δ_t}: δ is how the MLP's output changes when its weights move
 * along the direction that the completion asks for, γ the gradient of the document's loss by that
 * output. At each token δ is written by the decoder rows of the features that are active there, as
 * nearly as they can (least squares); a feature has its coefficient times γ along its row, and what
 * lies outside of the rows' span is the error.
 */
final class FeatureSplit {
  /** Eigenvalues of the rows' products below this share of the largest count as none. */
  private static final double NULL = 1e-9;

  private final Transformer model;
  private final SequenceGradients network;
  private final FeatureBasis basis;
  private final Random random;

  /** By the layer of an MLP, what writes there. */
  private final SortedMap<Integer, List<Writer>> writers = new TreeMap<>();

  /** The features of a layer, at a place to which an MLP writes. */
  private record Writer(int layer, Tap target) {}

  /** One feature's row at a token. */
  private record Active(Writer writer, int feature) {}

  /** What one MLP's maps have, {@code [pos, …]}. */
  private static final class OfMlp {
    private double[] neurons = new double[0];
    private double[] gradients = new double[0];
    private double[] changes = new double[0];
  }

  /**
   * A document's split, and how near it comes token by token.
   *
   * @param squares of what goes through each MLP at each token, summed
   * @param errors squares of what active features leave of it
   * @param random squares of what as many features leave that are not active
   */
  record Split(AskReport.ByFeature parts, double squares, double errors, double random) {}

  /**
   * @throws LoupeException if the dictionary writes where no MLP does, or a norm stands between
   */
  FeatureSplit(Transformer model, SequenceGradients network, FeatureBasis basis, long seed) {
    this.model = model;
    this.network = network;
    this.basis = basis;
    this.random = new Random(seed);
    if (model.has(Site.MLP_POST_NORM_SCALE)) {
      throw LoupeException.badInput(
          model.config().family() + " models normalise what the MLP writes",
          "Leave out `features`; `neurons` splits by neurons.");
    }
    for (int layer : basis.layers()) {
      for (Tap target : basis.writes(layer)) {
        writers.computeIfAbsent(mlp(target), _ -> new ArrayList<>()).add(new Writer(layer, target));
      }
    }
  }

  /** The layer of the MLP whose output a place holds or takes in. */
  private static int mlp(Tap target) {
    return switch (target.site()) {
      case MLP_OUT, RESID_POST -> target.layer();
      case RESID_PRE -> target.layer() - 1;
      default ->
          throw LoupeException.badInput(
              "the dictionary writes at %s, which no MLP of its layer reaches"
                  .formatted(Place.name(target)),
              "Choose one of MLP outputs or of the stream after a block, or leave out `features`.");
    };
  }

  /**
   * Of one sequence.
   *
   * @param direction X of each map, {@code [out, in + 1]}
   * @param most features that are named
   */
  Split of(Map<BlockMap, Tensor> direction, Sequence sequence, int most) {
    double[] outside = new double[1];
    SortedMap<Integer, OfMlp> mlps = new TreeMap<>();
    network.ofTruth(
        List.of(sequence.tokens()),
        List.of(sequence.counts()),
        direction.keySet(),
        (map, a, g) -> {
          Tensor gradients = g.select(0, 0).to(DType.F64);
          Tensor changes =
              a.select(0, 0)
                  .to(DType.F64)
                  .matmul(CurvatureFit.of(direction, map).to(DType.F64).transpose(0, 1));
          if (!map.kind().isOfMlp() || !writers.containsKey(map.layer())) {
            outside[0] += gradients.times(changes).sum().item();
            return;
          }
          OfMlp mlp = mlps.computeIfAbsent(map.layer(), _ -> new OfMlp());
          if (map.kind() == BlockMap.Kind.MLP_DOWN) {
            mlp.gradients = gradients.toDoubles();
            mlp.changes = changes.toDoubles();
          } else {
            double[] parts = gradients.times(changes).toDoubles();
            double[] sums = mlp.neurons.length == 0 ? new double[parts.length] : mlp.neurons;
            Arrays.setAll(sums, i -> sums[i] + parts[i]);
            mlp.neurons = sums;
          }
        });
    Map<FeatureId, Double> sums = new LinkedHashMap<>();
    double error = 0;
    double squares = 0;
    double errors = 0;
    double atRandom = 0;
    try (var _ = NativeScope.open()) {
      Map<Integer, SparseActivations> active = active(sequence);
      for (Map.Entry<Integer, OfMlp> each : mlps.entrySet()) {
        Tensor gradients = rows(each.getValue().gradients, sequence);
        Tensor changes = changes(each.getKey(), each.getValue(), gradients, sequence);
        List<Writer> here = writers.getOrDefault(each.getKey(), List.of());
        for (int t = 0; t < sequence.tokens().length; t++) {
          try (var _ = NativeScope.open()) {
            Tensor gradient = gradients.select(0, t);
            Tensor change = changes.select(0, t);
            List<Active> features = at(here, active, t);
            double[] parts = parts(features, gradient, change);
            double all = gradient.times(change).sum().item();
            double left = all - Arrays.stream(parts).sum();
            error += left;
            squares += all * all;
            errors += left * left;
            for (int i = 0; i < parts.length; i++) {
              sums.merge(
                  new FeatureId(features.get(i).writer().layer(), features.get(i).feature()),
                  parts[i],
                  Double::sum);
            }
            double other = all - Arrays.stream(parts(others(features), gradient, change)).sum();
            atRandom += other * other;
          }
        }
      }
    }
    return new Split(largest(sums, most, error, outside[0]), squares, errors, atRandom);
  }

  private Map<Integer, SparseActivations> active(Sequence sequence) {
    Map<Integer, SparseActivations> active = new LinkedHashMap<>();
    Hooks reading = Hooks.NONE;
    for (int layer : basis.layers()) {
      reading =
          reading.and(
              Hooks.observe(
                  basis.reads(layer),
                  value -> active.put(layer, basis.encode(layer, value.select(0, 0)))));
    }
    model.hidden(TokenBatch.of(sequence.tokens()), reading, null);
    return active;
  }

  private static Tensor rows(double[] values, Sequence sequence) {
    int positions = sequence.tokens().length;
    return Tensor.of(values, positions, values.length / positions);
  }

  /**
   * How the MLP's output changes: by what its output map has, and by its neurons. A neuron that
   * changes by u changes the loss by u times γ along its column, which is known: u is the quotient.
   */
  private Tensor changes(int layer, OfMlp mlp, Tensor gradients, Sequence sequence) {
    Tensor changes = rows(mlp.changes, sequence);
    ModelWeights.Dense dense = (ModelWeights.Dense) model.weights().layer(layer).mlp();
    Tensor columns = dense.down().weight().to(DType.F64);
    double[] slopes = gradients.matmul(columns).toDoubles();
    double[] moved = new double[slopes.length];
    Arrays.setAll(moved, i -> slopes[i] == 0 ? 0 : mlp.neurons[i] / slopes[i]);
    return changes.plus(rows(moved, sequence).matmul(columns.transpose(0, 1)));
  }

  private static List<Active> at(
      List<Writer> writers, Map<Integer, SparseActivations> active, int position) {
    List<Active> found = new ArrayList<>();
    for (Writer writer : writers) {
      SparseActivations here = active.get(writer.layer());
      if (here != null) {
        here.features(here.start(position), here.start(position + 1))
            .forEach(feature -> found.add(new Active(writer, feature)));
      }
    }
    return found;
  }

  /** For each feature another one of its layer that is not active. */
  private List<Active> others(List<Active> features) {
    Set<Active> taken = new HashSet<>(features);
    List<Active> found = new ArrayList<>();
    for (Active each : features) {
      int all = basis.features(each.writer().layer());
      for (int tries = 0; tries < 100; tries++) {
        Active other = new Active(each.writer(), random.nextInt(all));
        if (taken.add(other)) {
          found.add(other);
          break;
        }
      }
    }
    return found;
  }

  /** What each feature has of γ·δ, least squares. */
  private double[] parts(List<Active> features, Tensor gradient, Tensor change) {
    if (features.isEmpty()) {
      return new double[0];
    }
    Tensor rows = decoders(features);
    Eigen eigen = Eigen.of(rows.matmul(rows.transpose(0, 1)));
    double[] values = eigen.values().toDoubles();
    double[] wanted = eigen.vectors().transpose(0, 1).matmul(rows.matmul(change)).toDoubles();
    double least = NULL * Math.max(1e-300, values[values.length - 1]);
    Arrays.setAll(wanted, i -> values[i] > least ? wanted[i] / values[i] : 0);
    Tensor coefficients = eigen.vectors().matmul(Tensor.of(wanted, wanted.length));
    return coefficients.times(rows.matmul(gradient)).toDoubles();
  }

  /** Decoder rows in the order of the features, which come writer by writer. */
  private Tensor decoders(List<Active> features) {
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < features.size(); ) {
      Writer writer = features.get(from).writer();
      int to = from;
      while (to < features.size() && features.get(to).writer().equals(writer)) {
        to++;
      }
      int[] ids = features.subList(from, to).stream().mapToInt(Active::feature).toArray();
      parts.add(basis.decoderRows(writer.layer(), writer.target(), ids).to(DType.F64));
      from = to;
    }
    return Tensor.cat(parts, 0);
  }

  private static AskReport.ByFeature largest(
      Map<FeatureId, Double> sums, int most, double error, double outside) {
    List<AskReport.OfFeature> all = new ArrayList<>();
    sums.forEach((id, part) -> all.add(new AskReport.OfFeature(id.layer(), id.feature(), part)));
    all.sort(Comparator.comparingDouble(each -> -Math.abs(each.influence())));
    int named = Math.min(most, all.size());
    return new AskReport.ByFeature(
        all.subList(0, named),
        all.stream().skip(named).mapToDouble(AskReport.OfFeature::influence).sum(),
        error,
        outside);
  }
}
