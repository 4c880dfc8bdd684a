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
 * Linear maps by oneDNN instead of OpenBLAS, where it is the faster: measured at half the time for
 * the few rows of decoding, and OpenBLAS's threads wait for each other by spinning, which on a busy
 * machine makes a product of a tenth of a millisecond take five. The engine has the operation for
 * its own compiler only, so it is called through the dispatcher.
 */
final class OneDnn {
  /** With AVX-512, oneDNN multiplies 16 rows and more in float32 on one thread. */
  private static final long MOST_ROWS_AVX512 = 15;

  /**
   * With AVX2 it is the faster on several threads, whatever the rows, and on one thread up to so
   * many.
   */
  static final long MOST_ROWS_ONE_THREAD = 256;

  private OneDnn() {}

  /**
   * Rows in float32 up to which this is the way to multiply (docs/tensor.md). By the instruction
   * set and the threads and not by a clock, so that a training that is resumed multiplies as
   * before.
   */
  static long mostRows() {
    if (Engine.instructions().startsWith("AVX512")) {
      return MOST_ROWS_AVX512;
    }
    return torch.get_num_threads() == 1 ? MOST_ROWS_ONE_THREAD : Long.MAX_VALUE;
  }

  /** {@code input · weightᵀ + bias}, or empty where this is not the way to compute it. */
  static Optional<org.bytedeco.pytorch.Tensor> linear(
      org.bytedeco.pytorch.Tensor input,
      org.bytedeco.pytorch.Tensor weight,
      org.bytedeco.pytorch.@Nullable Tensor bias) {
    boolean isSuited = suits(input) && suits(weight) && input.numel() > 0;
    return isSuited && input.numel() / Math.max(1, weight.size(1)) <= mostRows()
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
