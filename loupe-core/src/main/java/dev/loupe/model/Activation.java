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
  /** The square of {@link #RELU}. */
  RELU_SQUARED {
    @Override
    public Tensor of(Tensor input) {
      return input.relu().square();
    }
  },
  /** {@code x · sigmoid(1.702 x)}, GELU's quick approximation. */
  GELU_SIGMOID {
    @Override
    public Tensor of(Tensor input) {
      return input.times(1.702).sigmoid().times(input);
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

  /**
   * The factor from input to output, element by element.
   *
   * @param output what {@link #of} makes of the input
   */
  public Tensor gain(Tensor input, Tensor output) {
    Tensor zero = input.equalTo(Tensor.zeros(input.dtype(), 1));
    // act(h)/h tends to act'(0) at 0: one half for GELU and SiLU; a ReLU unit at exactly 0 is off.
    return output.dividedBy(input).maskedFill(zero, this == RELU || this == RELU_SQUARED ? 0 : 0.5);
  }
}
