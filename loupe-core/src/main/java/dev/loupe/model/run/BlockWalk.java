package dev.loupe.model.run;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The way of gradients back through a block of the frozen model, in the order in which its family
 * computes: the norm behind the block, the MLP, attention, and where each joins the stream. What
 * goes through MLP and attention is a subclass's to change; the order is not.
 */
public abstract class BlockWalk {
  protected final Transformer model;
  protected final FrozenLinear linear;

  /** What joins the gradients when the walk comes to a place further down. */
  private final Map<Tap, List<Runnable>> joining = new HashMap<>();

  protected BlockWalk(Transformer model, FrozenRun run) {
    this.model = model;
    this.linear = new FrozenLinear(model, run);
  }

  /** The gradients on their way, {@code [pos, target, d_model]} each; overwritten. */
  protected abstract List<Tensor> gradients();

  /**
   * From gradients by the stream after a block to those by the stream before it. Call it in a scope
   * of its own.
   */
  public final void back(int layer) {
    ModelWeights.Layer parts = model.weights().layer(layer);
    arrive(new Tap(Site.RESID_POST, layer));
    if (parts.residPostNorm() != null) {
      throughResidPostNorm(layer, parts);
    }
    throughMlp(layer, parts);
    if (isSequential()) {
      arrive(new Tap(Site.RESID_MID, layer));
    }
    throughAttention(layer, parts);
    arrive(new Tap(Site.RESID_PRE, layer));
  }

  /** The walk has come to a place in the stream. */
  protected void arrive(Tap place) {
    joinNow(place);
  }

  /** The norm on the stream itself, after the MLP. */
  protected void throughResidPostNorm(int layer, ModelWeights.Layer parts) {
    for (Tensor gradient : gradients()) {
      gradient.copyInPlace(linear.intoResidPost(layer, parts, gradient));
    }
  }

  /** What the MLP passes is to join where it reads, at {@link #mlpSource}. */
  protected abstract void throughMlp(int layer, ModelWeights.Layer parts);

  /** Attention, and the stream that passes it by. */
  protected void throughAttention(int layer, ModelWeights.Layer parts) {
    linear.throughAttentionInPlace(layer, parts, gradients(), false);
  }

  /** Whether the MLP reads what attention has added. */
  protected final boolean isSequential() {
    return model.config().block() == ModelConfig.Block.SEQUENTIAL;
  }

  /** The stream that the MLP's norm reads. */
  protected final Tap mlpSource(int layer) {
    return new Tap(isSequential() ? Site.RESID_MID : Site.RESID_PRE, layer);
  }

  /** Has a step taken when the walk comes to a place, after those that are there already. */
  protected final void join(Tap place, Runnable step) {
    joining.computeIfAbsent(place, _ -> new ArrayList<>()).add(step);
  }

  /** As {@link #join}, before those that are there already. */
  protected final void joinFirst(Tap place, Runnable step) {
    joining.computeIfAbsent(place, _ -> new ArrayList<>()).addFirst(step);
  }

  /** Takes the steps of a place. */
  protected final void joinNow(Tap place) {
    List<Runnable> steps = joining.remove(place);
    if (steps != null) {
      steps.forEach(Runnable::run);
    }
  }
}
