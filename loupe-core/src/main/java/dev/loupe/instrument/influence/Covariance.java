package dev.loupe.instrument.influence;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The second moments of one linear map: A of its inputs and G of the gradients by its outputs, both
 * over all positions of all sequences (Grosse et al. 2023, §2.2). Sums are kept in float64; of wide
 * matrices only those of the blocks on the diagonal.
 */
final class Covariance implements AutoCloseable {
  private final Moment input;
  private final Moment output;
  private long positions;

  /**
   * A sum of outer products. Rows wait until they are as many as wide, so that the sum, as large as
   * the width squared, is not read and written for every short document.
   */
  private static final class Moment {
    private final List<Tensor> sums;
    private final List<Tensor> waiting = new ArrayList<>();
    private long rows;

    Moment(List<Integer> widths) {
      sums = widths.stream().map(width -> Tensor.zeros(DType.F64, width, width).retain()).toList();
    }

    void add(Tensor some) {
      waiting.add(some.copy().retain());
      rows += some.size(0);
      if (rows >= sums.getFirst().size(0)) {
        flush();
      }
    }

    /** Of all rows so far. */
    List<Tensor> sums() {
      flush();
      return sums;
    }

    boolean isFinite() {
      return sums().stream().allMatch(Tensor::isFinite);
    }

    private void flush() {
      if (!waiting.isEmpty()) {
        try (var _ = NativeScope.open()) {
          Tensor all = Tensor.cat(waiting, 0);
          int from = 0;
          for (Tensor sum : sums) {
            Tensor part = all.slice(1, from, from + sum.size(0));
            sum.plusInPlace(part.gram());
            from += sum.size(0);
          }
        }
      }
      close();
    }

    private void close() {
      waiting.forEach(Tensor::close);
      waiting.clear();
      rows = 0;
    }
  }

  /**
   * @param widest matrices wider than this are taken as block-diagonal
   */
  Covariance(int columns, int outputs, int widest) {
    try (var _ = NativeScope.open()) {
      input = new Moment(Eigenbasis.widths(columns, widest));
      output = new Moment(Eigenbasis.widths(outputs, widest));
    }
  }

  /** Adds a batch: {@code [batch, pos, in]} and {@code [batch, pos, out]}. */
  void add(Tensor a, Tensor g) {
    Tensor rows = a.reshape(-1, a.size(2));
    input.add(rows);
    output.add(g.reshape(-1, g.size(2)));
    positions += rows.size(0);
  }

  /** The sums so far, by name, for {@link #restore}. */
  Map<String, Tensor> sums() {
    Map<String, Tensor> sums = new LinkedHashMap<>();
    put(sums, "input", input.sums());
    put(sums, "output", output.sums());
    sums.put("positions", Tensor.of(new double[] {positions}, 1));
    return sums;
  }

  private static void put(Map<String, Tensor> sums, String name, List<Tensor> blocks) {
    for (int block = 0; block < blocks.size(); block++) {
      sums.put(name + "." + block, blocks.get(block));
    }
  }

  /** Goes on from sums of an earlier run. */
  void restore(Function<String, double[]> kept) {
    sums()
        .forEach((name, sum) -> {
          double[] values = kept.apply(name);
          if (name.equals("positions")) {
            positions = (long) values[0];
          } else {
            sum.plusInPlace(Tensor.of(values, sum.shape()));
          }
        });
  }

  /** A = E[a aᵀ], {@code [in + 1, in + 1]}, or the blocks on its diagonal. */
  List<Tensor> ofInput() {
    return mean(input);
  }

  /** G = E[g gᵀ], {@code [out, out]}, in nats², or the blocks on its diagonal. */
  List<Tensor> ofOutput() {
    return mean(output);
  }

  private List<Tensor> mean(Moment moment) {
    return moment.sums().stream().map(sum -> sum.times(1.0 / Math.max(1, positions))).toList();
  }

  /**
   * Factors whose Λ is to be summed yet, in a given arithmetic.
   *
   * @param map for messages
   * @throws LoupeException if an input or a gradient was not finite
   */
  MapFactors eigenbasis(BlockMap map, DType dtype) {
    try (var _ = NativeScope.open()) {
      if (!input.isFinite() || !output.isFinite()) {
        throw LoupeException.badInput(
            map.name() + ": inputs or gradients on this corpus are not finite numbers",
            "Open the model in float64 (`dtype`); if that fails too, its weights are damaged.");
      }
      List<Tensor> a = vectors(ofInput(), dtype);
      List<Tensor> g = vectors(ofOutput(), dtype);
      return MapFactors.retain(a, g, Tensor.zeros(DType.F64, width(g), width(a)));
    }
  }

  private static List<Tensor> vectors(List<Tensor> symmetric, DType dtype) {
    return symmetric.stream().map(each -> Eigen.of(each).vectors().to(dtype)).toList();
  }

  private static int width(List<Tensor> blocks) {
    return blocks.stream().mapToInt(block -> block.size(0)).sum();
  }

  @Override
  public void close() {
    for (Moment each : List.of(input, output)) {
      each.close();
      each.sums.forEach(Tensor::close);
    }
  }
}
