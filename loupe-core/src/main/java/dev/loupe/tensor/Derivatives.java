package dev.loupe.tensor;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The derivatives of some operations, written out: for networks whose backward pass is a list of
 * operations like their forward pass. Each takes the gradient by an operation's output and gives
 * the gradients by its inputs.
 */
public final class Derivatives {
  private static final BoolPointer ALL_THREE = allThree();

  private Derivatives() {}

  @SuppressWarnings("resource") // one for the life of the process
  private static BoolPointer allThree() {
    Engine.load();
    return new BoolPointer(3).put(0, true).put(1, true).put(2, true).retainReference();
  }

  /**
   * A layer normalisation.
   *
   * @param output as the input, {@code [rows, width]}
   * @param rows what its derivative needs
   */
  public record LayerNorm(Tensor output, RowScales rows) {
    /** The normalisation of {@code input [rows, width]}. */
    public static LayerNorm of(Tensor input, Tensor gain, Tensor bias, double epsilon) {
      var results =
          torch.native_layer_norm(
              input.pointer(), gain.shape(), optional(gain), optional(bias), epsilon);
      return new LayerNorm(
          element(results.get0()), new RowScales(element(results.get1()), element(results.get2())));
    }
  }

  /**
   * How a layer normalisation moved and scaled each row.
   *
   * @param mean {@code [rows, 1]}
   * @param scale one over the standard deviation, {@code [rows, 1]}
   */
  public record RowScales(Tensor mean, Tensor scale) {
    /** The gradients, given the input again. */
    public LayerNormGradients gradients(Tensor byOutput, Tensor input, Tensor gain, Tensor bias) {
      var results =
          torch.native_layer_norm_backward(
              byOutput.pointer(),
              input.pointer(),
              gain.shape(),
              mean.pointer(),
              scale.pointer(),
              optional(gain),
              optional(bias),
              ALL_THREE);
      return new LayerNormGradients(
          element(results.get0()), element(results.get1()), element(results.get2()));
    }
  }

  private static TensorOptional optional(Tensor tensor) {
    return new TensorOptional(tensor.pointer());
  }

  /** A view shares the tuple's storage by reference count, so it outlives the tuple. */
  private static Tensor element(org.bytedeco.pytorch.Tensor ofTuple) {
    return Tensor.of(ofTuple.alias());
  }

  /** Gradients by a layer normalisation's inputs. */
  public record LayerNormGradients(Tensor byInput, Tensor byGain, Tensor byBias) {}

  /** The values alone, without the operations that led to them; a view. */
  public static Tensor detached(Tensor tensor) {
    return Tensor.of(tensor.pointer().detach());
  }

  /** Softmax over the last axis: the gradient by its input, made of the one by its output. */
  public static Tensor ofSoftmax(Tensor probabilities, Tensor byOutput) {
    Tensor weighted = byOutput.times(probabilities);
    return weighted.plusProductInPlace(probabilities, weighted.sum(true, -1), -1);
  }

  /**
   * Rows picked from a table.
   *
   * @param byOutput {@code [picks, width]}
   * @param indices {@code [picks]}
   * @return by the table, {@code [rows, width]}
   */
  public static Tensor ofRows(Tensor byOutput, Tensor indices, long rows) {
    return Tensor.of(
        torch.embedding_dense_backward(byOutput.pointer(), indices.pointer(), rows, -1, false));
  }

  /**
   * GELU by the hyperbolic tangent, as {@code x · σ(2 √(2/π) (x + 0.044715 x³))}: the same
   * function, and the engine's σ is several times faster than its tanh.
   *
   * @param input x
   * @param gate the σ
   */
  public record GeluTanh(Tensor input, Tensor gate) {
    private static final double LINEAR = 2 * Math.sqrt(2 / Math.PI);
    private static final double CUBIC = LINEAR * 0.044715;

    /** The function's parts at {@code input}. */
    public static GeluTanh of(Tensor input) {
      Tensor inner = input.square().timesInPlace(CUBIC).plusInPlace(LINEAR).timesInPlace(input);
      return new GeluTanh(input, inner.sigmoid());
    }

    /** The function. */
    public Tensor output() {
      return input.times(gate);
    }

    /** The gradient by the input. */
    public Tensor gradient(Tensor byOutput) {
      Tensor slope = input.square().timesInPlace(3 * CUBIC).plusInPlace(LINEAR);
      slope.timesInPlace(output());
      return slope.plusProductInPlace(slope, gate, -1).plusInPlace(gate).timesInPlace(byOutput);
    }
  }
}
