package dev.loupe.dictionary;

import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * What counts as a feature, and how the model is written in features. The features of a layer read
 * one {@link Tap} and write to one or several; every kind obeys the same three equations:
 *
 * <pre>
 * pre-activation   h = encoderRow · x + encoderBias            x at reads(layer)
 * activation       a = gain · h                                0 for most features
 * reconstruction   ŷ = bias + skip · x + Σ a · decoderRow      at the first of writes(layer), the
 *                                                              sum over all layers that write there
 * </pre>
 *
 * The gain is 1 for an active feature of a dictionary; for a neuron it is what the activation
 * function or the gate multiplies by, and {@code value / preActivation} gives it. Tensors have the
 * element type {@link #dtype} and belong to the caller's {@link NativeScope}; {@code features}
 * holds feature numbers of the layer.
 */
public sealed interface FeatureBasis extends AutoCloseable permits NeuronBasis, Dictionary {
  /** The element type of every computation and of every tensor that is handed out. */
  DType dtype();

  /** The layers that have features, rising. */
  List<Integer> layers();

  /** n_features of a layer. */
  int features(int layer);

  /** What the encoder of a layer reads. */
  Tap reads(int layer);

  /** Where the features of a layer write to, the layer's own target first. */
  List<Tap> writes(int layer);

  /**
   * The linear part of the encoder, for all features: {@code [pos, d_model]} to {@code [pos,
   * n_features]}.
   */
  Tensor preActivations(int layer, Tensor input);

  /**
   * The active features.
   *
   * @param input at {@link #reads}, {@code [pos, d_model]}
   * @throws dev.loupe.fault.LoupeException if the input or the encoder holds numbers that are not
   *     finite
   */
  SparseActivations encode(int layer, Tensor input);

  /**
   * The activations of some features: {@code [pos, n]}, row after row.
   *
   * @param input as in {@link #encode}
   * @param features rising
   */
  default double[] activations(int layer, Tensor input, int... features) {
    SparseActivations active = encode(layer, input);
    double[] values = new double[active.positions() * features.length];
    Arrays.setAll(values, i -> active.at(i / features.length, features[i % features.length]));
    return values;
  }

  /** The directions that features read: {@code [n, d_model]}. */
  Tensor encoderRows(int layer, int... features);

  /**
   * What is added to {@code encoderRow · x}, all constants of the encoder together: {@code [n]}.
   */
  Tensor encoderBiases(int layer, int... features);

  /**
   * The bounds that pre-activations must exceed to be active, {@code [n]}: necessary, and
   * sufficient too unless only the largest few of a position count. Minus infinity for neurons.
   */
  Tensor thresholds(int layer, int... features);

  /**
   * The directions that features write at a target: {@code [n, d_model]}.
   *
   * @param target one of {@link #writes}
   */
  Tensor decoderRows(int layer, Tap target, int... features);

  /** The constant of the reconstruction at the layer's own target: {@code [d_model]}. */
  Tensor bias(int layer);

  /**
   * What passes by the features, from {@link #reads} to the layer's own target: {@code [d_model
   * out, d_model in]}.
   */
  Optional<Tensor> skip(int layer);

  /**
   * Keeps what the basis reads in place until it is closed, though the basis be closed meanwhile.
   *
   * @throws dev.loupe.fault.LoupeException if it is closed
   */
  Lease lease();

  /** Ends the files behind the basis, if it owns any, when the last lease ends. */
  @Override
  void close();

  /** How a person spells its features. */
  default UnitNames names() {
    return UnitNames.PLAIN;
  }

  /** What the active features of a layer write at a target: {@code [pos, d_model]}. */
  default Tensor decode(int layer, SparseActivations active, Tap target) {
    return SparseDecoder.decode(this, layer, active, target);
  }

  /**
   * The reconstruction at a layer's own target, with what other layers write there: {@code [pos,
   * d_model]}.
   *
   * @param active the active features of a layer
   * @param input what the encoder of this layer read, {@code [pos, d_model]}
   */
  default Tensor reconstruct(int layer, IntFunction<SparseActivations> active, Tensor input) {
    try (var scope = NativeScope.open()) {
      Tap target = writes(layer).getFirst();
      Tensor sum =
          skip(layer)
              .map(skip -> input.to(dtype()).linear(skip, bias(layer)))
              .orElseGet(() -> bias(layer).unsqueeze(0).expand(input.shape()[0], -1).copy());
      for (int source : layers()) {
        if (writes(source).contains(target)) {
          sum.plusInPlace(decode(source, active.apply(source), target));
        }
      }
      return scope.keep(sum);
    }
  }
}
