package dev.loupe.tensor;

import java.util.Optional;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Linear maps of a few rows, as in decoding, by oneDNN instead of OpenBLAS: measured at half the
 * time, and OpenBLAS's threads wait for each other by spinning, which on a busy machine makes a
 * product of a tenth of a millisecond take five. The engine has the operation for its own compiler
 * only, so it is called through the dispatcher.
 */
final class FewRows {
  /**
   * With AVX-512, oneDNN multiplies 16 rows and more on one thread; with AVX2 it is the faster up
   * to 128 rows and as fast beyond (docs/tensor.md). By the instruction set and not by a clock, so
   * that a training that is resumed multiplies as before.
   */
  static final long MOST_ROWS = Engine.instructions().startsWith("AVX512") ? 15 : 128;

  private FewRows() {}

  /** {@code input · weightᵀ + bias}, or empty where this is not the way to compute it. */
  static Optional<org.bytedeco.pytorch.Tensor> linear(
      org.bytedeco.pytorch.Tensor input,
      org.bytedeco.pytorch.Tensor weight,
      org.bytedeco.pytorch.@Nullable Tensor bias) {
    boolean isFew = input.numel() <= MOST_ROWS * weight.size(1) && input.numel() > 0;
    return isFew && suits(input) && suits(weight)
        ? multiply(input, weight, bias)
        : Optional.empty();
  }

  /** The same whatever the shapes, or empty where the engine has no such operation at all. */
  static Optional<org.bytedeco.pytorch.Tensor> multiply(
      org.bytedeco.pytorch.Tensor input,
      org.bytedeco.pytorch.Tensor weight,
      org.bytedeco.pytorch.@Nullable Tensor bias) {
    if (Operation.FOUND.isEmpty()) {
      return Optional.empty();
    }
    Operation operation = Operation.FOUND.get();
    IValueVector stack =
        new IValueVector(
            new IValue(input),
            new IValue(weight),
            bias == null ? new IValue() : new IValue(bias),
            operation.noActivation,
            operation.noScalars,
            operation.noAlgorithm);
    operation.handle.callBoxed(stack);
    // The stack owns what it holds and dies with the scope; a copy shares the storage and lives on.
    return Optional.of(new org.bytedeco.pytorch.Tensor(stack.get(0).toTensor()));
  }

  private static boolean suits(org.bytedeco.pytorch.Tensor tensor) {
    int type = tensor.scalar_type().value;
    return (type == torch.ScalarType.Float.value || type == torch.ScalarType.BFloat16.value)
        && tensor.is_contiguous()
        && !tensor.requires_grad();
  }

  /** The operation and its constant arguments, found once a process. */
  private static final class Operation {
    static final Optional<Operation> FOUND = find();

    private final OperatorHandle handle;
    private final IValue noActivation;
    private final IValue noScalars;
    private final IValue noAlgorithm;

    private Operation(
        OperatorHandle handle, IValue noActivation, IValue noScalars, IValue noAlgorithm) {
      this.handle = handle;
      this.noActivation = noActivation;
      this.noScalars = noScalars;
      this.noAlgorithm = noAlgorithm;
    }

    private static Optional<Operation> find() {
      if (!torch.hasMKLDNN()) {
        return Optional.empty();
      }
      try {
        OperatorHandle handle =
            Dispatcher.singleton()
                .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
                .retainReference();
        var scalars = torch.parseSchema("f(Scalar?[] scalars) -> Tensor").arguments().type();
        GenericList none = new GenericList(scalars.get().containedType(0));
        return Optional.of(
            new Operation(
                handle,
                new IValue("none").retainReference(),
                new IValue(none).retainReference(),
                new IValue("").retainReference()));
      } catch (RuntimeException e) {
        // An engine without the operation: the ordinary product serves.
        return Optional.empty();
      }
    }
  }
}
