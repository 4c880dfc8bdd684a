package dev.loupe.instrument.trace;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.BlockWalk;
import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;

/**
 * What the unlisted neurons of each layer read when they serve the answer together: the first
 * explained logit's slope by each of them, over all paths of the frozen model, passed on by its
 * gain. One walk from the top down, in step with a sweep that takes each layer's {@link #start} as
 * one more target.
 */
final class RemainderReads extends BlockWalk {
  private final int[][] listed;
  private final int first;
  private final Tensor gradient;
  private Tensor start;
  private Tensor constants;

  /**
   * @param direction of the explained logit {@code [d_embedding]}
   * @param at its position
   * @param listed neurons of each layer, as places {@code position · d_mlp + unit}
   * @param first position whose neurons are followed; those before are held as constants
   */
  RemainderReads(
      Transformer model, FrozenRun run, Tensor direction, int at, int[][] listed, int first) {
    super(model, run);
    this.listed = listed;
    this.first = first;
    Tensor begin = linear.throughFinalNorm(direction.unsqueeze(0), at);
    this.gradient = Tensor.zeros(begin.dtype(), at + 1L, 1, model.config().dModel());
    gradient.select(0, at).copyInPlace(begin);
    this.start = gradient;
    this.constants = gradient;
  }

  /** {@code [pos, 1, d_model]}, by what the norm of the MLP of the last layer walked reads. */
  Tensor start() {
    return start;
  }

  /** The constants of that target: of the up projection and the norm. */
  float constant() {
    return constants.toFloats()[0];
  }

  @Override
  protected List<Tensor> gradients() {
    return List.of(gradient);
  }

  @Override
  protected void throughMlp(int layer, ModelWeights.Layer parts) {
    FrozenNeurons neurons = linear.neurons(layer, parts);
    Tensor byPost = neurons.byUnits(linear.intoMlpOut(layer, parts, gradient), 0);
    Tensor unlisted = byPost.copy();
    try (var _ = NativeScope.open()) {
      unlisted.slice(0, 0, first).fillInPlace(0);
      if (listed[layer].length > 0) {
        Tensor flat = unlisted.reshape(unlisted.count());
        Tensor places = Tensor.indices(listed[layer]);
        flat.scatterPlusInPlace(0, places, flat.indexSelect(0, places).times(-1));
      }
    }
    constants = Tensor.zeros(gradient.dtype(), 1);
    start = linear.throughNeuronsInPlace(layer, parts, neurons, unlisted, constants);
    Tensor others = Tensor.zeros(gradient.dtype(), 1);
    Tensor passed = linear.throughNeuronsInPlace(layer, parts, neurons, byPost, others);
    join(mlpSource(layer), () -> gradient.plusInPlace(passed));
  }
}
