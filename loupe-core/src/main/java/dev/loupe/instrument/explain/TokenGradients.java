package dev.loupe.instrument.explain;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What the network's own gradients and attention say of each position of a text, for the sum of the
 * log-probabilities of its last tokens.
 */
final class TokenGradients {
  /** Points on the way from the zero embedding, midpoints of equal steps. */
  static final int STEPS = 16;

  private final Transformer network;
  private final int[] ids;
  private final int from;

  /**
   * A text.
   *
   * @param from the first position whose token is scored
   */
  TokenGradients(Transformer network, int[] ids, int from) {
    this.network = network;
    this.ids = ids.clone();
    this.from = from;
  }

  /**
   * The gradient at every position.
   *
   * @param logProbabilities of the scored tokens
   * @param rows ∂ Σ log p / ∂ embedding, {@code [pos, d_embedding]}
   * @param embedded the rows themselves
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  record Gradient(double[] logProbabilities, float[][] rows, float[][] embedded) {
    /** ‖row‖₂ by position. */
    double[] norms() {
      return Arrays.stream(rows)
          .mapToDouble(row -> {
            double sum = 0;
            for (float value : row) {
              sum += (double) value * value;
            }
            return Math.sqrt(sum);
          })
          .toArray();
    }

    /** Σ embedding × gradient by position. */
    double[] timesInput() {
      return IntStream.range(0, rows.length)
          .mapToDouble(t -> {
            double sum = 0;
            for (int i = 0; i < rows[t].length; i++) {
              sum += (double) rows[t][i] * embedded[t][i];
            }
            return sum;
          })
          .toArray();
    }
  }

  /** With the embedding rows multiplied by {@code scale}. */
  Gradient at(double scale) {
    try (var _ = NativeScope.open()) {
      TokenBatch batch = TokenBatch.of(ids);
      Tensor own = network.embed(batch);
      Tensor embedded = own.times(scale).requiringGradient();
      Tensor picked = logProbabilities(network.hidden(embedded, batch, Hooks.NONE, null));
      picked.sum().backward();
      return new Gradient(picked.toDoubles(), rows(embedded.gradient()), rows(own));
    }
  }

  /**
   * What comes of embedding rows multiplied by factors.
   *
   * @param logProbabilities of the scored tokens
   * @param next logits of the first of them, {@code [d_vocab]}
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  record Scaled(double[] logProbabilities, double[] next) {}

  /** With embedding rows multiplied by factors {@code [pos]}. */
  Scaled scaled(double[] factors) {
    try (var _ = NativeScope.open()) {
      TokenBatch batch = TokenBatch.of(ids);
      Tensor embedded = network.embed(batch).times(column(factors));
      Tensor hidden = network.hidden(embedded, batch, Hooks.NONE, null);
      Tensor first = hidden.select(0, 0).slice(0, from - 1L, from);
      return new Scaled(logProbabilities(hidden).toDoubles(), network.unembed(first).toDoubles());
    }
  }

  private static Tensor column(double[] factors) {
    float[] values = new float[factors.length];
    for (int i = 0; i < factors.length; i++) {
      values[i] = (float) factors[i];
    }
    return Tensor.of(values, 1, factors.length, 1);
  }

  /** Integrated gradients (Sundararajan et al. 2017) by position. */
  double[] integrated() {
    double[] sum = new double[ids.length];
    for (int step = 0; step < STEPS; step++) {
      double[] part = at((step + 0.5) / STEPS).timesInput();
      for (int t = 0; t < sum.length; t++) {
        sum[t] += part[t] / STEPS;
      }
    }
    return sum;
  }

  /**
   * Attention rollout by position: half attention averaged over heads, half the residual stream,
   * multiplied through all layers, from the positions that predict the scored tokens.
   */
  double[] rollout() {
    int n = ids.length;
    double[][] reached = new double[n][];
    for (int t = 0; t < n; t++) {
      reached[t] = new double[n];
      reached[t][t] = 1;
    }
    double[][][] current = {reached};
    Hooks hooks = Hooks.NONE;
    for (int layer = 0; layer < network.config().layers(); layer++) {
      hooks =
          hooks.and(
              Hooks.observe(
                  new Tap(Site.ATTN_PATTERN, layer),
                  pattern -> current[0] = through(pattern, current[0])));
    }
    network.observe(TokenBatch.of(ids), hooks);
    double[] sum = new double[n];
    for (int t = from - 1; t < n - 1; t++) {
      for (int s = 0; s < n; s++) {
        sum[s] += current[0][t][s] / (n - from);
      }
    }
    return sum;
  }

  private static double[][] through(Tensor pattern, double[][] before) {
    int n = before.length;
    double[] mean = pattern.to(DType.F64).mean(false, 1).toDoubles();
    double[][] after = new double[n][n];
    for (int t = 0; t < n; t++) {
      for (int s = 0; s <= t; s++) {
        double weight = 0.5 * mean[t * n + s] + (s == t ? 0.5 : 0);
        for (int r = 0; r <= s; r++) {
          after[t][r] += weight * before[s][r];
        }
      }
    }
    return after;
  }

  private Tensor logProbabilities(Tensor hidden) {
    int count = ids.length - from;
    long[] targets = IntStream.range(from, ids.length).mapToLong(t -> ids[t]).toArray();
    Tensor rows = hidden.select(0, 0).slice(0, from - 1L, ids.length - 1L);
    Tensor logits = network.unembed(rows).to(DType.F64);
    return logits.logSoftmax(-1).gather(1, Tensor.of(targets, count, 1)).reshape(count);
  }

  private static float[][] rows(Tensor tensor) {
    Tensor rows = tensor.select(0, 0);
    float[] all = rows.toFloats();
    int width = rows.size(1);
    return IntStream.range(0, rows.size(0))
        .mapToObj(t -> Arrays.copyOfRange(all, t * width, (t + 1) * width))
        .toArray(float[][]::new);
  }
}
