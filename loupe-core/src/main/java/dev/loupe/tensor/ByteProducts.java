package dev.loupe.tensor;

import java.util.Optional;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products of matrices of bytes. Where the processor has instructions for them oneDNN multiplies
 * four times as many numbers as in float32, and sums them exactly; elsewhere its sums overflow, so
 * that they are widened to float32 instead.
 */
final class ByteProducts {
  private ByteProducts() {}

  /** {@code left · right} of two matrices of I8, in float32. */
  static Tensor matmul(Tensor left, Tensor right) {
    return Operation.EXACT
        .map(operation -> multiply(operation, left, right).to(torch.ScalarType.Float))
        .orElseGet(() ->
            Products.matmul(left.to(torch.ScalarType.Float), right.to(torch.ScalarType.Float)));
  }

  private static Tensor multiply(OperatorHandle operation, Tensor left, Tensor right) {
    IValueVector stack = new IValueVector(new IValue(left), new IValue(right));
    operation.callBoxed(stack);
    // The stack owns what it holds and dies with the scope; a copy shares the storage and lives on.
    return new Tensor(stack.get(0).toTensor());
  }

  /** Found once a process: the engine's presets leave the operation out. */
  private static final class Operation {
    static final Optional<OperatorHandle> EXACT = find();

    private static Optional<OperatorHandle> find() {
      if (!torch.hasMKLDNN()) {
        return Optional.empty();
      }
      try (var _ = NativeScope.open()) {
        OperatorHandle found =
            Dispatcher.singleton().findSchemaOrThrow("aten::_int_mm", "").retainReference();
        // The largest sums that there are, which overflow 16 bits where no instruction prevents it.
        Tensor largest = torch.full(new long[] {64, 64}, new Scalar(127.0));
        Tensor bytes = largest.to(torch.ScalarType.Char);
        boolean isExact =
            multiply(found, bytes, bytes)
                .to(torch.ScalarType.Float)
                .equal(torch.mm(largest, largest));
        return isExact ? Optional.of(found) : Optional.empty();
      } catch (RuntimeException e) {
        // An engine without the operation: float32 serves.
        return Optional.empty();
      }
    }
  }
}
