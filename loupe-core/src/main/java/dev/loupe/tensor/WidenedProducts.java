package dev.loupe.tensor;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Products in bfloat16 where the processor has no instructions for them: the factors are widened to
 * float32, a block at a time, multiplied as float32 is, and the sums rounded once. Without this the
 * engine multiplies bfloat16 by a plain loop, five times slower than float32. Its scalar products
 * with a single row are good, though: they read a weight in place, half the bytes of float32.
 */
final class WidenedProducts {
  /** Elements of a factor that are widened at a time: 8 MB of float32. */
  private static final long BLOCK = 1L << 21;

  /** Elements below which the engine keeps an operation on the thread that asks for it. */
  private static final long GRAIN = 1L << 15;

  /** Rows that are multiplied one by one; with more, widening the weight pays. */
  private static final long MOST_SINGLE_ROWS = 1;

  private WidenedProducts() {}

  /** Whether this is the way to multiply the two. */
  static boolean suit(Tensor left, Tensor right) {
    return left.scalar_type().value == torch.ScalarType.BFloat16.value
        && right.scalar_type().value == torch.ScalarType.BFloat16.value
        && !left.requires_grad()
        && !right.requires_grad()
        && !Bfloat16Support.isThere();
  }

  /** {@code left · right} over the last two axes, broadcasting the others. */
  static Tensor matmul(Tensor left, Tensor right) {
    boolean pairs = isPairs(left, right);
    if (!pairs && (left.dim() < 2 || right.dim() != 2 || left.size(-1) != right.size(0))) {
      // Vectors, batches that are spread over each other, and shapes that do not fit: as they are.
      return narrow(Products.matmul(widen(left), widen(right)));
    }
    Tensor into = room(left, right.size(-1));
    if (pairs) {
      addPairs(flat(into), flat(left), flat(right), false);
    } else {
      add(rows(into), rows(left), right.t(), null, false);
    }
    return into;
  }

  /** {@code input · weightᵀ + bias} over the last axis, {@code weight [out, in]}. */
  static Tensor linear(Tensor input, Tensor weight, @Nullable Tensor bias) {
    if (input.dim() == 0 || weight.dim() != 2 || input.size(-1) != weight.size(1)) {
      return narrow(
          Products.linear(widen(input), widen(weight), bias == null ? null : widen(bias)));
    }
    Tensor into = room(input, weight.size(0));
    add(rows(into), rows(input), weight, bias, false);
    return into;
  }

  /** Adds {@code left · right}, of two matrices or of a batch of pairs, to a bfloat16 tensor. */
  static void add(Tensor into, Tensor left, Tensor right) {
    if (isPairs(left, right)) {
      addPairs(flat(into), flat(left), flat(right), true);
    } else {
      add(into, left, right.t(), null, true);
    }
  }

  private static boolean isPairs(Tensor left, Tensor right) {
    boolean isBatch =
        left.dim() > 2 && left.dim() == right.dim() && left.size(-1) == right.size(-2);
    for (long axis = 0; isBatch && axis < left.dim() - 2; axis++) {
      isBatch = left.size(axis) == right.size(axis);
    }
    return isBatch;
  }

  /** As many pairs at a time as make a block; pairs that are larger each by themselves. */
  private static void addPairs(Tensor into, Tensor left, Tensor right, boolean isSum) {
    long pairs = into.size(0);
    if (into.numel() == 0) {
      return;
    }
    long each = Math.max(Math.max(into.numel(), left.numel()), right.numel()) / pairs;
    if (each > BLOCK) {
      for (long pair = 0; pair < pairs; pair++) {
        add(into.select(0, pair), left.select(0, pair), right.select(0, pair).t(), null, isSum);
      }
      return;
    }
    long count = BLOCK / Math.max(1, each);
    for (long from = 0; from < pairs; from += count) {
      long some = Math.min(count, pairs - from);
      try (var _ = NativeScope.open()) {
        put(
            into.narrow(0, from, some),
            Products.matmul(widen(left.narrow(0, from, some)), widen(right.narrow(0, from, some))),
            isSum);
      }
    }
  }

  /**
   * Matrices, a block of the weight's rows and of the input's at a time.
   *
   * @param into {@code [rows, out]}
   * @param input {@code [rows, in]}
   * @param weight {@code [out, in]}
   */
  private static void add(
      Tensor into, Tensor input, Tensor weight, @Nullable Tensor bias, boolean isSum) {
    if (into.numel() == 0) {
      return;
    }
    if (input.size(0) <= MOST_SINGLE_ROWS && isByRows(weight)) {
      addSingleRows(into, input, weight, bias, isSum);
      return;
    }
    long few = isByRows(weight) ? OneDnn.mostRows() : OneDnn.MOST_ROWS_ONE_THREAD;
    if (input.size(0) > few && torch.get_num_threads() > 1) {
      long rows = Math.max(OneDnn.MOST_ROWS_ONE_THREAD, 2 * BLOCK / Math.max(1, weight.size(1)));
      for (long first = 0; first < input.size(0); first += rows) {
        long some = Math.min(rows, input.size(0) - first);
        addShares(into.narrow(0, first, some), input.narrow(0, first, some), weight, bias, isSum);
      }
      return;
    }
    Rooms rooms = Rooms.take();
    try {
      addBlocks(into, input, weight, bias, isSum, rooms);
    } finally {
      Rooms.KEPT.add(rooms);
    }
  }

  private static void addBlocks(
      Tensor into, Tensor input, Tensor weight, @Nullable Tensor bias, boolean isSum, Rooms rooms) {
    long width = Math.max(1, weight.size(1));
    long columns = Math.max(1, BLOCK / width);
    long most = BLOCK / Math.max(width, Math.min(columns, weight.size(0)));
    long rows = Math.clamp(most, 1, OneDnn.MOST_ROWS_ONE_THREAD);
    for (long from = 0; from < weight.size(0); from += columns) {
      long out = Math.min(columns, weight.size(0) - from);
      try (var _ = NativeScope.open()) {
        Tensor wideWeight = widened(weight.narrow(0, from, out), rooms.weight());
        Tensor wideBias = bias == null ? null : widen(bias.narrow(0, from, out));
        for (long first = 0; first < input.size(0); first += rows) {
          long some = Math.min(rows, input.size(0) - first);
          try (var _ = NativeScope.open()) {
            Tensor wideInput = widened(input.narrow(0, first, some), rooms.input());
            Tensor product = Products.linear(wideInput, wideWeight, wideBias);
            put(into.narrow(0, first, some).narrow(1, from, out), product, isSum);
          }
        }
      }
    }
  }

  /**
   * Where factors are widened, a block each. Kept from product to product, as many as were ever in
   * use at a time: fresh memory for each costs a tenth of a product's time in page faults.
   */
  private record Rooms(Tensor weight, Tensor input) {
    static final Queue<Rooms> KEPT = new ConcurrentLinkedQueue<>();

    static Rooms take() {
      Rooms kept = KEPT.poll();
      return kept == null ? new Rooms(fresh(), fresh()) : kept;
    }

    private static Tensor fresh() {
      return torch.empty(new long[] {BLOCK}).retainReference();
    }
  }

  private static Tensor widened(Tensor matrix, Tensor room) {
    if (matrix.numel() > BLOCK) {
      return widen(matrix);
    }
    Tensor wide = room.narrow(0, 0, matrix.numel()).view(matrix.size(0), matrix.size(1));
    return wide.copy_(matrix);
  }

  /**
   * Matrices of many rows on several threads, each of which widens and multiplies its own share of
   * the weight's rows. The engine's threads, widening in between, would wait for Loupe's own, which
   * multiply, by spinning.
   */
  static void addShares(
      Tensor into, Tensor input, Tensor weight, @Nullable Tensor bias, boolean isSum) {
    try (var _ = NativeScope.open()) {
      Tensor wideInput = wide(input.size(0), input.size(1));
      Tensor wideBias = bias == null ? null : widen(bias);
      share(
          input.size(0),
          (from, to) ->
              copy(wideInput.narrow(0, from, to - from), input.narrow(0, from, to - from), false));
      share(
          weight.size(0),
          (from, to) -> {
            try (var _ = NativeScope.open()) {
              addShare(
                  into.narrow(1, from, to - from),
                  wideInput,
                  weight.narrow(0, from, to - from),
                  wideBias == null ? null : wideBias.narrow(0, from, to - from),
                  isSum);
            }
          });
    }
  }

  private static void addShare(
      Tensor into, Tensor wideInput, Tensor weight, @Nullable Tensor wideBias, boolean isSum) {
    long rows = wideInput.size(0);
    long columns =
        Math.min(
            weight.size(0), Math.max(1, BLOCK / 2 / Math.max(1, Math.max(rows, weight.size(1)))));
    Tensor wideWeight = wide(columns, weight.size(1));
    Tensor products = wide(1, columns * rows).view(-1);
    for (long from = 0; from < weight.size(0); from += columns) {
      long out = Math.min(columns, weight.size(0) - from);
      try (var _ = NativeScope.open()) {
        Tensor some = wideWeight.narrow(0, 0, out);
        Tensor product = products.narrow(0, 0, out * rows).view(rows, out);
        copy(some, weight.narrow(0, from, out), false);
        if (wideBias == null) {
          torch.mm_out(product, wideInput, some.t());
        } else {
          torch.addmm_out(product, wideBias.narrow(0, from, out), wideInput, some.t());
        }
        copy(into.narrow(1, from, out), product, isSum);
      }
    }
  }

  /** One share a thread; the first is the caller's. */
  private static void share(long size, ParallelRanges.Task task) {
    ParallelRanges.run(size, Math.ceilDiv(size, torch.get_num_threads()), task);
  }

  /** A few rows at a time, so that the engine does not wake threads of its own. */
  private static void copy(Tensor into, Tensor from, boolean isSum) {
    long step = Math.max(1, GRAIN / Math.max(1, from.size(1)));
    for (long row = 0; row < from.size(0); row += step) {
      long some = Math.min(step, from.size(0) - row);
      try (var _ = NativeScope.open()) {
        put(into.narrow(0, row, some), from.narrow(0, row, some), isSum);
      }
    }
  }

  private static Tensor wide(long rows, long columns) {
    return torch.empty(new long[] {rows, columns});
  }

  private static boolean isByRows(Tensor weight) {
    return weight.stride(1) == 1 && weight.stride(0) >= weight.size(1);
  }

  /** The engine sums in float32 and rounds; a bias is added to the rounded sum. */
  private static void addSingleRows(
      Tensor into, Tensor input, Tensor weight, @Nullable Tensor bias, boolean isSum) {
    for (long row = 0; row < input.size(0); row++) {
      try (var _ = NativeScope.open()) {
        Tensor product = weight.mv(input.select(0, row).contiguous());
        put(into.select(0, row), bias == null ? product : product.add(bias), isSum);
      }
    }
  }

  private static void put(Tensor into, Tensor product, boolean isSum) {
    if (isSum) {
      into.add_(product);
    } else {
      into.copy_(product);
    }
  }

  private static Tensor room(Tensor left, long columns) {
    long[] shape = left.sizes().vec().get();
    shape[shape.length - 1] = columns;
    return left.new_empty(shape);
  }

  private static Tensor rows(Tensor tensor) {
    return tensor.dim() == 2 ? tensor : tensor.reshape(-1, tensor.size(-1));
  }

  private static Tensor flat(Tensor tensor) {
    return tensor.dim() == 3 ? tensor : tensor.reshape(-1, tensor.size(-2), tensor.size(-1));
  }

  private static Tensor widen(Tensor tensor) {
    return tensor.to(torch.ScalarType.Float);
  }

  private static Tensor narrow(Tensor tensor) {
    return tensor.to(torch.ScalarType.BFloat16);
  }
}
