package dev.loupe.instrument.influence;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.model.training.SequenceGradients.MapSink;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** Fits EK-FAC factors to sequences: a pass for A and G, then one for Λ, with the same labels. */
final class CurvatureFit {
  /** Tokens that go through the model at once. */
  static final int BATCH_TOKENS = 1024;

  /** Batches after which sums may be kept, always the same, so that they are the same sums. */
  private static final int SHARD = 16;

  private static final String MOMENTS = "moments";
  private static final String SQUARES = "squares";

  private final SequenceGradients network;
  private final List<Sequence> sequences;
  private final Pass pass;
  private final int widest;

  /** One forward and backward pass of some sequences, by their numbers. */
  @FunctionalInterface
  interface Pass {
    /** Returns the summed loss, in nats. */
    double of(int[] numbers, Set<BlockMap> maps, MapSink sink);
  }

  CurvatureFit(SequenceGradients network, List<Sequence> sequences, Pass pass) {
    this(network, sequences, pass, Eigenbasis.WIDEST);
  }

  private CurvatureFit(SequenceGradients network, List<Sequence> sequences, Pass pass, int widest) {
    this.network = network;
    this.sequences = sequences;
    this.pass = pass;
    this.widest = widest;
  }

  /** The same with A and G wider than that taken as block-diagonal. */
  CurvatureFit inBlocks(int most) {
    return new CurvatureFit(network, sequences, pass, most);
  }

  /** With the labels that the sequences have, or labels drawn from the model. */
  static CurvatureFit of(
      SequenceGradients network, List<Sequence> sequences, boolean empirical, long seed) {
    return new CurvatureFit(network, sequences, pass(network, sequences, empirical, seed));
  }

  /** A pass with the labels that the sequences have, or labels drawn from the model. */
  static Pass pass(
      SequenceGradients network, List<Sequence> sequences, boolean empirical, long seed) {
    return (numbers, maps, sink) -> {
      List<Sequence> chosen = chosen(sequences, numbers);
      List<int[]> tokens = chosen.stream().map(Sequence::tokens).toList();
      List<boolean[]> counts = chosen.stream().map(Sequence::counts).toList();
      if (empirical) {
        return network.ofTruth(tokens, counts, maps, sink);
      }
      // A label depends on seed, document and position alone: both passes draw the same.
      return network.ofDrawn(
          tokens,
          counts,
          (sequence, position) ->
              new SplittableRandom(seed + ((long) numbers[sequence] << 20) + position).nextDouble(),
          maps,
          sink);
    };
  }

  static List<Sequence> chosen(List<Sequence> sequences, int[] numbers) {
    return Arrays.stream(numbers).mapToObj(sequences::get).toList();
  }

  /** A and G; close each. */
  Map<BlockMap, Covariance> covariances(List<BlockMap> maps, Optional<BegunGroup> begun, Run run) {
    Map<BlockMap, Covariance> found = new LinkedHashMap<>();
    boolean done = false;
    try {
      for (BlockMap map : maps) {
        SequenceGradients.MapSize size = network.size(map);
        found.put(map, new Covariance(size.columns(), size.outputs(), widest));
      }
      Optional<BegunGroup.Kept> kept = begun.flatMap(each -> each.find(MOMENTS));
      kept.ifPresent(there ->
          found.forEach((map, each) -> {
            try (var _ = NativeScope.open()) {
              each.restore(name -> there.of(map.name() + " " + name));
            }
          }));
      over(
          "inputs and gradients",
          maps,
          kept.map(BegunGroup.Kept::batches).orElse(0),
          run,
          (map, a, g) -> of(found, map).add(a, g),
          batches -> {
            Map<String, Tensor> sums = named(found, Covariance::sums);
            begun.ifPresent(each -> each.keep(MOMENTS, batches, sums));
          });
      done = true;
      return found;
    } finally {
      if (!done) {
        found.values().forEach(Covariance::close);
      }
    }
  }

  /** The factors of some maps; close each. */
  Map<BlockMap, MapFactors> factors(List<BlockMap> maps, Run run) {
    return factors(maps, Optional.empty(), run);
  }

  /**
   * The same, going on from what a run that ended has kept.
   *
   * @param begun keeps sums from time to time
   */
  Map<BlockMap, MapFactors> factors(List<BlockMap> maps, Optional<BegunGroup> begun, Run run) {
    Map<BlockMap, MapFactors> found = new LinkedHashMap<>();
    boolean done = false;
    try {
      Optional<BegunGroup.Kept> kept = begun.flatMap(each -> each.find(SQUARES));
      if (kept.isPresent()) {
        for (BlockMap map : maps) {
          found.put(map, restored(map, kept.get()));
        }
      } else {
        Map<BlockMap, Covariance> covariances = covariances(maps, begun, run);
        try {
          for (BlockMap map : maps) {
            run.check();
            found.put(map, of(covariances, map).eigenbasis(map, network.dtype()));
          }
        } finally {
          covariances.values().forEach(Covariance::close);
        }
      }
      over(
          "squared gradients",
          maps,
          kept.map(BegunGroup.Kept::batches).orElse(0),
          run,
          (map, a, g) -> of(found, map).addSquares(a, g),
          batches -> {
            Map<String, Tensor> sums = named(found, MapFactors::parts);
            begun.ifPresent(each -> each.keep(SQUARES, batches, sums));
          });
      for (MapFactors factors : found.values()) {
        factors.lambda().timesInPlace(1.0 / Math.max(1, sequences.size()));
      }
      done = true;
      return found;
    } finally {
      if (!done) {
        found.values().forEach(MapFactors::close);
      }
    }
  }

  private MapFactors restored(BlockMap map, BegunGroup.Kept kept) {
    SequenceGradients.MapSize size = network.size(map);
    try (var _ = NativeScope.open()) {
      return MapFactors.of(
          size.columns(),
          size.outputs(),
          widest,
          network.dtype(),
          name -> kept.of(map.name() + " " + name));
    }
  }

  /** The parts of all maps, by the map's name and their own. */
  private static <T> Map<String, Tensor> named(
      Map<BlockMap, T> all, Function<T, Map<String, Tensor>> parts) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    all.forEach((map, each) ->
        parts.apply(each).forEach((name, tensor) -> named.put(map.name() + " " + name, tensor)));
    return named;
  }

  /**
   * One pass.
   *
   * @param from batches that were read before
   * @param shard told after each shard how many have been read
   */
  private void over(
      String what, List<BlockMap> maps, int from, Run run, MapSink sink, IntConsumer shard) {
    Set<BlockMap> wanted = Set.copyOf(maps);
    List<int[]> batches = Sequence.batches(sequences, BATCH_TOKENS);
    long done = 0;
    try (Steps steps = run.steps(what, Counted.DOCUMENTS, sequences.size())) {
      for (int batch = 0; batch < batches.size(); batch++) {
        int[] numbers = batches.get(batch);
        if (batch >= from) {
          pass.of(numbers, wanted, sink);
          if ((batch + 1) % SHARD == 0) {
            try (var _ = NativeScope.open()) {
              shard.accept(batch + 1);
            }
          }
        }
        done += numbers.length;
        steps.at(done);
      }
    }
  }

  static <T> T of(Map<BlockMap, T> all, BlockMap map) {
    T found = all.get(map);
    if (found == null) {
      throw new IllegalStateException(map + " was not asked for");
    }
    return found;
  }
}
