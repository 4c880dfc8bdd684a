package dev.loupe.model.family;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.ModelWeights.Norm;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Stored weights as the parts of a model, each checked against the shape that it must have. */
public final class Parts {
  private final WeightSource source;
  private final DType dtype;
  private final String prefix;

  /**
   * @param dtype the type of every computation
   */
  public Parts(WeightSource source, DType dtype) {
    this(source, dtype, "");
  }

  private Parts(WeightSource source, DType dtype, String prefix) {
    this.source = source;
    this.dtype = dtype;
    this.prefix = prefix;
  }

  /** The parts whose names start so. */
  Parts under(String part) {
    return new Parts(source, dtype, prefix + part);
  }

  /**
   * The parts of the network without its head. Some published files lack the prefix of the whole
   * network: it is left out when no name of the file has it.
   */
  Parts body(String part) {
    return source.hasPrefix(prefix + part) ? under(part) : this;
  }

  /** Whether a tensor is stored. */
  boolean has(String name) {
    return source.shape(prefix + name).isPresent();
  }

  /**
   * A tensor.
   *
   * @throws LoupeException if it is missing, has another shape, or holds infinities or NaN
   */
  Tensor tensor(String name, long... shape) {
    require(name, shape);
    return source.load(prefix + name, dtype);
  }

  private void require(String name, long... shape) {
    String full = prefix + name;
    Optional<long[]> stored = source.shape(full);
    if (stored.isEmpty()) {
      throw LoupeException.badInput(
          source.origin() + ": has no tensor " + full,
          "The file is incomplete or belongs to another architecture than its config.json says:"
              + " download the model again.");
    }
    if (!Arrays.equals(stored.get(), shape)) {
      throw LoupeException.badInput(
          "%s: tensor %s is %s but its configuration asks for %s"
              .formatted(
                  source.origin(), full, Arrays.toString(stored.get()), Arrays.toString(shape)),
          "Weights and config.json do not belong together: download the model again.");
    }
  }

  /**
   * One of the parts that a tensor stacks, {@code shape[1..]}.
   *
   * @param shape of one part
   */
  Tensor partOf(String name, int number, int count, long... shape) {
    long[] whole = new long[shape.length + 1];
    whole[0] = count;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    require(name, whole);
    return source.loadPart(prefix + name, number, dtype);
  }

  /**
   * A map {@code [out, in]} of one expert, from a stack that stores each as {@code [in, out]}, or
   * as {@code [out, in]} in MXFP4.
   */
  Tensor expertMap(String name, int experts, int number, long out, long in) {
    String packed = name + "_mxfp4";
    return has(packed)
        ? partOf(packed, number, experts, out, in)
        : partOf(name, number, experts, in, out).transpose(0, 1);
  }

  /** {@code stem.weight [out, in]} and, where there is to be one, {@code stem.bias}. */
  Linear linear(String stem, long out, long in, boolean bias) {
    return new Linear(tensor(stem + ".weight", out, in), bias(stem, out, bias));
  }

  /** As {@link #linear}, for files that store the weight as {@code [in, out]}. */
  Linear transposed(String stem, long out, long in) {
    return new Linear(tensor(stem + ".weight", in, out).transpose(0, 1), bias(stem, out, true));
  }

  private @Nullable Tensor bias(String stem, long out, boolean wanted) {
    return wanted ? tensor(stem + ".bias", out) : null;
  }

  /** {@code stem.weight} and {@code stem.bias}. */
  Norm layerNorm(String stem, long width) {
    return new Norm(tensor(stem + ".weight", width), tensor(stem + ".bias", width));
  }

  /** {@code stem.weight} alone. */
  Norm rmsNorm(String stem, long width) {
    return new Norm(tensor(stem + ".weight", width), null);
  }

  /** As {@link #rmsNorm}, for families that store the gain less one. */
  Norm rmsNormFromOne(String stem, long width) {
    return new Norm(tensor(stem + ".weight", width).plus(1), null);
  }

  /** As {@link #layerNorm}, for families that store the gain less one. */
  Norm layerNormFromOne(String stem, long width) {
    return new Norm(tensor(stem + ".weight", width).plus(1), tensor(stem + ".bias", width));
  }

  /** A norm that has no parameters: a gain of one. */
  Norm plainNorm(long width) {
    return new Norm(Tensor.zeros(dtype, width).plus(1), null);
  }

  /** A linear map times a factor. */
  static Linear scaled(Linear map, double factor) {
    Tensor bias = map.bias();
    return factor == 1
        ? map
        : new Linear(map.weight().times(factor), bias == null ? null : bias.times(factor));
  }

  /** Outputs {@code [from, to)} of a linear map, a view. */
  static Linear rows(Linear fused, long from, long to) {
    Tensor bias = fused.bias();
    return new Linear(
        fused.weight().slice(0, from, to), bias == null ? null : bias.slice(0, from, to));
  }

  /**
   * Of a map whose outputs lie as {@code [n_kv_heads, group + 2, d_head]}: some heads of each
   * group, of which the last two are key and value.
   */
  static Linear ofEachGroup(Linear fused, ModelConfig config, long from, long count) {
    int groups = config.keyValueHeads();
    long each = config.groupSize() + 2L;
    long width = groups * count * config.headSize();
    Tensor weight = fused.weight();
    Tensor bias = fused.bias();
    return new Linear(
        weight
            .reshape(groups, each, config.headSize(), weight.size(1))
            .slice(1, from, from + count)
            .reshape(width, weight.size(1)),
        bias == null
            ? null
            : bias.reshape(groups, each, config.headSize())
                .slice(1, from, from + count)
                .reshape(width));
  }

  /** Of a map whose outputs lie as {@code [heads, 3, size]}: query (0), key (1) or value (2). */
  static Linear ofEachHead(Linear fused, int which, int heads, int size) {
    Tensor weight = fused.weight();
    Tensor bias = fused.bias();
    long width = (long) heads * size;
    return new Linear(
        weight
            .reshape(heads, 3, size, weight.size(1))
            .select(1, which)
            .reshape(width, weight.size(1)),
        bias == null ? null : bias.reshape(heads, 3, size).select(1, which).reshape(width));
  }
}
