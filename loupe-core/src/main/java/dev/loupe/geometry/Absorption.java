package dev.loupe.geometry;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;

/**
 * Whether features that are about something narrower take over where a concept's own features are
 * silent (Chanin et al. 2024, arXiv:2409.14507; the arithmetic of SAEBench). It multiplies
 * activations by cosines, which is right for decoder rows of length one alone, and takes the
 * projection of the whole activation vector, the dictionary's constant included.
 *
 * @param main the concept's own features
 * @param leastCosine of an absorbing feature with the probe
 * @param leastShare of the probe's projection that the absorbing features carry together
 * @param most absorbing features counted
 * @param fullCosine of the strongest feature with the probe, for full absorption
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
public record Absorption(
    int[] main, double leastCosine, double leastShare, int most, double fullCosine) {
  private static final double SILENT = 1e-8;

  /** The concept's own features, and the thresholds of SAEBench. */
  public static Absorption of(int... main) {
    return new Absorption(main, 0.1, 0.4, 3, 0.025);
  }

  public Absorption {
    main = main.clone();
  }

  @Override
  public int[] main() {
    return main.clone();
  }

  /**
   * What is found at a position.
   *
   * @param fraction from 0 to 1
   * @param full whether all main features are silent and one other carries the concept
   * @param projection of the activation vector on the probe
   */
  public record Score(double fraction, boolean full, double projection) {}

  /** Cosines of each feature with a probe: {@code [features]}. */
  public static double[] cosines(Tensor decoder, Tensor probe) {
    try (var _ = NativeScope.open()) {
      Tensor one = Cosines.unit(probe.to(DType.F64).reshape(1, -1));
      return Cosines.unit(decoder.to(DType.F64))
          .matmul(one.transpose(0, 1))
          .reshape(-1)
          .toDoubles();
    }
  }

  /**
   * The score of one position.
   *
   * @param activations {@code [features]}
   * @param cosines of each feature with the probe, {@code [features]}
   * @param projection of the activation vector on the probe of length one
   */
  public Score of(double[] activations, double[] cosines, double projection) {
    double[] carried = new double[activations.length];
    Arrays.setAll(carried, i -> activations[i] * cosines[i]);
    double own = Arrays.stream(main).mapToDouble(i -> carried[i]).sum();
    double absorbed = absorbed(carried, cosines);
    int best = 0;
    for (int i = 1; i < carried.length; i++) {
      best = carried[i] > carried[best] ? i : best;
    }
    boolean silent = Arrays.stream(main).allMatch(i -> activations[i] < SILENT);
    boolean full =
        silent
            && cosines[best] >= fullCosine
            && projection >= 0
            && carried[best] / projection >= leastShare;
    return new Score(fraction(own, absorbed, projection), full, projection);
  }

  private double absorbed(double[] carried, double[] cosines) {
    double[] others = carried.clone();
    for (int i : main) {
      others[i] = 0;
    }
    for (int i = 0; i < others.length; i++) {
      others[i] = cosines[i] >= leastCosine ? Math.max(0, others[i]) : 0;
    }
    Arrays.sort(others);
    double sum = 0;
    for (int i = 0; i < Math.min(most, others.length); i++) {
      sum += others[others.length - 1 - i];
    }
    return sum;
  }

  private double fraction(double own, double absorbed, double projection) {
    if (own >= projection || absorbed / projection < leastShare) {
      return 0;
    }
    if (own <= 0) {
      return 1;
    }
    double part = Math.min(absorbed, projection - own);
    return Math.clamp(part / (part + own), 0, 1);
  }
}
