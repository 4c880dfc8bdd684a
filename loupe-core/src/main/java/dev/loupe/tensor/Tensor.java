package dev.loupe.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A dense array of the engine. Operations return new tensors (or views that share storage) and
 * never change their operands, except those whose name ends in {@code InPlace}. A tensor lives
 * until the {@link NativeScope} in which it was made closes, unless {@link #retain retained}.
 *
 * <p>Axes are written {@code [batch, pos, d_model]} and so on in the documentation; negative axes
 * count from the last.
 */
public final class Tensor implements AutoCloseable {
  static {
    Engine.load();
  }

  /** Retained less given up, of all threads. */
  static final LongAdder RETAINED = new LongAdder();

  private final org.bytedeco.pytorch.Tensor pointer;

  private Tensor(org.bytedeco.pytorch.Tensor pointer) {
    this.pointer = pointer;
  }

  static Tensor of(org.bytedeco.pytorch.Tensor pointer) {
    return new Tensor(pointer);
  }

  org.bytedeco.pytorch.Tensor pointer() {
    return pointer;
  }

  // ---- making

  /** A copy of {@code values} with the given shape, float32. */
  public static Tensor of(float[] values, long... shape) {
    return of(org.bytedeco.pytorch.Tensor.create(values, shape));
  }

  /** A copy of {@code values} with the given shape, float64. */
  public static Tensor of(double[] values, long... shape) {
    return of(org.bytedeco.pytorch.Tensor.create(values, shape));
  }

  /** A copy of {@code values} with the given shape, int64: token ids, positions, indices. */
  public static Tensor of(long[] values, long... shape) {
    return of(org.bytedeco.pytorch.Tensor.create(values, shape));
  }

  /** A one-dimensional int64 tensor of {@code values}. */
  public static Tensor indices(int... values) {
    return of(Arrays.stream(values).asLongStream().toArray(), values.length);
  }

  /** All zeros. */
  public static Tensor zeros(DType dtype, long... shape) {
    return of(torch.zeros(shape).to(Types.scalarType(dtype)));
  }

  /** Room for values that the caller writes through {@link #segment}. */
  public static Tensor empty(DType dtype, long... shape) {
    return of(torch.empty(shape, Types.options(dtype), new MemoryFormatOptional()));
  }

  /** {@code [from, to)} as int64. */
  public static Tensor range(long from, long to) {
    return of(torch.arange(new Scalar(from), new Scalar(to)));
  }

  /**
   * A tensor over bytes that somebody else owns, without a copy where they are aligned: the segment
   * must stay mapped as long as the tensor is used.
   *
   * @param segment little-endian values, exactly as many as the shape asks for
   */
  public static Tensor mapped(MemorySegment segment, DType dtype, long... shape) {
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (Math.multiplyExact(count, dtype.bytes()) != segment.byteSize()) {
      throw new IllegalArgumentException(
          dtype + Arrays.toString(shape) + " is not " + segment.byteSize() + " bytes");
    }
    if (segment.isNative() && segment.address() % dtype.bytes() == 0 && count > 0) {
      return of(Types.fromAddress(segment.address(), dtype, shape));
    }
    Tensor copy = of(torch.empty(shape).to(Types.scalarType(dtype)));
    MemorySegment.copy(segment, 0, copy.segment(), 0, segment.byteSize());
    return copy;
  }

  /** Joins tensors along an axis. */
  public static Tensor cat(List<Tensor> parts, int axis) {
    return of(torch.cat(vector(parts), axis));
  }

  /** Joins tensors of one shape along a new axis. */
  public static Tensor stack(List<Tensor> parts, int axis) {
    return of(torch.stack(vector(parts), axis));
  }

  private static TensorVector vector(List<Tensor> parts) {
    return new TensorVector(
        parts.stream().map(Tensor::pointer).toArray(org.bytedeco.pytorch.Tensor[]::new));
  }

  // ---- life

  /** Makes this tensor outlive every scope; it is freed by as many {@link #close}s. */
  public Tensor retain() {
    pointer.retainReference();
    RETAINED.increment();
    return this;
  }

  /** Gives up one {@link #retain}. */
  @Override
  public void close() {
    pointer.releaseReference();
    RETAINED.decrement();
  }

  // ---- shape

  /** The extent of every axis. */
  public long[] shape() {
    return pointer.shape();
  }

  /** The extent of one axis. */
  public int size(int axis) {
    return Math.toIntExact(pointer.size(axis));
  }

  /** How many axes. */
  public int rank() {
    return Math.toIntExact(pointer.dim());
  }

  /** How many elements. */
  public long count() {
    return pointer.numel();
  }

  /** The element type. */
  public DType dtype() {
    return Types.dtype(pointer.scalar_type());
  }

  public Tensor reshape(long... shape) {
    return of(pointer.reshape(shape));
  }

  public Tensor transpose(int axisA, int axisB) {
    return of(pointer.transpose(axisA, axisB));
  }

  public Tensor permute(long... axes) {
    return of(pointer.permute(axes));
  }

  public Tensor unsqueeze(int axis) {
    return of(pointer.unsqueeze(axis));
  }

  public Tensor squeeze(int axis) {
    return of(pointer.squeeze(axis));
  }

  public Tensor expand(long... shape) {
    return of(pointer.expand(shape));
  }

  /** The part {@code [from, to)} of one axis, a view. */
  public Tensor slice(int axis, long from, long to) {
    return of(pointer.narrow(axis, from, to - from));
  }

  /** One entry of an axis, which disappears; a view. */
  public Tensor select(int axis, long index) {
    return of(pointer.select(axis, index));
  }

  /** The rows of an axis that {@code indices} (int64, one-dimensional) names, copied. */
  public Tensor indexSelect(int axis, Tensor indices) {
    return of(pointer.index_select(axis, indices.pointer));
  }

  /** Picks along an axis, element by element: see torch.gather. */
  public Tensor gather(int axis, Tensor indices) {
    return of(pointer.gather(axis, indices.pointer));
  }

  public Tensor contiguous() {
    return of(pointer.contiguous());
  }

  /** A copy of the values in storage of its own. */
  public Tensor copy() {
    return of(pointer.clone());
  }

  /** The same values in another element type; this tensor when it already has it. */
  public Tensor to(DType dtype) {
    return dtype() == dtype ? this : of(pointer.to(Types.scalarType(dtype)));
  }

  // ---- arithmetic

  public Tensor plus(Tensor other) {
    return of(pointer.add(other.pointer));
  }

  public Tensor plus(double value) {
    return of(pointer.add(new Scalar(value)));
  }

  public Tensor minus(Tensor other) {
    return of(pointer.sub(other.pointer));
  }

  public Tensor times(Tensor other) {
    return of(pointer.mul(other.pointer));
  }

  public Tensor times(double value) {
    return of(pointer.mul(new Scalar(value)));
  }

  public Tensor dividedBy(Tensor other) {
    return of(pointer.div(other.pointer));
  }

  public Tensor plusInPlace(Tensor other) {
    pointer.add_(other.pointer);
    return this;
  }

  /** Adds the matrix product {@code a · b}, of one pair of matrices or of a batch of pairs. */
  public Tensor plusMatmulInPlace(Tensor a, Tensor b) {
    Products.add(pointer, a.pointer, b.pointer);
    return this;
  }

  public Tensor dividedByInPlace(Tensor other) {
    pointer.div_(other.pointer);
    return this;
  }

  public Tensor timesInPlace(Tensor other) {
    pointer.mul_(other.pointer);
    return this;
  }

  public Tensor plusInPlace(double value) {
    pointer.add_(new Scalar(value));
    return this;
  }

  public Tensor timesInPlace(double value) {
    pointer.mul_(new Scalar(value));
    return this;
  }

  /** Adds {@code factor · other}. */
  public Tensor plusInPlace(Tensor other, double factor) {
    pointer.add_(other.pointer, new Scalar(factor));
    return this;
  }

  /** Adds {@code factor · a · b}, element by element. */
  public Tensor plusProductInPlace(Tensor a, Tensor b, double factor) {
    pointer.addcmul_(a.pointer, b.pointer, new Scalar(factor));
    return this;
  }

  /** Values below {@code least} or above {@code most} become these. */
  public Tensor clamp(double least, double most) {
    return of(
        pointer.clamp(new ScalarOptional(new Scalar(least)), new ScalarOptional(new Scalar(most))));
  }

  /** Raises smaller values to {@code least}. */
  public Tensor atLeastInPlace(double least) {
    pointer.clamp_min_(new Scalar(least));
    return this;
  }

  /** Adds {@code factor · a / b}, element by element. */
  public Tensor plusQuotientInPlace(Tensor a, Tensor b, double factor) {
    pointer.addcdiv_(a.pointer, b.pointer, new Scalar(factor));
    return this;
  }

  /**
   * Adds each value at the place along an axis that {@code indices} names: see torch.scatter_add.
   */
  public Tensor scatterPlusInPlace(int axis, Tensor indices, Tensor values) {
    pointer.scatter_add_(axis, indices.pointer, values.pointer);
    return this;
  }

  /** Adds {@code values [n, …]} to the rows {@code indices [n]}, which may repeat. */
  public Tensor addRowsInPlace(Tensor indices, Tensor values) {
    pointer.index_add_(0, indices.pointer, values.pointer);
    return this;
  }

  public Tensor copyInPlace(Tensor source) {
    pointer.copy_(source.pointer);
    return this;
  }

  public Tensor fillInPlace(double value) {
    pointer.fill_(new Scalar(value));
    return this;
  }

  /** Matrix product over the last two axes, broadcasting the others; of I8 in float32. */
  public Tensor matmul(Tensor other) {
    return of(Products.matmul(pointer, other.pointer));
  }

  /**
   * {@code thisᵀ · this} of a matrix of float32 or float64, at half the cost of {@link #matmul}.
   */
  public Tensor gram() {
    return of(Products.gram(pointer));
  }

  /** {@code this · weightᵀ + bias} with {@code weight [out, in]}, over the last axis. */
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return of(Products.linear(pointer, weight.pointer, bias == null ? null : bias.pointer));
  }

  // ---- functions

  public Tensor abs() {
    return of(pointer.abs());
  }

  public Tensor absInPlace() {
    pointer.abs_();
    return this;
  }

  public Tensor square() {
    return of(pointer.square());
  }

  public Tensor sqrt() {
    return of(pointer.sqrt());
  }

  public Tensor exp() {
    return of(pointer.exp());
  }

  public Tensor log() {
    return of(pointer.log());
  }

  public Tensor cos() {
    return of(pointer.cos());
  }

  public Tensor sin() {
    return of(pointer.sin());
  }

  public Tensor tanh() {
    return of(pointer.tanh());
  }

  public Tensor sigmoid() {
    return of(pointer.sigmoid());
  }

  public Tensor relu() {
    return of(pointer.relu());
  }

  public Tensor silu() {
    return of(torch.silu(pointer));
  }

  /** GELU by the error function. */
  public Tensor gelu() {
    return of(torch.gelu(pointer));
  }

  /** GELU by the hyperbolic tangent. */
  public Tensor geluTanh() {
    return of(torch.gelu(pointer, "tanh"));
  }

  public Tensor softmax(int axis) {
    return of(pointer.softmax(axis));
  }

  public Tensor logSoftmax(int axis) {
    return of(pointer.log_softmax(axis));
  }

  /** Layer normalisation over the last axis. */
  public Tensor layerNorm(Tensor gain, @Nullable Tensor bias, double epsilon) {
    TensorOptional shift = bias == null ? new TensorOptional() : new TensorOptional(bias.pointer);
    return of(
        torch.layer_norm(
            pointer, gain.shape(), new TensorOptional(gain.pointer), shift, epsilon, false));
  }

  /** Division by the root mean square over the last axis, then times {@code gain}. */
  public Tensor rmsNorm(Tensor gain, double epsilon) {
    return of(
        torch.rms_norm(
            pointer, gain.shape(), new TensorOptional(gain.pointer), new DoubleOptional(epsilon)));
  }

  /**
   * Attention in one piece: {@code softmax(scale · this · keyᵀ) · value}, this and the result
   * {@code [batch, n_heads, rows, d_head]}.
   *
   * @param key {@code [batch, n_kv_heads, keys, d_head]}
   * @param value likewise
   * @param seen which keys a row sees, bool {@code [rows, keys]}; all when null
   * @param causal instead of {@code seen}: row i sees the keys up to i
   */
  public Tensor attention(
      Tensor key, Tensor value, @Nullable Tensor seen, boolean causal, double scale) {
    return of(
        torch.scaled_dot_product_attention(
            pointer,
            key.pointer,
            value.pointer,
            seen == null ? new TensorOptional() : new TensorOptional(seen.pointer),
            0,
            causal,
            new DoubleOptional(scale),
            true));
  }

  /** {@code value} where the mask (bool) holds. */
  public Tensor maskedFill(Tensor mask, double value) {
    return of(pointer.masked_fill(mask.pointer, new Scalar(value)));
  }

  public Tensor maskedFillInPlace(Tensor mask, double value) {
    pointer.masked_fill_(mask.pointer, new Scalar(value));
    return this;
  }

  /** This where the condition (bool) holds, {@code other} elsewhere. */
  public Tensor where(Tensor condition, Tensor other) {
    return of(pointer.where(condition.pointer, other.pointer));
  }

  public Tensor equalTo(Tensor other) {
    return of(pointer.eq(other.pointer));
  }

  public Tensor or(Tensor other) {
    return of(pointer.logical_or(other.pointer));
  }

  public Tensor and(Tensor other) {
    return of(pointer.logical_and(other.pointer));
  }

  public Tensor not() {
    return of(pointer.logical_not());
  }

  public Tensor greaterThan(Tensor other) {
    return of(pointer.gt(other.pointer));
  }

  // ---- reductions

  public Tensor sum() {
    return of(pointer.sum());
  }

  public Tensor sum(boolean keepAxis, long... axes) {
    return of(pointer.sum(axes, keepAxis, new ScalarTypeOptional()));
  }

  public Tensor mean(boolean keepAxis, long... axes) {
    return of(pointer.mean(axes, keepAxis, new ScalarTypeOptional()));
  }

  /** The Euclidean length of all elements as one vector. */
  public double norm() {
    try (var _ = NativeScope.open()) {
      return pointer.norm().item_double();
    }
  }

  public Tensor max() {
    return of(pointer.max());
  }

  public Tensor argmax(int axis) {
    return of(pointer.argmax(new LongOptional(axis), false));
  }

  /** The {@code k} largest along an axis, falling. */
  public Top topK(int k, int axis) {
    var pair = pointer.topk(k, axis, true, true);
    // A view shares the tuple's storage by reference count, so the values outlive the tuple.
    return new Top(of(pair.get0().alias()), of(pair.get1().alias()));
  }

  /** Largest values and their indices. */
  public record Top(Tensor values, Tensor indices) {}

  /** Whether every element is a finite number. */
  public boolean isFinite() {
    // One pass without a copy: what is not finite makes the sum so. Finite values may overflow in
    // it,
    // so a sum that is not finite only says that each value must be looked at.
    return Double.isFinite(pointer.sum().item_double())
        || torch.isfinite(pointer).all().item_bool();
  }

  // ---- gradients

  /** This tensor as a leaf whose gradient {@link #backward} will fill. */
  public Tensor requiringGradient() {
    return of(pointer.detach().set_requires_grad(true));
  }

  /** The same values, of which no gradient is taken. */
  public Tensor detached() {
    return of(pointer.detach());
  }

  /** Fills the gradients of the leaves below this scalar. */
  public void backward() {
    pointer.backward();
  }

  /** The gradient that {@link #backward} left on this leaf. */
  public Tensor gradient() {
    return of(pointer.grad());
  }

  // ---- host

  /** The single value of a one-element tensor. */
  public double item() {
    return pointer.item_double();
  }

  /** The values in row-major order as float32. */
  public float[] toFloats() {
    try (var _ = NativeScope.open()) {
      return to(DType.F32).contiguous().segment().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** The values in row-major order as float64. */
  public double[] toDoubles() {
    try (var _ = NativeScope.open()) {
      return to(DType.F64).contiguous().segment().toArray(ValueLayout.JAVA_DOUBLE);
    }
  }

  /** The values in row-major order as int64. */
  public long[] toLongs() {
    try (var _ = NativeScope.open()) {
      return to(DType.I64).contiguous().segment().toArray(ValueLayout.JAVA_LONG);
    }
  }

  /** The bytes of a contiguous tensor in place; valid while the tensor lives. */
  @SuppressWarnings(
      "restricted") // the engine owns these bytes; nothing but their address is known to Java
  public MemorySegment segment() {
    if (!pointer.is_contiguous()) {
      throw new IllegalStateException("only a contiguous tensor has one segment");
    }
    Pointer data = pointer.data_ptr();
    return MemorySegment.ofAddress(data == null ? 0 : data.address()).reinterpret(pointer.nbytes());
  }

  @Override
  public String toString() {
    return dtype() + Arrays.toString(shape());
  }
}
