package dev.loupe.instrument.influence;

import java.util.List;

/**
 * The curvature that was fitted.
 *
 * @param model its name
 * @param maps that were fitted
 * @param documents read
 * @param sequences of them: more than documents where some are longer than the context
 * @param tokens of all sequences
 * @param loss mean cross entropy of the counted tokens, in nats
 * @param labels {@code sampled} from the model or {@code empirical}
 */
public record FitReport(
    String model,
    List<FittedMap> maps,
    long documents,
    long sequences,
    long tokens,
    double loss,
    String labels) {
  public FitReport {
    maps = List.copyOf(maps);
  }

  /**
   * One linear map.
   *
   * @param name such as {@code layers.0.mlp_up}
   * @param inputs in, without the bias
   * @param outputs out
   * @param meanCurvature mean of Λ, in nats²
   * @param damping a tenth of that, the default
   */
  public record FittedMap(
      String name, int inputs, int outputs, double meanCurvature, double damping) {}
}
