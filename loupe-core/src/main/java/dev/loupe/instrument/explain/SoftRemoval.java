package dev.loupe.instrument.explain;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;

/**
 * Multiplies the embeddings of some positions by factors, in the runs of one generation: the prompt
 * in one or more parts, then token by token.
 */
final class SoftRemoval {
  private final float[] factors;
  private int next;

  /**
   * For one generation.
   *
   * @param factors of the prompt's positions; later ones stay as they are
   */
  SoftRemoval(double[] factors) {
    this.factors = new float[factors.length];
    for (int i = 0; i < factors.length; i++) {
      this.factors[i] = (float) factors[i];
    }
  }

  Hooks hooks() {
    return Hooks.replace(Tap.of(Site.EMBEDDING), this::scaled);
  }

  private Tensor scaled(Tensor rows) {
    int count = rows.size(1);
    float[] own = new float[count];
    Arrays.fill(own, 1);
    for (int i = 0; i < count && next + i < factors.length; i++) {
      own[i] = factors[next + i];
    }
    next += count;
    return rows.times(Tensor.of(own, 1, count, 1).to(rows.dtype()));
  }
}
