package dev.loupe.circuit;

import dev.loupe.job.KeptValues;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Runs of the real model in which some heads and MLPs follow the run and every other one puts out,
 * at every position, what it puts out in the corrupted twin's run. Token and position embeddings
 * stay the clean prompt's. A head's output is patched before the output projection.
 */
public final class ComponentRuns {
  /** Tokens run in one batch, which bounds memory. */
  private static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private KeptValues kept = KeptValues.NONE;
  private final List<Component> all;

  /** Runs of a model. */
  public ComponentRuns(Transformer model) {
    this.model = model;
    this.all = Component.all(model.config().layers(), model.config().heads());
  }

  /** The same, whose values are kept, a batch for each pair. */
  public ComponentRuns keptIn(KeptValues values) {
    kept = values;
    return this;
  }

  /** All heads and MLPs. */
  public List<Component> all() {
    return all;
  }

  /** All but one, for each in turn. */
  public List<Set<Component>> eachLeftOut() {
    return all.stream()
        .map(out -> Set.copyOf(all.stream().filter(each -> !each.equals(out)).toList()))
        .toList();
  }

  /**
   * The metric of circuits, {@code [circuit][pair]}.
   *
   * @param circuits what follows the run
   * @param done receives how many pairs are done
   * @throws dev.loupe.fault.LoupeException if a pair has no twin, or logits are not finite
   */
  public double[][] values(
      List<TokenPair> pairs,
      Metric metric,
      List<? extends Collection<Component>> circuits,
      LongConsumer done) {
    double[][] values = new double[circuits.size()][pairs.size()];
    for (int p = 0; p < pairs.size(); p++) {
      TokenPair pair = pairs.get(p);
      double[] found =
          kept.of(() -> named(pair, metric, circuits), () -> values(pair, metric, circuits));
      for (int i = 0; i < found.length; i++) {
        values[i][p] = found[i];
      }
      done.accept(p + 1L);
    }
    return values;
  }

  private double[] values(
      TokenPair pair, Metric metric, List<? extends Collection<Component>> circuits) {
    double[] values = new double[circuits.size()];
    try (Twin twin = new Twin(pair)) {
      double[] own = twin.logits(List.of(all)).getFirst();
      PromptRun.requireFinite(own);
      int atOnce = Math.max(1, TOKENS_AT_ONCE / pair.length());
      for (int from = 0; from < circuits.size(); from += atOnce) {
        List<? extends Collection<Component>> some =
            circuits.subList(from, Math.min(circuits.size(), from + atOnce));
        List<double[]> logits = twin.logits(some);
        for (int i = 0; i < logits.size(); i++) {
          values[from + i] = metric.value(logits.get(i), pair, own);
        }
      }
    }
    return values;
  }

  /** Sets are written in one order, whatever the order in which they give their parts. */
  private static String named(
      TokenPair pair, Metric metric, List<? extends Collection<Component>> circuits) {
    return "heads and MLPs "
        + pair
        + metric
        + circuits.stream()
            .map(each -> each.stream().map(Component::toString).sorted().toList())
            .toList();
  }

  /** A pair, with what heads and MLPs put out in the twin's run. */
  private final class Twin implements AutoCloseable {
    private final TokenPair pair;

    /** By place: {@code [1, n_heads, pos, d_head]} or {@code [1, pos, d_model]}. */
    private final Map<Tap, Tensor> outputs = new HashMap<>();

    Twin(TokenPair pair) {
      this.pair = pair;
      Hooks hooks = Hooks.NONE;
      for (int layer = 0; layer < model.config().layers(); layer++) {
        for (Tap tap : places(layer)) {
          hooks = hooks.and(Hooks.observe(tap, value -> outputs.put(tap, value.copy().retain())));
        }
      }
      try (var _ = NativeScope.open()) {
        model.observe(TokenBatch.of(pair.twin()), hooks);
      } catch (RuntimeException | Error e) {
        close(); // a run may be stopped between two layers
        throw e;
      }
    }

    private List<Tap> places(int layer) {
      return List.of(new Tap(Site.HEAD_MIX, layer), new Tap(Site.MLP_OUT, layer));
    }

    List<double[]> logits(List<? extends Collection<Component>> circuits) {
      int rows = circuits.size();
      Hooks hooks = Hooks.NONE;
      for (int layer = 0; layer < model.config().layers(); layer++) {
        for (Tap tap : places(layer)) {
          double[] kept = kept(tap, circuits);
          hooks =
              hooks.and(
                  Hooks.replace(
                      tap,
                      value -> {
                        Tensor other = Objects.requireNonNull(outputs.get(tap));
                        long[] shape = new long[value.rank()];
                        Arrays.fill(shape, 1);
                        shape[0] = rows;
                        if (tap.site() == Site.HEAD_MIX) {
                          shape[1] = kept.length / rows;
                        }
                        Tensor share = Tensor.of(kept, shape).to(value.dtype());
                        return other.plus(value.minus(other).times(share));
                      }));
        }
      }
      try (var _ = NativeScope.open()) {
        TokenBatch tokens =
            TokenBatch.of(Collections.nCopies(rows, pair.clean()).toArray(int[][]::new));
        Tensor hidden = model.hidden(tokens, hooks, null);
        double[] flat =
            model.unembed(hidden.slice(1, pair.length() - 1L, pair.length())).toDoubles();
        int width = flat.length / rows;
        List<double[]> logits = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
          logits.add(Arrays.copyOfRange(flat, row * width, (row + 1) * width));
        }
        return logits;
      }
    }

    /** 1 for each row, and head, that follows the run. */
    private double[] kept(Tap tap, List<? extends Collection<Component>> circuits) {
      boolean isMlp = tap.site() == Site.MLP_OUT;
      int each = isMlp ? 1 : model.config().heads();
      double[] kept = new double[circuits.size() * each];
      for (int i = 0; i < kept.length; i++) {
        Component component =
            isMlp ? Component.mlp(tap.layer()) : new Component(tap.layer(), i % each);
        kept[i] = circuits.get(i / each).contains(component) ? 1 : 0;
      }
      return kept;
    }

    @Override
    public void close() {
      outputs.values().forEach(Tensor::close);
    }
  }
}
