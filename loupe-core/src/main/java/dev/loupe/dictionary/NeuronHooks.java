package dev.loupe.dictionary;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Interventions on the model's own MLP neurons, where they are: at {@link Site#MLP_POST}, before
 * they write. So they serve families that norm the MLP's output too, whose neurons have no fixed
 * direction.
 */
public final class NeuronHooks {
  private NeuronHooks() {}

  /**
   * Changes in a batch, with nothing frozen.
   *
   * @param rows the changes of each row of the batch; positions count from the first token of the
   *     run, padding included
   */
  public static Hooks each(List<List<FeatureChange>> rows) {
    Map<Integer, Integer> counts = new TreeMap<>();
    rows.forEach(row -> row.forEach(change -> counts.merge(change.layer(), 1, Integer::sum)));
    Hooks hooks = Hooks.NONE;
    for (int layer : counts.keySet()) {
      hooks =
          hooks.and(
              Hooks.replace(new Tap(Site.MLP_POST, layer), post -> changed(post, layer, rows)));
    }
    return hooks;
  }

  private static Tensor changed(Tensor post, int layer, List<List<FeatureChange>> rows) {
    int positions = post.size(1);
    int units = post.size(2);
    Map<Integer, FeatureChange> places = new TreeMap<>();
    for (int row = 0; row < rows.size(); row++) {
      for (FeatureChange change : rows.get(row)) {
        if (change.layer() == layer) {
          int last = change.position().orElse(positions - 1);
          for (int position = change.position().orElse(0); position <= last; position++) {
            places.put((row * positions + position) * units + change.feature(), change);
          }
        }
      }
    }
    Tensor changed = post.copy();
    try (var _ = NativeScope.open()) {
      Tensor flat = changed.reshape(changed.count());
      Tensor indices =
          Tensor.indices(places.keySet().stream().mapToInt(Integer::intValue).toArray());
      double[] deltas = flat.indexSelect(0, indices).toDoubles();
      int at = 0;
      for (FeatureChange change : places.values()) {
        deltas[at] = change.from(deltas[at]);
        at++;
      }
      flat.scatterPlusInPlace(0, indices, Tensor.of(deltas, deltas.length).to(flat.dtype()));
    }
    return changed;
  }
}
