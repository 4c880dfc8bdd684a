package dev.loupe.model;

import dev.loupe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The neurons of one MLP or expert on given rows: activation = gain · value, each {@code [rows,
 * units]}. The value is linear in what the MLP reads; a trace holds the gain.
 *
 * @param activation what the down projection reads
 * @param value the up projection
 * @param gain what the gate makes of it, or the activation function itself where there is no gate
 */
public record Neurons(Tensor activation, Tensor value, Tensor gain) {
  /** The neurons that a dense MLP has on {@code input [rows, d_model]}. */
  public static Neurons of(ModelConfig config, ModelWeights.Dense mlp, Tensor input) {
    Tensor value = mlp.up().of(input);
    if (mlp.gate() != null) {
      Tensor gain = gain(config, mlp.gate().of(input), value);
      return new Neurons(gain.times(value), value, gain);
    }
    Tensor activation = config.activation().of(value);
    return new Neurons(activation, value, config.activation().gain(value, activation));
  }

  /**
   * What the down projection reads.
   *
   * @param gate the gate's projection, null in an MLP without one
   * @param up the up projection
   */
  static Tensor activation(ModelConfig config, @Nullable Tensor gate, Tensor up) {
    if (gate == null) {
      return config.activation().of(up);
    }
    return config.gateLimit() == 0
        ? config.activation().of(gate).times(up)
        : opened(config, gate).times(limited(config, up));
  }

  /** The factor from the up projection to what the down projection reads, in a gated MLP. */
  public static Tensor gain(ModelConfig config, Tensor gate, Tensor up) {
    if (config.gateLimit() == 0) {
      return config.activation().of(gate);
    }
    Tensor zero = up.equalTo(Tensor.zeros(up.dtype(), 1));
    return opened(config, gate).times(limited(config, up).dividedBy(up).maskedFill(zero, 1));
  }

  private static Tensor opened(ModelConfig config, Tensor gate) {
    return config.activation().of(gate.clamp(Double.NEGATIVE_INFINITY, config.gateLimit()));
  }

  private static Tensor limited(ModelConfig config, Tensor up) {
    return up.clamp(1 - config.gateLimit(), 1 + config.gateLimit());
  }
}
