package dev.loupe.model;

import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The hooks at the taps of one run; those of one tap run in the order in which they were added.
 * Immutable.
 */
public final class Hooks {
  /** No hook at all. */
  public static final Hooks NONE = new Hooks(Map.of());

  private final Map<Tap, List<Hook>> hooks;

  private Hooks(Map<Tap, List<Hook>> hooks) {
    this.hooks = hooks;
  }

  /** A hook that reads. */
  public static Hooks observe(Tap tap, Consumer<Tensor> reader) {
    return new Hooks(Map.of(tap, List.of(new Hook.Observe(reader))));
  }

  /** A hook that rewrites. */
  public static Hooks replace(Tap tap, UnaryOperator<Tensor> writer) {
    return new Hooks(Map.of(tap, List.of(new Hook.Replace(writer))));
  }

  /** All hooks of several. */
  public static Hooks all(Hooks... parts) {
    return Arrays.stream(parts).reduce(NONE, Hooks::and);
  }

  /** These hooks, then the other's. */
  public Hooks and(Hooks other) {
    if (hooks.isEmpty() || other.hooks.isEmpty()) {
      return hooks.isEmpty() ? other : this;
    }
    Map<Tap, List<Hook>> joined = new HashMap<>(hooks);
    other.hooks.forEach((tap, added) ->
        joined.merge(
            tap,
            added,
            (first, second) -> {
              List<Hook> both = new ArrayList<>(first);
              both.addAll(second);
              return List.copyOf(both);
            }));
    return new Hooks(Map.copyOf(joined));
  }

  /** Whether there is a hook. */
  public boolean at(Site site, int layer) {
    return !hooks.isEmpty() && hooks.containsKey(new Tap(site, layer));
  }

  /** Blocks that a run goes through before nobody listens any more; one over all for the end. */
  int blocksNeeded(int layers) {
    int needed = 0;
    for (Tap tap : hooks.keySet()) {
      boolean atEnd = tap.site() == Site.FINAL_NORM_SCALE || tap.site() == Site.FINAL_HIDDEN;
      needed = Math.max(needed, atEnd ? layers + 1 : tap.site().once() ? 0 : tap.layer() + 1);
    }
    return needed;
  }

  /** Runs the hooks of a place; the value with which the forward pass continues. */
  Tensor apply(Site site, int layer, Tensor value) {
    if (hooks.isEmpty()) {
      return value;
    }
    Tensor current = value;
    for (Hook hook : hooks.getOrDefault(new Tap(site, layer), List.of())) {
      switch (hook) {
        case Hook.Observe(var reader) -> reader.accept(current);
        case Hook.Replace(var writer) -> {
          Tensor replaced = writer.apply(current);
          if (!Arrays.equals(replaced.shape(), current.shape())) {
            throw new IllegalArgumentException(
                "the hook at %s of layer %d returned %s where %s is needed"
                    .formatted(site, layer, replaced, current));
          }
          current = replaced;
        }
      }
    }
    return current;
  }
}
