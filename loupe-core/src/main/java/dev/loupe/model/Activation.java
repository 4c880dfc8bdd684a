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
