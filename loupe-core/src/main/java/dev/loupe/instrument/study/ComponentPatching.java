package dev.loupe.instrument.study;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.run.Recording;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
  private static final Tap HIDDEN = Tap.of(Site.FINAL_HIDDEN);

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
      TokenBatch tokens = GroupAblation.tokens(batch);
      TokenBatch other = TokenBatch.padded(batch.stream().map(YearPrompt::dummy).toList(), 0, true);
      try (Recording clean = recorded(tokens, Site.RESID_PRE, Site.ATTN_OUT, Site.MLP_OUT);
          Recording dummy = recorded(other, Site.HEAD_MIX, Site.MLP_OUT);
          var _ = NativeScope.open()) {
        List<YearTokens.Score> before = GroupAblation.scores(model, years, batch, clean.at(HIDDEN));
        for (int c = 0; c < components.size(); c++) {
          Component component = components.get(c);
          try (Recording patched = patched(component, clean, dummy, tokens);
              var _ = NativeScope.open()) {
            for (Map.Entry<Path, double[]> way : changes.get(c).entrySet()) {
              Tensor out =
                  way.getKey() == Path.ALL
                      ? patched.at(HIDDEN)
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

  /** What stands at these sites of all layers, and the input of the unembedding. */
  private Recording recorded(TokenBatch tokens, Site... sites) {
    List<Tap> taps = new ArrayList<>(List.of(HIDDEN));
    for (int layer = 0; layer < model.config().layers(); layer++) {
      for (Site site : sites) {
        taps.add(new Tap(site, layer));
      }
    }
    return Recording.ofBatch(taps, hooks -> model.hidden(tokens, hooks, null));
  }

  /**
   * The run with a part patched, from its layer on: what attention then adds there, and the input
   * of the unembedding.
   */
  private Recording patched(
      Component component, Recording clean, Recording dummy, TokenBatch tokens) {
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
    Tensor entering = clean.at(new Tap(Site.RESID_PRE, layer));
    return Recording.ofBatch(
        List.of(new Tap(Site.ATTN_OUT, layer), HIDDEN),
        hooks -> model.onward(layer, entering, tokens, patch.and(hooks), null));
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
      Recording clean,
      Recording dummy,
      Recording patched,
      List<YearPrompt> batch) {
    int layer = component.layer();
    boolean isMlp = component.head() < 0;
    Hooks hooks = Hooks.NONE;
    for (int at = layer; at < model.config().layers(); at++) {
      Tap attention = new Tap(Site.ATTN_OUT, at);
      Tap mlp = new Tap(Site.MLP_OUT, at);
      Recording from = at == layer ? patched : clean;
      hooks = hooks.and(Hooks.replace(attention, _ -> atEnd(from, attention)));
      if (at == layer && isMlp) {
        hooks = hooks.and(Hooks.replace(mlp, _ -> atEnd(dummy, mlp)));
      } else if (isDirect) {
        hooks = hooks.and(Hooks.replace(mlp, _ -> atEnd(clean, mlp)));
      }
    }
    TokenBatch last =
        TokenBatch.of(
            batch.stream()
                .map(prompt -> new int[] {prompt.ids()[prompt.end()]})
                .toArray(int[][]::new));
    Tensor entering = atEnd(clean, new Tap(Site.RESID_PRE, layer));
    return model.onward(layer, entering, last, hooks, null);
  }

  /** The last position, {@code [batch, 1, d_model]}. */
  private static Tensor atEnd(Recording run, Tap tap) {
    Tensor value = run.at(tap);
    return value.slice(1, value.size(1) - 1L, value.size(1));
  }
}
