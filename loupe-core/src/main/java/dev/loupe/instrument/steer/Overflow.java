package dev.loupe.instrument.steer;

import dev.loupe.dictionary.Freezing;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether a changed run left the range of its floating-point type. Logits that are not finite show
 * it; and where norms are computed again, so does a stream whose sum of squares is not: dividing by
 * that gives zeros, which look like an answer.
 */
final class Overflow {
  private final Transformer model;
  private final boolean normsAreFree;
  private long lost;

  Overflow(Transformer model, Freezing freezing) {
    this.model = model;
    this.normsAreFree = freezing == Freezing.NOTHING || freezing == Freezing.ATTENTION;
  }

  /** Watches the stream that the next norm reads. */
  Hooks hooks() {
    Hooks hooks = Hooks.NONE;
    for (int layer = 0; normsAreFree && layer < model.config().layers(); layer++) {
      hooks = hooks.and(Hooks.observe(new Tap(Site.RESID_POST, layer), this::stream));
    }
    return hooks;
  }

  private void stream(Tensor values) {
    try (var _ = NativeScope.open()) {
      for (double square : values.square().mean(false, -1).toDoubles()) {
        lost += Double.isFinite(square) ? 0 : 1;
      }
    }
  }

  void logits(double[] logits) {
    for (double logit : logits) {
      lost += Double.isFinite(logit) ? 0 : 1;
    }
  }

  boolean happened() {
    return lost > 0;
  }

  Optional<Evidence> evidence() {
    return happened()
        ? Optional.of(
            Evidence.atMost(
                0,
                "The changed run stays within the range of its floating-point type",
                Support.INTERVENED,
                Estimate.exactly((double) lost, "norms and logits that are not finite"),
                "the changed run overflowed"))
        : Optional.empty();
  }

  Optional<String> caveat() {
    return happened()
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "The changed run overflowed: %,d of its norms and logits are not finite numbers, so that there are no next tokens to compare. Change the features by less.",
                lost))
        : Optional.empty();
  }
}
