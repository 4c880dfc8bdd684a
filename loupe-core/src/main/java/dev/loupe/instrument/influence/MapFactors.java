package dev.loupe.instrument.influence;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The curvature of one linear map in its Kronecker-factored eigenbasis.
 *
 * @param inputBasis Q_A, of width in + 1
 * @param outputBasis Q_G, of width out
 * @param lambda Λ, the mean over sequences of the squared gradient in that basis, {@code [out, in +
 *     1]}, float64; a sum while it is being fitted
 */
record MapFactors(Eigenbasis inputBasis, Eigenbasis outputBasis, Tensor lambda)
    implements AutoCloseable {
  /** The damping of the paper's experiments, in means of Λ. */
  static final double DAMPING = 0.1;

  private static final long CACHED_BYTES = 4L << 20;

  /** Of tensors that a scope owns. */
  static MapFactors retain(List<Tensor> inputBasis, List<Tensor> outputBasis, Tensor lambda) {
    return new MapFactors(
        Eigenbasis.retain(inputBasis), Eigenbasis.retain(outputBasis), lambda.retain());
  }

  /** Everything that it is made of, by name, for {@link #of}. */
  Map<String, Tensor> parts() {
    Map<String, Tensor> parts = new LinkedHashMap<>();
    put(parts, "input", inputBasis);
    put(parts, "output", outputBasis);
    parts.put("lambda", lambda);
    return parts;
  }

  private static void put(Map<String, Tensor> parts, String name, Eigenbasis basis) {
    for (int block = 0; block < basis.blocks().size(); block++) {
      parts.put(name + "." + block, basis.blocks().get(block));
    }
  }

  /** Of parts that were kept. */
  static MapFactors of(
      int columns, int outputs, int widest, DType dtype, Function<String, double[]> kept) {
    return retain(
        blocks("input", columns, widest, dtype, kept),
        blocks("output", outputs, widest, dtype, kept),
        Tensor.of(kept.apply("lambda"), outputs, columns));
  }

  private static List<Tensor> blocks(
      String name, int width, int widest, DType dtype, Function<String, double[]> kept) {
    List<Integer> widths = Eigenbasis.widths(width, widest);
    return IntStream.range(0, widths.size())
        .mapToObj(block ->
            Tensor.of(kept.apply(name + "." + block), widths.get(block), widths.get(block))
                .to(dtype))
        .toList();
  }

  /**
   * Adds the squared gradients of sequences. Inputs and gradients are rotated first: that costs
   * {@code in² + out²} a position, where rotating each sequence's gradient would cost {@code out ·
   * in · (out + in)} a sequence.
   *
   * @param a {@code [batch, pos, in + 1]}
   * @param g {@code [batch, pos, out]}
   */
  void addSquares(Tensor a, Tensor g) {
    Tensor inputs = inputBasis.into(a);
    Tensor outputs = outputBasis.into(g);
    Tensor sum = Tensor.zeros(a.dtype(), g.size(2), a.size(2));
    eachGradients(
        inputs,
        outputs,
        together(inputs, outputs),
        (_, gradients) -> {
          for (int i = 0; i < gradients.size(0); i++) {
            Tensor gradient = gradients.select(0, i);
            sum.plusProductInPlace(gradient, gradient, 1);
          }
        });
    lambda.plusInPlace(sum);
  }

  /** Takes the gradients of some sequences; the room that they stand in is used again. */
  @FunctionalInterface
  interface GradientsSink {
    /**
     * @param from the first sequence
     * @param gradients {@code [sequence, out, in + 1]}
     */
    void of(int from, Tensor gradients);
  }

  /** The gradients of all sequences of a batch, some at a time. */
  static void eachGradients(Tensor a, Tensor g, int together, GradientsSink sink) {
    int count = a.size(0);
    try (var _ = NativeScope.open()) {
      Tensor room = Tensor.empty(a.dtype(), Math.min(count, together), g.size(2), a.size(2));
      for (int from = 0; from < count; from += together) {
        int to = Math.min(count, from + together);
        try (var _ = NativeScope.open()) {
          Tensor some = room.slice(0, 0, to - from).fillInPlace(0);
          some.plusMatmulInPlace(g.slice(0, from, to).transpose(1, 2), a.slice(0, from, to));
          sink.of(from, some);
        }
      }
    }
  }

  /** Sequences whose gradients stay in the processor's cache together. */
  static int together(Tensor a, Tensor g) {
    long one = (long) a.size(2) * g.size(2) * g.dtype().bytes();
    return Math.toIntExact(Math.max(1, CACHED_BYTES / one));
  }

  /** {@code Σ_t g_t a_tᵀ} of each sequence, {@code [batch, out, in + 1]}. */
  static Tensor gradients(Tensor a, Tensor g) {
    return g.transpose(1, 2).matmul(a);
  }

  /** The damping of the paper's experiments: a tenth of the mean of Λ. */
  double heuristicDamping() {
    return damping(DAMPING);
  }

  /** Damping in means of Λ. */
  double damping(double means) {
    return means * lambda.sum().item() / lambda.count();
  }

  /**
   * The inverse-Hessian-vector product {@code Q_G [(Q_Gᵀ V Q_A) / (Λ + λ)] Q_Aᵀ} (eq. 20).
   *
   * @param gradient V, {@code [out, in + 1]}
   */
  Tensor inverse(Tensor gradient, double damping) {
    try (var scope = NativeScope.open()) {
      Tensor rotated = rotated(gradient);
      return scope.keep(back(rotated.dividedBy(lambda.plus(damping).to(rotated.dtype()))));
    }
  }

  /**
   * What a training of small steps makes of a gradient that follows it (Bae et al. 2024): with H
   * the curvature and c what the steps sum to, {@code exp(−cH) V}.
   */
  Tensor decayed(Tensor gradient, double steps) {
    try (var scope = NativeScope.open()) {
      Tensor rotated = rotated(gradient);
      return scope.keep(back(rotated.times(lambda.times(-steps).exp().to(rotated.dtype()))));
    }
  }

  /**
   * What a training of small steps keeps of a gradient that arises all along it, {@code (I −
   * exp(−cH)) H⁻¹ V}; c V where there is no curvature.
   */
  Tensor gathered(Tensor gradient, double steps) {
    try (var scope = NativeScope.open()) {
      Tensor rotated = rotated(gradient);
      // Below this the quotient is 1 up to a millionth.
      Tensor exponent = lambda.times(steps).clamp(1e-6, Double.MAX_VALUE);
      Tensor kept = exponent.times(-1).exp().times(-1).plus(1).dividedBy(exponent).times(steps);
      return scope.keep(back(rotated.times(kept.to(rotated.dtype()))));
    }
  }

  /** From the eigenbasis. */
  private Tensor back(Tensor rotated) {
    return inputBasis.outOf(outputBasis.outOf(rotated.transpose(0, 1)).transpose(0, 1));
  }

  /** A matrix in the eigenbasis, {@code Q_Gᵀ V Q_A}. */
  Tensor rotated(Tensor matrix) {
    return inputBasis.into(outputBasis.into(matrix.transpose(0, 1)).transpose(0, 1));
  }

  /**
   * As {@link #inverse}, of several gradients.
   *
   * @param gradients {@code [query, out, in + 1]}
   */
  Tensor inverses(Tensor gradients, double damping) {
    return invertInPlace(gradients.copy(), damping);
  }

  /** The same in the gradients' place. */
  Tensor invertInPlace(Tensor gradients, double damping) {
    for (int q = 0; q < gradients.size(0); q++) {
      try (var _ = NativeScope.open()) {
        Tensor gradient = gradients.select(0, q);
        gradient.copyInPlace(inverse(gradient, damping));
      }
    }
    return gradients;
  }

  @Override
  public void close() {
    inputBasis.close();
    outputBasis.close();
    lambda.close();
  }
}
