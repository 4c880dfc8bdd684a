package dev.loupe.model;

import dev.loupe.tensor.Tensor;

/** The non-linearity of an MLP. */
public enum Activation {
  /** By the error function. */
  GELU {
    @Override
    public Tensor of(Tensor input) {
      return input.gelu();
    }
  },
  /** By the hyperbolic tangent. */
  GELU_TANH {
    @Override
    public Tensor of(Tensor input) {
      return input.geluTanh();
    }
  },
  /**
   * As {@link #GELU_TANH} with the root of 2/π rounded to eight digits, which shows in float64 only
   * (bloom).
   */
  GELU_TANH_ROUNDED {
    @Override
    public Tensor of(Tensor input) {
      Tensor cubic = input.square().times(0.044715).plus(1).times(input);
      return cubic.times(0.79788456).tanh().plus(1).times(input).times(0.5);
    }
  },
  RELU {
    @Override
    public Tensor of(Tensor input) {
      return input.relu();
    }
  },
  SILU {
    @Override
    public Tensor of(Tensor input) {
      return input.silu();
    }
  };

  /** The function, element by element. */
  public abstract Tensor of(Tensor input);
}
