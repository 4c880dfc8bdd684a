package dev.loupe.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products. Large ones in float32 and float64 are cut into as many parts as the engine may
 * use threads, each of them the product of one thread. OpenBLAS would use several threads itself,
 * of a pool of its own that waits by spinning, and so takes the cores from the threads of all other
 * operations. oneDNN, which multiplies few rows and, where the processor can, bfloat16, shares
 * theirs.
 */
final class Products {
  /** Multiplications below which waking another thread costs more than it brings. */
  private static final long LEAST_WORK = 1L << 21;

  /** Widths up to which {@link #gram} computes both halves: smaller products are slower ones. */
  private static final long LEAST_HALVED = 128;

  /** Columns that fill a vector of the processor. */
  private static final long ALIGNED = 16;

  private Products() {}

  /** {@code left · right} over the last two axes, broadcasting the others. */
  static Tensor matmul(Tensor left, Tensor right) {
    if (WidenedProducts.suit(left, right)) {
      return WidenedProducts.matmul(left, right);
    }
    if (left.scalar_type().value == torch.ScalarType.Char.value) {
      return ByteProducts.matmul(left, right);
    }
    return isSplit(left, right) ? split(left, right, null) : left.matmul(right);
  }

  /** {@code input · weightᵀ + bias} over the last axis. */
  static Tensor linear(Tensor input, Tensor weight, @Nullable Tensor bias) {
    if (WidenedProducts.suit(input, weight)) {
      return WidenedProducts.linear(input, weight, bias);
    }
    Optional<Tensor> byOneDnn = OneDnn.linear(input, weight, bias);
    if (byOneDnn.isPresent()) {
      return byOneDnn.get();
    }
    Tensor turned = weight.t();
    if (isSplit(input, turned)) {
      return split(input, turned, bias);
    }
    return bias == null
        ? torch.linear(input, weight)
        : torch.linear(input, weight, new TensorOptional(bias));
  }

  /** Adds {@code left · right}, of two matrices or of a batch of pairs, to a tensor. */
  static void add(Tensor into, Tensor left, Tensor right) {
    if (WidenedProducts.suit(left, right) && !into.requires_grad()) {
      WidenedProducts.add(into, left, right);
    } else if (isSplit(left, right) && !into.requires_grad()) {
      split(into, left, right, null, 1);
    } else {
      multiply(into, left, right, null, 1);
    }
  }

  /**
   * {@code rowsᵀ · rows} of a matrix of float32 or float64. What is above the diagonal is copied
   * from below it, which halves the work: off the diagonal one product of half the width, and so on
   * within both halves.
   */
  static Tensor gram(Tensor rows) {
    Tensor into = rows.new_empty(rows.size(1), rows.size(1));
    gram(into, rows);
    return into;
  }

  private static void gram(Tensor into, Tensor rows) {
    long width = rows.size(1);
    if (width <= LEAST_HALVED) {
      multiplied(into, rows.t(), rows);
      return;
    }
    long half = Math.ceilDiv(width, 2 * ALIGNED) * ALIGNED;
    Tensor first = rows.narrow(1, 0, half);
    Tensor second = rows.narrow(1, half, width - half);
    gram(into.narrow(0, 0, half).narrow(1, 0, half), first);
    gram(into.narrow(0, half, width - half).narrow(1, half, width - half), second);
    Tensor below = into.narrow(0, half, width - half).narrow(1, 0, half);
    multiplied(below, second.t(), first);
    into.narrow(0, 0, half).narrow(1, half, width - half).copy_(below.t());
  }

  private static void multiplied(Tensor into, Tensor left, Tensor right) {
    if (isSplit(left, right)) {
      split(into, left, right, null, 0);
    } else {
      multiply(into, left, right, null, 0);
    }
  }

  private static Tensor split(Tensor left, Tensor right, @Nullable Tensor bias) {
    long[] shape = left.sizes().vec().get();
    shape[shape.length - 1] = right.size(-1);
    Tensor into = left.new_empty(shape);
    if (right.dim() == 2) {
      split(into.view(-1, right.size(1)), left.reshape(-1, left.size(-1)), right, bias, 0);
    } else {
      split(batch(into), batch(left), batch(right), null, 0);
    }
    return into;
  }

  private static boolean isSplit(Tensor left, Tensor right) {
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
