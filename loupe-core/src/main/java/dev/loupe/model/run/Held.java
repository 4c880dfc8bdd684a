package dev.loupe.model.run;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.Tensor;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Hooks that hold parts of a model at the values of one recorded run: for another run of the same
 * prompt, or a batch of copies of it.
 */
public final class Held {
  private Held() {}

  /** The recorded attention patterns, and what values are cut off by. */
  public static Hooks patterns(Recording run) {
    return values(run, site -> site == Site.ATTN_PATTERN || site == Site.VALUE_GAIN);
  }

  /** The recorded denominators of norms. */
  public static Hooks norms(Recording run) {
    return values(run, Site::isNormScale);
  }

  private static Hooks values(Recording run, Predicate<Site> which) {
    return run.taps().stream()
        .filter(tap -> which.test(tap.site()))
        .map(tap -> Hooks.replace(tap, now -> run.at(tap).expand(now.shape())))
        .reduce(Hooks.NONE, Hooks::and);
  }

  /**
   * Neurons of a layer that pass on what they read with the gains of a run; of a mixture the same
   * experts with the same weights.
   *
   * @param run holds the weights of a mixture's router
   * @param gain asked for in the run, {@code [pos, d_mlp]}
   */
  public static Hooks gains(Recording run, int layer, Supplier<Tensor> gain) {
    Map<Site, Tensor> read = new EnumMap<>(Site.class);
    Tap routed = new Tap(Site.ROUTER_WEIGHTS, layer);
    Hooks router =
        run.find(routed) == null
            ? Hooks.NONE
            : Hooks.replace(routed, now -> run.at(routed).expand(now.shape()));
    return router
        .and(Hooks.observe(new Tap(Site.MLP_PRE, layer), value -> read.put(Site.MLP_PRE, value)))
        .and(Hooks.observe(new Tap(Site.MLP_UP, layer), value -> read.put(Site.MLP_UP, value)))
        .and(
            Hooks.replace(
                new Tap(Site.MLP_POST, layer),
                _ -> {
                  Tensor linear = requireNonNullElse(read.get(Site.MLP_UP), read.get(Site.MLP_PRE));
                  return gain.get().times(requireNonNull(linear));
                }));
  }
}
