package dev.loupe.model.run;

import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What one forward pass had at the places that were asked for. Owns native memory, and has given it
 * back when the pass throws.
 *
 * <pre>{@code
 * try (Recording run = Recording.of(taps, hooks -> model.observe(TokenBatch.of(ids), hooks))) {
 *   Tensor entering = run.at(new Tap(Site.RESID_PRE, 3));   // [pos, d_model]
 * }
 * }</pre>
 */
public final class Recording implements AutoCloseable {
  private final Map<Tap, Tensor> kept = new HashMap<>();

  private Recording() {}

  /**
   * Records the pass of one sequence.
   *
   * @param taps where; a place that the model lacks is left out
   * @param pass runs the model with the hooks that it is given
   * @return values as {@link dev.loupe.model.Site} has them, without the batch axis
   */
  public static Recording of(Collection<Tap> taps, Consumer<Hooks> pass) {
    return of(taps, pass, value -> value.select(0, 0));
  }

  /** As {@link #of}, of a batch: values keep their batch axis. */
  public static Recording ofBatch(Collection<Tap> taps, Consumer<Hooks> pass) {
    return of(taps, pass, UnaryOperator.identity());
  }

  private static Recording of(
      Collection<Tap> taps, Consumer<Hooks> pass, UnaryOperator<Tensor> part) {
    Recording recording = new Recording();
    Hooks hooks = Hooks.NONE;
    for (Tap tap : Set.copyOf(taps)) {
      hooks = hooks.and(Hooks.observe(tap, value -> recording.keep(tap, part.apply(value))));
    }
    Hooks all = hooks;
    return recording.filledBy(() -> pass.accept(all));
  }

  /** Another recording of the same places, whose values are made of this one's. */
  Recording map(BiFunction<Tap, Tensor, Tensor> part) {
    Recording other = new Recording();
    return other.filledBy(
        () -> kept.forEach((tap, value) -> other.keep(tap, part.apply(tap, value))));
  }

  private Recording filledBy(Runnable filling) {
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      filling.run();
      whole = true;
      return this;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  private void keep(Tap tap, Tensor value) {
    kept.put(tap, value.contiguous().retain());
  }

  /**
   * What stood at a place.
   *
   * @throws IllegalStateException if the place was not asked for, or the pass never came there
   */
  public Tensor at(Tap tap) {
    Tensor value = kept.get(tap);
    if (value == null) {
      throw new IllegalStateException("the run did not keep " + tap);
    }
    return value;
  }

  /** What stood at a place, null if it was not asked for or the pass never came there. */
  public @Nullable Tensor find(Tap tap) {
    return kept.get(tap);
  }

  /** The places that hold something. */
  public Set<Tap> taps() {
    return Set.copyOf(kept.keySet());
  }

  @Override
  public void close() {
    kept.values().forEach(Tensor::close);
    kept.clear();
  }
}
