package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.UnchangedRun;
import dev.loupe.instrument.study.YearGraph.LayerEdges;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Attributions compared with the model: ablating a feature with all else held fixed changes the
 * logits of the years by minus its edges.
 */
final class EdgeTest {
  /**
   * Gap relative to the largest logit of a year: the same float32 sums by other operations of the
   * engine.
   */
  private static final double TOLERANCE = 1e-4;

  private static final int FEATURES = 8;

  private final Transformer model;
  private final FeatureBasis basis;
  private final YearTokens tokens;

  EdgeTest(Transformer model, FeatureBasis basis, YearTokens tokens) {
    this.model = model;
    this.basis = basis;
    this.tokens = tokens;
  }

  /**
   * Checks the features with the largest edges of a prompt.
   *
   * @param edges of the prompt; of a basis on the stream the last layer's, since in a run that
   *     holds it earlier layers reach nothing
   */
  Evidence check(YearPrompt prompt, List<LayerEdges> edges, int[] years) {
    record Tested(LayerEdges layer, int index) {}
    List<Tested> tested = new ArrayList<>();
    for (LayerEdges layer : edges) {
      if (isReached(layer.layer())) {
        for (int i = 0; i < layer.features().length; i++) {
          tested.add(new Tested(layer, i));
        }
      }
    }
    tested.sort(
        Comparator.comparingDouble(each ->
            -Math.abs(each.layer().values()[each.index()])
                * FeatureRanking.spread(each.layer().perUnit()[each.index()])));
    List<Tested> checked = tested.subList(0, Math.min(FEATURES, tested.size()));
    double gap = 0;
    double largest = Double.MIN_NORMAL;
    try (var _ = NativeScope.open();
        UnchangedRun unchanged = UnchangedRun.of(model, basis, Freezing.DIRECT, prompt.ids())) {
      double[] before = logits(prompt, List.of(), unchanged, years);
      for (double logit : before) {
        largest = Math.max(largest, Math.abs(logit));
      }
      for (Tested each : checked) {
        FeatureChange change =
            FeatureChange.at(
                each.layer().layer(),
                prompt.end(),
                each.layer().features()[each.index()],
                new FeatureChange.Action.Set(0));
        double[] after = logits(prompt, List.of(change), unchanged, years);
        for (int year = 0; year < years.length; year++) {
          double measured = before[year] - after[year];
          gap = Math.max(gap, Math.abs(measured - each.layer().edge(each.index(), year)));
        }
      }
    }
    return Evidence.atMost(
        TOLERANCE,
        "Ablating one feature with all else held fixed changes the years' logits by its attribution",
        Support.INTERVENED,
        Estimate.exactly(
            gap / largest,
            "largest gap relative to the largest logit, " + checked.size() + " features"),
        "");
  }

  private boolean isReached(int layer) {
    return switch (basis.writes(layer).getFirst().site()) {
      case RESID_PRE, RESID_MID, RESID_POST -> layer == basis.layers().getLast();
      default -> true;
    };
  }

  /** The logits of the years less the mean of all. */
  private double[] logits(
      YearPrompt prompt, List<FeatureChange> changes, UnchangedRun unchanged, int[] years) {
    try (var _ = NativeScope.open()) {
      Hooks hooks = FeatureHooks.of(model, basis, List.of(changes), Freezing.DIRECT, unchanged);
      Tensor hidden = model.hidden(TokenBatch.of(prompt.ids()), hooks, null).select(0, 0);
      Tensor last = hidden.slice(0, prompt.end(), prompt.end() + 1L);
      // Before any cap, as attributions are.
      double[] all = model.unembedUncapped(last).toDoubles();
      double mean = 0;
      for (double logit : all) {
        mean += logit / all.length;
      }
      double[] chosen = new double[years.length];
      for (int i = 0; i < years.length; i++) {
        chosen[i] = all[tokens.id(years[i])] - mean;
      }
      return chosen;
    }
  }
}
