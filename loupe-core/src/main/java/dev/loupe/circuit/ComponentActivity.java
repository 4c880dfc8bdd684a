package dev.loupe.circuit;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What heads and MLPs do on some texts, in numbers that models of other widths share: where a head
 * attends, each query's probability of each key up to itself; how much an MLP adds, the length of
 * its output at each position.
 */
public final class ComponentActivity {
  private ComponentActivity() {}

  /** By component, {@code [text][entry]}. */
  public static Map<Component, double[][]> of(Transformer model, List<int[]> texts) {
    Map<Component, List<double[]>> found = new HashMap<>();
    int heads = model.config().heads();
    for (int[] text : texts) {
      Hooks hooks = Hooks.NONE;
      for (int layer = 0; layer < model.config().layers(); layer++) {
        int of = layer;
        hooks =
            hooks
                .and(
                    Hooks.observe(
                        new Tap(Site.ATTN_PATTERN, layer),
                        pattern -> {
                          float[] all = pattern.toFloats();
                          for (int head = 0; head < heads; head++) {
                            add(found, new Component(of, head), pattern(all, head, text.length));
                          }
                        }))
                .and(
                    Hooks.observe(
                        new Tap(Site.MLP_OUT, layer),
                        out ->
                            add(
                                found,
                                Component.mlp(of),
                                out.select(0, 0).square().sum(false, 1).sqrt().toDoubles())));
      }
      try (var _ = NativeScope.open()) {
        model.observe(TokenBatch.of(text), hooks);
      }
    }
    Map<Component, double[][]> activity = new HashMap<>();
    found.forEach((component, each) -> activity.put(component, each.toArray(double[][]::new)));
    return activity;
  }

  private static void add(
      Map<Component, List<double[]>> found, Component component, double[] entries) {
    found.computeIfAbsent(component, _ -> new ArrayList<>()).add(entries);
  }

  /** A head's lower triangle without the first row, which is always 1. */
  private static double[] pattern(float[] all, int head, int length) {
    double[] entries = new double[length * (length + 1) / 2 - 1];
    int at = 0;
    for (int query = 1; query < length; query++) {
      for (int key = 0; key <= query; key++) {
        entries[at] = all[(head * length + query) * length + key];
        at++;
      }
    }
    return entries;
  }
}
