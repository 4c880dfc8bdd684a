package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Neurons;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The MLP's own units as features: exact, and available for any model. A unit's pre-activation is
 * the input of the activation function, or in a gated MLP the linear half, on which the gate acts
 * as a gain. Every unit that is not exactly 0 is active, whatever its sign.
 */
public final class NeuronBasis implements FeatureBasis {
  private final Transformer model;

  private NeuronBasis(Transformer model) {
    this.model = model;
  }

  /**
   * The neurons of a model, which the caller keeps owning.
   *
   * @throws LoupeException if there is a norm between the MLP and the stream, so that what a neuron
   *     writes depends on the prompt
   */
  public static NeuronBasis of(Transformer model) {
    if (model.has(Site.MLP_POST_NORM_SCALE)) {
      throw LoupeException.badInput(
          model.config().family()
              + " models normalise the MLP's output: their neurons have no fixed direction",
          "Use a dictionary that was trained on this model.");
    }
    return new NeuronBasis(model);
  }

  /** Whether a model's neurons are a basis: {@link #of} does not refuse it. */
  public static boolean suits(Transformer model) {
    return !model.has(Site.MLP_POST_NORM_SCALE);
  }

  @Override
  public DType dtype() {
    return model.dtype();
  }

  @Override
  public List<Integer> layers() {
    return IntStream.range(0, model.config().layers()).boxed().toList();
  }

  @Override
  public int features(int layer) {
    return model.config().units(layer);
  }

  @Override
  public Tap reads(int layer) {
    return new Tap(Site.MLP_IN, layer);
  }

  @Override
  public List<Tap> writes(int layer) {
    return List.of(new Tap(Site.MLP_OUT, layer));
  }

  @Override
  public Tensor preActivations(int layer, Tensor input) {
    try (var scope = NativeScope.open()) {
      return scope.keep(model.mlps().neurons(mlp(layer), input.to(dtype())).value());
    }
  }

  @Override
  public SparseActivations encode(int layer, Tensor input) {
    try (var _ = NativeScope.open()) {
      Neurons neurons = model.mlps().neurons(mlp(layer), input.to(dtype()));
      Tensor pre = neurons.value();
      Tensor post = neurons.activation();
      if (!post.isFinite()) {
        throw LoupeException.badInput(
            "the neurons of layer " + layer + " are not finite",
            "Run the model in float32, and check its weights.");
      }
      double[] values = post.toDoubles();
      double[] linear = pre.toDoubles();
      int features = post.size(1);
      var active = new SparseActivations.Builder(post.size(0), features);
      for (int at = 0; at < values.length; at++) {
        if (values[at] != 0) {
          active.add(at % features, values[at], linear[at]);
        }
        if ((at + 1) % features == 0) {
          active.endPosition();
        }
      }
      return active.build();
    }
  }

  @Override
  public Tensor encoderRows(int layer, int... features) {
    try (var scope = NativeScope.open()) {
      return scope.keep(mlp(layer).encoders(features));
    }
  }

  @Override
  public Tensor encoderBiases(int layer, int... features) {
    try (var scope = NativeScope.open()) {
      return scope.keep(mlp(layer).encoderBiases(features));
    }
  }

  @Override
  public Tensor thresholds(int layer, int... features) {
    return Tensor.zeros(dtype(), features.length).plusInPlace(Double.NEGATIVE_INFINITY);
  }

  @Override
  public Tensor decoderRows(int layer, Tap target, int... features) {
    if (!writes(layer).contains(target)) {
      throw new IllegalArgumentException("layer " + layer + " writes nothing at " + target);
    }
    try (var scope = NativeScope.open()) {
      return scope.keep(mlp(layer).decoders(features));
    }
  }

  @Override
  public Tensor bias(int layer) {
    try (var scope = NativeScope.open()) {
      return scope.keep(orZeros(mlp(layer)).copy());
    }
  }

  @Override
  public Optional<Tensor> skip(int layer) {
    return Optional.empty();
  }

  @Override
  public UnitNames names() {
    return new UnitNames(model.config().mixtures());
  }

  private ModelWeights.Mlp mlp(int layer) {
    return model.weights().layer(layer).mlp();
  }

  /**
   * The bias of what is written. Those of experts (gpt_oss) have weights that depend on the prompt,
   * so they are no part of the basis: what they add is its error, the only one that neurons have.
   */
  private Tensor orZeros(ModelWeights.Mlp mlp) {
    Tensor bias = mlp instanceof ModelWeights.Dense dense ? dense.down().bias() : null;
    return bias == null ? Tensor.zeros(dtype(), model.config().dModel()) : bias;
  }

  @Override
  public Lease lease() {
    return model.lease();
  }

  @Override
  public void close() {
    // The model is the caller's.
  }
}
