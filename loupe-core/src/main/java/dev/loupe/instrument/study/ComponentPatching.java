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
 * Which heads and MLPs matter, and by which path: each is patched with its output in the same
 * prompt with 01 as YY (or the earliest year in the vocabulary), at every position (Hanna et al.
 * 2023), and the change of the probability difference is measured. Of the later components all are
 * free, or attention is frozen, or attention and MLPs are, at the values of the unchanged run;
 * norms are free.
 */
final class ComponentPatching {
  private static final int PROMPTS = 32;

  private final Transformer model;
  private final YearTokens years;

  ComponentPatching(Transformer model, YearTokens years) {
    this.model = model;
    this.years = years;
  }

  /** Which paths the change may take. */
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
   * @param done receives how many parts of a batch are done
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
          Component component = components.get(c);
          Map<Path, double[]> byPath = changes.get(c);
          try (Kept patched = new Kept();
              var _ = NativeScope.open()) {
            for (Map.Entry<Path, double[]> way : byPath.entrySet()) {
              Tensor out =
                  way.getKey() == Path.ALL
                      ? all(component, clean, dummy, patched, tokens)
                      : held(component, way.getKey() == Path.DIRECT, clean, dummy, patched, batch);
              List<YearTokens.Score> after = GroupAblation.scores(model, years, batch, out);
              for (int i = 0; i < batch.size(); i++) {
                way.getValue()[first + i] = after.get(i).difference() - before.get(i).difference();
              }
            }
          }
          done.accept(++runs);
        }
      }
      first += batch.size();
    }
    return changes;
  }

  /** How many parts of a batch {@link #run} patches. */
  int runs(int prompts) {
    return components().size() * Math.ceilDiv(prompts, PROMPTS);
  }

  /** The run with a part patched, from its layer on; keeps what attention then adds there. */
  private Tensor all(Component component, Kept clean, Kept dummy, Kept patched, TokenBatch tokens) {
    int layer = component.layer();
    Tap place = new Tap(component.head() < 0 ? Site.MLP_OUT : Site.HEAD_MIX, layer);
    Hooks patch =
        Hooks.replace(
            place,
            value -> {
              if (component.head() < 0) {
                return dummy.at(place);
              }
              Tensor changed = value.copy();
              changed
                  .select(1, component.head())
                  .copyInPlace(dummy.at(place).select(1, component.head()));
              return changed;
            });
    Hooks hooks = patch.and(patched.keeping(new Tap(Site.ATTN_OUT, layer)));
    return model.onward(layer, clean.at(new Tap(Site.RESID_PRE, layer)), tokens, hooks, null);
  }

  /**
   * The run with a part patched and attention above held, for which the last position is enough:
   * nothing else reaches it.
   *
   * @param isDirect whether MLPs above are held too
   */
  private Tensor held(
      Component component,
      boolean isDirect,
      Kept clean,
      Kept dummy,
      Kept patched,
      List<YearPrompt> batch) {
    int layer = component.layer();
    boolean isMlp = component.head() < 0;
    Hooks hooks = Hooks.NONE;
    for (int at = layer; at < model.config().layers(); at++) {
      Tap attention = new Tap(Site.ATTN_OUT, at);
      Tap mlp = new Tap(Site.MLP_OUT, at);
      Kept from = at == layer ? patched : clean;
      hooks = hooks.and(Hooks.replace(attention, _ -> from.atEnd(attention)));
      if (at == layer && isMlp) {
        hooks = hooks.and(Hooks.replace(mlp, _ -> dummy.atEnd(mlp)));
      } else if (isDirect) {
        hooks = hooks.and(Hooks.replace(mlp, _ -> clean.atEnd(mlp)));
      }
    }
    TokenBatch last =
        TokenBatch.of(
            batch.stream()
                .map(prompt -> new int[] {prompt.ids()[prompt.end()]})
                .toArray(int[][]::new));
    Tensor entering = clean.atEnd(new Tap(Site.RESID_PRE, layer));
    return model.onward(layer, entering, last, hooks, null);
  }

  /** Values of one run. Owns native memory. */
  private static final class Kept implements AutoCloseable {
    private final Map<Tap, Tensor> values = new HashMap<>();

    Hooks keeping(Transformer model, Site... sites) {
      Hooks hooks = Hooks.NONE;
      for (int layer = 0; layer < model.config().layers(); layer++) {
        for (Site site : sites) {
          hooks = hooks.and(keeping(new Tap(site, layer)));
        }
      }
      return hooks;
    }

    Hooks keeping(Tap tap) {
      return Hooks.observe(tap, value -> values.put(tap, value.copy().retain()));
    }

    /** The last position of what is kept, {@code [batch, 1, d_model]}. */
    Tensor atEnd(Tap tap) {
      Tensor value = at(tap);
      return value.slice(1, value.size(1) - 1L, value.size(1));
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
