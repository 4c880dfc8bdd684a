package dev.loupe.instrument.study;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * Which heads and MLPs matter, and by which path: each is given what it has in the same prompt with
 * 01 as YY (or the earliest year that there is), at every position (Hanna et al. 2023), and the
 * change of the probability difference is measured. Of the parts above it all are free, or
 * attention is held, or attention and MLPs are, at the values of the unchanged run; norms are free.
 */
final class ComponentPatching {
  private static final int PROMPTS = 32;

  private final Transformer model;
  private final YearTokens years;

  ComponentPatching(Transformer model, YearTokens years) {
    this.model = model;
    this.years = years;
  }

  /** Which way the change may go. */
  enum Path {
    /** Every way. */
    ALL,
    /** To the logits, straight or through later MLPs. */
    THROUGH_MLPS,
    /** Straight to the logits. */
    DIRECT
  }

  /**
   * A head, or the MLP of a layer.
   *
   * @param head -1 for the MLP
   */
  record Component(int layer, int head) {}

  /** All heads and MLPs, from the first layer up. */
  List<Component> components() {
    List<Component> all = new ArrayList<>();
    for (int layer = 0; layer < model.config().layers(); layer++) {
      for (int head = 0; head < model.config().heads(); head++) {
        all.add(new Component(layer, head));
      }
      all.add(new Component(layer, -1));
    }
    return all;
  }

  /**
   * The change of each prompt's probability difference by path, for each of {@link #components}.
   *
   * @param done hears how many runs of a batch are done
   */
  List<Map<Path, double[]>> run(List<YearPrompt> prompts, IntConsumer done) {
    List<Component> components = components();
    List<Map<Path, double[]>> changes = new ArrayList<>();
    for (int i = 0; i < components.size(); i++) {
      Map<Path, double[]> byPath = new EnumMap<>(Path.class);
      for (Path path : Path.values()) {
        byPath.put(path, new double[prompts.size()]);
      }
      changes.add(byPath);
    }
    int first = 0;
    int runs = 0;
    for (List<YearPrompt> batch : GroupAblation.batches(prompts, PROMPTS)) {
      try (Kept clean = new Kept();
          Kept dummy = new Kept();
          var _ = NativeScope.open()) {
        TokenBatch tokens = GroupAblation.tokens(batch);
        Tensor hidden =
            model.hidden(
                tokens, clean.keeping(model, Site.RESID_PRE, Site.ATTN_OUT, Site.MLP_OUT), null);
        List<YearTokens.Score> before = GroupAblation.scores(model, years, batch, hidden);
        TokenBatch other =
            TokenBatch.padded(batch.stream().map(YearPrompt::dummy).toList(), 0, true);
        model.hidden(other, dummy.keeping(model, Site.HEAD_MIX, Site.MLP_OUT), null);
        for (int c = 0; c < components.size(); c++) {
          for (Map.Entry<Path, double[]> way : changes.get(c).entrySet()) {
            try (var _ = NativeScope.open()) {
              List<YearTokens.Score> after =
                  patched(components.get(c), way.getKey(), clean, dummy, tokens, batch);
              for (int i = 0; i < batch.size(); i++) {
                way.getValue()[first + i] = after.get(i).difference() - before.get(i).difference();
              }
            }
            done.accept(++runs);
          }
        }
      }
      first += batch.size();
    }
    return changes;
  }

  /** How many runs of a batch {@link #run} takes. */
  int runs(int prompts) {
    return components().size() * Path.values().length * Math.ceilDiv(prompts, PROMPTS);
  }

  private List<YearTokens.Score> patched(
      Component component,
      Path path,
      Kept clean,
      Kept dummy,
      TokenBatch tokens,
      List<YearPrompt> batch) {
    int layer = component.layer();
    boolean isMlp = component.head() < 0;
    Tap mlp = new Tap(Site.MLP_OUT, layer);
    Hooks hooks;
    if (isMlp) {
      hooks = Hooks.replace(mlp, _ -> dummy.at(mlp));
    } else {
      Tap mix = new Tap(Site.HEAD_MIX, layer);
      hooks =
          Hooks.replace(
              mix,
              value -> {
                Tensor changed = value.copy();
                changed
                    .select(1, component.head())
                    .copyInPlace(dummy.at(mix).select(1, component.head()));
                return changed;
              });
      if (path == Path.DIRECT) {
        hooks = hooks.and(Hooks.replace(mlp, _ -> clean.at(mlp)));
      }
    }
    for (int above = layer + 1; above < model.config().layers(); above++) {
      Tap attention = new Tap(Site.ATTN_OUT, above);
      Tap later = new Tap(Site.MLP_OUT, above);
      if (path != Path.ALL) {
        hooks = hooks.and(Hooks.replace(attention, _ -> clean.at(attention)));
      }
      if (path == Path.DIRECT) {
        hooks = hooks.and(Hooks.replace(later, _ -> clean.at(later)));
      }
    }
    Tensor entering = clean.at(new Tap(Site.RESID_PRE, layer));
    return GroupAblation.scores(
        model, years, batch, model.onward(layer, entering, tokens, hooks, null));
  }

  /** Values of one run. Owns native memory. */
  private static final class Kept implements AutoCloseable {
    private final Map<Tap, Tensor> values = new HashMap<>();

    Hooks keeping(Transformer model, Site... sites) {
      Hooks hooks = Hooks.NONE;
      for (int layer = 0; layer < model.config().layers(); layer++) {
        for (Site site : sites) {
          Tap tap = new Tap(site, layer);
          hooks = hooks.and(Hooks.observe(tap, value -> values.put(tap, value.copy().retain())));
        }
      }
      return hooks;
    }

    Tensor at(Tap tap) {
      return Objects.requireNonNull(values.get(tap), () -> "the run did not keep " + tap);
    }

    @Override
    public void close() {
      values.values().forEach(Tensor::close);
    }
  }
}
