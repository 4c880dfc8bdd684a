package dev.loupe.model.run;

import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Gradients of a scalar by what stands at places of a run. */
public final class TapGradients {
  private TapGradients() {}

  /**
   * One run forth and back.
   *
   * @param places by which gradients are wanted
   * @param forthAndBack runs with these hooks, and back from a scalar
   * @param kept of each gradient {@code [batch, pos, width]}
   * @return by place; retained, the caller closes them
   */
  public static Map<Tap, Tensor> of(
      Set<Tap> places, Consumer<Hooks> forthAndBack, UnaryOperator<Tensor> kept) {
    Map<Tap, Tensor> added = new LinkedHashMap<>();
    Map<Tap, Tensor> found = new LinkedHashMap<>();
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      Hooks hooks = Hooks.NONE;
      for (Tap place : places) {
        hooks =
            hooks.and(
                Hooks.replace(
                    place,
                    value -> {
                      Tensor nothing =
                          Tensor.zeros(value.dtype(), value.shape()).requiringGradient();
                      added.put(place, nothing.retain());
                      return value.plus(nothing);
                    }));
      }
      forthAndBack.accept(hooks);
      added.forEach((place, nothing) -> found.put(place, kept.apply(nothing.gradient()).retain()));
      whole = true;
      return found;
    } finally {
      added.values().forEach(Tensor::close);
      if (!whole) {
        found.values().forEach(Tensor::close);
      }
    }
  }
}
