package dev.loupe.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Large products in float32 and float64, cut into as many parts as the engine may use threads, each
 * of them the product of one thread. OpenBLAS would use several threads itself, of a pool of its
 * own that waits by spinning, and so takes the cores from the threads of all other operations.
 * oneDNN, which multiplies bfloat16, shares theirs.
 */
final class SplitProducts {
  /** Multiplications below which waking another thread costs more than it brings. */
  private static final long LEAST_WORK = 1L << 21;

  private SplitProducts() {}

  /**
   * {@code left · right + bias} over the last two axes, or empty where this is not the way to
   * compute it.
   *
   * @param bias {@code [columns]}, for a right matrix of two axes
   */
  static Optional<Tensor> product(Tensor left, Tensor right, @Nullable Tensor bias) {
    long[] shape = left.sizes().vec().get();
    if (!suits(left, right)) {
      return Optional.empty();
    }
    shape[shape.length - 1] = right.size(-1);
    Tensor into = left.new_empty(shape);
    if (right.dim() == 2) {
      split(into.view(-1, right.size(1)), left.reshape(-1, left.size(-1)), right, bias, 0);
    } else {
      split(batch(into), batch(left), batch(right), null, 0);
    }
    return Optional.of(into);
  }

  /**
   * Adds {@code left · right}, of two matrices or of a batch of pairs, to a tensor.
   *
   * @return whether it did; it does not where this is not the way
   */
  static boolean add(Tensor into, Tensor left, Tensor right) {
    if (!suits(left, right) || into.requires_grad()) {
      return false;
    }
    split(into, left, right, null, 1);
    return true;
  }

  private static boolean suits(Tensor left, Tensor right) {
    int type = left.scalar_type().value;
    boolean isFloat = type == torch.ScalarType.Float.value || type == torch.ScalarType.Double.value;
    if (!isFloat
        || right.scalar_type().value != type
        || left.dim() < 2
        || right.dim() < 2
        || left.requires_grad()
        || right.requires_grad()
        || left.size(-1) != right.size(-2)
        || left.numel() * right.size(-1) < LEAST_WORK
        || torch.get_num_threads() == 1) {
      return false;
    }
    boolean isBatch = right.dim() > 2;
    for (long axis = 0; isBatch && axis < left.dim() - 2; axis++) {
      isBatch = left.dim() == right.dim() && left.size(axis) == right.size(axis);
    }
    return right.dim() == 2 || isBatch;
  }

  private static Tensor batch(Tensor tensor) {
    return tensor.dim() == 3 ? tensor : tensor.reshape(-1, tensor.size(-2), tensor.size(-1));
  }

  /**
   * By pairs of a batch where all threads get about as many, or by the rows or columns of what
   * comes out, whichever are more.
   */
  private static void split(
      Tensor into, Tensor left, Tensor right, @Nullable Tensor bias, int before) {
    int threads = torch.get_num_threads();
    boolean byPair =
        into.dim() == 3 && (into.size(0) % threads == 0 || into.size(0) >= 4L * threads);
    boolean byRow = !byPair && into.size(-2) >= into.size(-1);
    long axis = byPair ? 0 : byRow ? into.dim() - 2 : into.dim() - 1;
    long size = into.size(axis);
    long each = Math.ceilDiv(size, threads);
    List<Runnable> parts = new ArrayList<>();
    for (long from = 0; from < size; from += each) {
      long count = Math.min(each, size - from);
      Tensor part = into.narrow(axis, from, count);
      Tensor partLeft = byPair || byRow ? left.narrow(axis, from, count) : left;
      Tensor partRight = byRow ? right : right.narrow(axis, from, count);
      Tensor partBias = bias == null || byRow ? bias : bias.narrow(0, from, count);
      parts.add(() -> multiply(part, partLeft, partRight, partBias, before));
    }
    parts.parallelStream().forEach(Runnable::run);
  }

  private static void multiply(
      Tensor into, Tensor left, Tensor right, @Nullable Tensor bias, int before) {
    if (bias != null) {
      torch.addmm_out(into, bias, left, right);
    } else if (before == 1) {
      if (into.dim() == 2) {
        into.addmm_(left, right);
      } else {
        into.baddbmm_(left, right);
      }
    } else if (into.dim() == 2) {
      torch.mm_out(into, left, right);
    } else {
      torch.bmm_out(into, left, right);
    }
  }
}
