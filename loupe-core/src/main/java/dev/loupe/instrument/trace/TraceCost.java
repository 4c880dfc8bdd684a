package dev.loupe.instrument.trace;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.job.Cost;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The cost of a trace. Counts the multiplications of its parts and divides by the speed that this
 * machine reaches on the model's own matrices, measured for a tenth of a second.
 *
 * @param seconds of the whole trace, the model already open
 * @param bytes of resident memory at its peak, weights and runtime included
 * @param maxNodes features that will be listed at most; fewer than asked for where memory is
 *     bounded
 * @param tokens of the prompt
 */
record TraceCost(double seconds, long bytes, int maxNodes, int tokens) {
  /** As every instrument gives it. */
  Cost cost() {
    return new Cost(
        seconds,
        bytes,
        0,
        String.format(Locale.ROOT, "%,d tokens, up to %,d features", tokens, maxNodes));
  }

  /** Resident bytes of the runtime and the engine before any model is open, measured. */
  private static final long RUNTIME_BYTES = 360L << 20;

  /**
   * A share of targets is before the end of the prompt, where they are cheaper; measured on
   * SmolLM2.
   */
  private static final double POSITIONS_SEEN = 0.8;

  /** Seconds that no trace is under: paths, words for neurons; measured. */
  private static final double SECONDS_ALWAYS = 0.8;

  /** Seconds that a dictionary's features add: their meanings, their interventions; measured. */
  private static final double SECONDS_OF_A_DICTIONARY = 0.4;

  /** Seconds for each element of its encoders, which are read and widened a few times; measured. */
  private static final double SECONDS_AN_ENCODED_ELEMENT = 1e-8;

  /** Seconds that pruning and scores take for each pair of nodes; measured. */
  private static final double SECONDS_A_PAIR = 9e-8;

  /** Operations of one run of the prompt up to which the set tests are full. */
  static final double FULL_SETS = 1e9;

  /** Runs of the prompt that full set tests make, random sets at every size; counted. */
  private static final int FULL_RUNS = 180;

  /** The same of quick ones, other texts included. */
  private static final int QUICK_RUNS = 40;

  /** Quantised weights take at most 8.5 bits of float32's 32. */
  private static final int QUANTISED_SHARE = 3;

  /** How long the machine's speed is measured; less, and a moment's other work doubles it. */
  private static final long MEASURED_NANOS = 120_000_000;

  /**
   * Products that are timed at least: a single one may meet the scheduler, and then says nothing.
   */
  private static final int LEAST_MEASURED = 8;

  /** Work of the smaller steps beside the large products, as a factor; measured. */
  private static final double OVERHEAD = 1.35;

  /**
   * Estimates.
   *
   * @param tokens of the prompt up to the explained position
   * @param maxNodes asked for
   * @param maxMemory bound in bytes, {@code Long.MAX_VALUE} for none
   */
  static TraceCost of(Transformer model, int tokens, int maxNodes, long maxMemory) {
    return of(model, tokens, maxNodes, maxMemory, Active.NEURONS);
  }

  /**
   * What a dictionary adds to the cost.
   *
   * @param features active over all layers and positions
   * @param widest most pre-activations or decoder values that are held at a time
   * @param encoded elements of the encoders
   * @param meeting rows that go through the attention of a layer if all of them are targets, which
   *     meet sources half-way
   */
  record Active(long features, long widest, long encoded, double meeting) {
    static final Active NEURONS = new Active(0, 0, 0, 0);

    static Active of(Transformer model, LocalReplacement replacement, int tokens) {
      FeatureBasis basis = replacement.basis();
      long widest = basis.layers().stream().mapToLong(basis::features).max().orElse(0);
      long features = basis.layers().stream().mapToLong(basis::features).sum();
      return new Active(
          replacement.count(),
          Math.min(Dictionary.MOST_PRE_ACTIVATIONS, widest * tokens),
          features * model.config().dModel(),
          MeetingLayer.rows(model, replacement, MeetingLayer.of(model, replacement)));
    }

    private boolean isDictionary() {
      return features > 0;
    }

    private double seconds() {
      return isDictionary() ? SECONDS_OF_A_DICTIONARY + SECONDS_AN_ENCODED_ELEMENT * encoded : 0;
    }

    private int listed(int most) {
      return isDictionary() ? (int) Math.min(most, features) : most;
    }
  }

  /** Estimates for features that are known to be active. */
  static TraceCost of(Transformer model, int tokens, int maxNodes, long maxMemory, Active active) {
    ModelConfig config = model.config();
    long element = model.dtype().bytes();
    long fixed = RUNTIME_BYTES + (held(model) + run(config, tokens) + active.widest()) * element;
    // Edges from the active features wait in every row until their lowest place is met.
    long perNode = perNode(config, tokens) * element + active.features() * Float.BYTES;
    long affordable = (maxMemory - fixed) / perNode;
    int nodes = Math.clamp(affordable, 0, maxNodes);
    int listed = active.listed(nodes);
    double flops = flops(config, tokens, listed, active);
    double seconds =
        SECONDS_ALWAYS
            + active.seconds()
            + SECONDS_A_PAIR * listed * listed
            + OVERHEAD * flops / speed(config);
    return new TraceCost(seconds, fixed + nodes * perNode, nodes, tokens);
  }

  /** The weights that one token goes through, of a mixture those of its experts. */
  private static long weights(ModelConfig config) {
    return weights(config, config.layers(), config.activeUnits());
  }

  private static long weights(ModelConfig config, long layers, long units) {
    long attention =
        (long) config.dModel() * config.headSize() * 2 * (config.heads() + config.keyValueHeads());
    long mlp = units * config.dModel() * (config.gated() ? 3 : 2);
    return layers * attention + mlp + 2L * config.vocabulary() * config.dModel();
  }

  /** Weights in memory: all, or one expanded layer beside the file's quantised ones. */
  private static long held(Transformer model) {
    ModelConfig config = model.config();
    int layers = config.layers();
    long kept = model.weights().onDemand() ? 1 + layers / QUANTISED_SHARE : layers;
    return weights(config, kept, config.allUnits() * kept / layers);
  }

  /**
   * Elements that the frozen run keeps, and the largest transients beside them. Two of the eight
   * are the run's; the others stand for what the graph's rows and the engine's own buffers take a
   * token, measured on SmolLM2.
   */
  private static long run(ModelConfig config, int tokens) {
    long kept = config.layers() * 8L * tokens * config.dModel();
    int widest = IntStream.range(0, config.layers()).map(config::units).max().orElse(0);
    long neurons = 4L * tokens * widest;
    long patterns = 3L * config.heads() * Math.min(tokens, 256) * tokens;
    return kept + neurons + patterns;
  }

  /** Elements that one listed neuron needs: its gradient, its rows of edges. */
  private static long perNode(ModelConfig config, int tokens) {
    long gradient = (long) (POSITIONS_SEEN * tokens * config.dModel());
    long rows = 2L * config.layers() * tokens;
    return gradient + rows + 2048;
  }

  /** Operations of one run of the model over so many tokens. */
  static double ofOneRun(ModelConfig config, int tokens) {
    return 2.0 * tokens * (weights(config) - 2.0 * config.vocabulary() * config.dModel());
  }

  private static double flops(ModelConfig config, int tokens, int nodes, Active active) {
    double seen = Math.max(1, POSITIONS_SEEN * tokens);
    double heads = (double) config.heads() * config.headSize();
    double values = (double) config.keyValueHeads() * config.headSize();
    double linear = config.dModel() * (heads + values);
    double mixing = heads * (seen / 2 + Math.min(64, seen / 2));
    double rows =
        active.isDictionary() && nodes >= active.features()
            ? active.meeting()
            : nodes * seen * config.layers() / 2.0;
    // Half of attention's pairs are masked; the rest run at half the speed of a plain product.
    double attention = 4.0 * config.layers() * heads * tokens * tokens;
    double forward = 2.0 * tokens * weights(config) + attention;
    double checks = 2 * forward;
    double sets =
        (ofOneRun(config, tokens) > FULL_SETS ? QUICK_RUNS : FULL_RUNS) * ofOneRun(config, tokens);
    double patterns = 2.0 * config.layers() * heads * tokens * tokens;
    // Neurons, what they write, their sketch: in products of d_model by d_mlp, in both sweeps.
    double neurons =
        active.isDictionary()
            ? 2.0 * nodes * active.features() / 4 * config.dModel() // below and before a target
            : 11.0 * 2 * tokens * config.dModel() * config.activeUnits();
    double logits = 12.0 * config.layers() * 2 * seen * linear + neurons;
    return forward + checks + sets + patterns + logits + 2 * rows * (linear + mixing);
  }

  /** Floating-point operations a second on a product of the model's shape. */
  private static double speed(ModelConfig config) {
    try (var _ = NativeScope.open()) {
      Tensor left = Tensor.zeros(DType.F32, 512, config.dModel());
      Tensor right = Tensor.zeros(DType.F32, config.dModel(), config.dMlp());
      left.matmul(right);
      long start = System.nanoTime();
      long fastest = Long.MAX_VALUE;
      // The fastest of many, not their mean: a machine that is busy just now is not a slow one.
      for (int i = 0; i < LEAST_MEASURED || System.nanoTime() - start < MEASURED_NANOS; i++) {
        long before = System.nanoTime();
        try (var _ = NativeScope.open()) {
          left.matmul(right);
        }
        fastest = Math.min(fastest, System.nanoTime() - before);
      }
      return 2.0 * 512 * config.dModel() * config.dMlp() / (fastest / 1e9);
    }
  }
}
