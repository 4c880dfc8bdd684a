package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;

/** Chooses where the targets of a sweep meet the sources from below ({@link LowerLayers}). */
final class MeetingLayer {
  private MeetingLayer() {}

  /**
   * The layer below which sources should go up: with the fewest products in all. 0, none, unless
   * every MLP is replaced by features that read right before it, in blocks without norms on what
   * their parts add.
   */
  static int of(Transformer model, LocalReplacement replacement) {
    if (!suits(model, replacement.basis())) {
      return 0;
    }
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int cut = 0; cut < model.config().layers(); cut++) {
      double rows = rows(model, replacement, cut);
      if (rows < least) {
        least = rows;
        best = cut;
      }
    }
    return best;
  }

  /**
   * How many rows of {@code [d_model]} go through the attention of a layer, with every active
   * feature a target, or what takes as long as one.
   */
  static double rows(Transformer model, LocalReplacement replacement, int cut) {
    int length = positions(replacement);
    double rows = 0;
    double below = 0;
    for (int layer : replacement.basis().layers()) {
      SparseActivations active = replacement.active(layer);
      int bridged = bridged(layer, cut);
      for (int position = 0; position < length; position++) {
        int count = active.start(position + 1) - active.start(position);
        int seen = layer < cut ? length - position : position + 1;
        rows += (double) bridged * count * seen;
      }
      below += layer < cut ? active.count() : 0;
    }
    // Each target is multiplied with each source at a third of the positions; a layer takes the
    // product with two square matrices.
    double above = replacement.count() - below;
    return rows + above * below * length / (6.0 * model.config().dModel());
  }

  private static int positions(LocalReplacement replacement) {
    return replacement.active(replacement.basis().layers().getFirst()).positions();
  }

  /**
   * Layers of attention between features and where they are met, the first one, which is cheap,
   * left out; at the bottom they come through every one as all others do.
   */
  private static int bridged(int layer, int cut) {
    if (cut == 0) {
      return layer + 1;
    }
    return layer < cut ? Math.max(0, cut - 2 - layer) : layer - cut;
  }

  /** Whether sources can be pushed up at all. */
  static boolean suits(Transformer model, FeatureBasis basis) {
    ModelWeights.Ends ends = model.weights().ends();
    boolean suits =
        model.config().block() == ModelConfig.Block.SEQUENTIAL
            && basis.layers().size() == model.config().layers()
            && model.config().projectionClip() == 0
            && ends.embeddingNorm() == null
            && ends.projectIn() == null;
    for (int layer = 0; suits && layer < model.config().layers(); layer++) {
      try (var _ = NativeScope.open()) {
        ModelWeights.Layer parts = model.weights().layer(layer);
        Site reads = basis.reads(layer).site();
        suits =
            (reads == Site.RESID_MID || reads == Site.MLP_IN)
                && basis.writes(layer).stream().allMatch(tap -> tap.site() == Site.MLP_OUT)
                && basis.writes(layer).getFirst().layer() == layer
                && basis.skip(layer).isEmpty()
                && parts.attention().sinks() == null
                && parts.attentionPostNorm() == null
                && parts.residMidNorm() == null
                && parts.residPostNorm() == null;
      }
    }
    return suits;
  }
}
