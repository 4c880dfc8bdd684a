package dev.loupe.circuit;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.TapGradients;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Edges between heads and MLPs, to first order: what the metric changes when one reader alone gets
 * one source's output from the corrupted twin's run, (z̃ − z) · ∂m/∂(the reader's input before its
 * norm), summed over positions. The gradient is the clean run's (EAP, Syed et al. 2023) or averaged
 * along the inputs (EAP-IG-inputs, Hanna et al. 2024). Biases of attention and positions are
 * nobody's; a positive value means that the edge hurts.
 */
public final class ComponentEdges {
  private static final List<Site> INPUTS = List.of(Site.QUERY, Site.KEY, Site.VALUE);

  private final Transformer model;
  private final int layers;
  private final int heads;
  private final boolean isSerial;
  private final List<Optional<Component>> sources = new ArrayList<>();
  private final List<Reader> readers = new ArrayList<>();
  private final List<Edge> edges = new ArrayList<>();

  /**
   * What takes in a sum of outputs.
   *
   * @param component a head or MLP; empty for the logits
   * @param port {@code q}, {@code k} or {@code v} of a head, else empty
   */
  public record Reader(Optional<Component> component, String port) {
    @Override
    public String toString() {
      return component
          .map(each -> port.isEmpty() ? each.toString() : each + "<" + port + ">")
          .orElse("logits");
    }
  }

  /**
   * An edge.
   *
   * @param source a head or MLP; empty for the token embeddings
   */
  public record Edge(Optional<Component> source, Reader reader) {
    @Override
    public String toString() {
      return source.map(Component::toString).orElse("input") + "->" + reader;
    }
  }

  /**
   * Edges of a model.
   *
   * @throws LoupeException if the model norms what attention or an MLP adds, so that readers do not
   *     get a sum of outputs
   */
  public ComponentEdges(Transformer model) {
    this.model = model;
    this.layers = model.config().layers();
    this.heads = model.config().heads();
    this.isSerial = model.has(Site.RESID_MID);
    if (!suits(model)) {
      throw LoupeException.badInput(
          "this model norms what attention and MLPs add to the stream",
          "Edges between heads are worked out for models whose stream is the sum of outputs.");
    }
    sources.add(Optional.empty());
    Component.all(layers, heads).forEach(each -> sources.add(Optional.of(each)));
    for (int layer = 0; layer < layers; layer++) {
      for (String port : List.of("q", "k", "v")) {
        for (int head = 0; head < heads; head++) {
          readers.add(new Reader(Optional.of(new Component(layer, head)), port));
        }
      }
      readers.add(new Reader(Optional.of(Component.mlp(layer)), ""));
    }
    readers.add(new Reader(Optional.empty(), ""));
    for (Optional<Component> source : sources) {
      readers.stream()
          .filter(reader -> isBefore(source, reader.component()))
          .forEach(reader -> edges.add(new Edge(source, reader)));
    }
  }

  /** Whether what each part of a model adds reaches the stream as it is. */
  public static boolean suits(Transformer model) {
    return Stream.of(
            Site.ATTN_POST_NORM_SCALE,
            Site.RESID_MID_NORM_SCALE,
            Site.MLP_POST_NORM_SCALE,
            Site.RESID_POST_NORM_SCALE)
        .noneMatch(model::has);
  }

  private boolean isBefore(Optional<Component> source, Optional<Component> reader) {
    if (source.isEmpty() || reader.isEmpty()) {
      return true;
    }
    int from = source.get().layer();
    int to = reader.get().layer();
    boolean isWithin = isSerial && !source.get().isMlp() && reader.get().isMlp();
    return from < to || (from == to && isWithin);
  }

  /** All edges, by source and then by reader, in the order of the blocks. */
  public List<Edge> edges() {
    return edges;
  }

  /**
   * Effects of a pair, in the order of {@link #edges}.
   *
   * @param steps 0 for the clean run's gradients; else gradients are averaged over inputs k/N of
   *     the way from the twin's embeddings to the clean prompt's, k = 0 … N − 1
   * @throws LoupeException if the pair has no twin
   */
  public double[] effects(TokenPair pair, Metric metric, int steps) {
    TokenBatch clean = TokenBatch.of(pair.clean());
    try (var _ = NativeScope.open()) {
      Tensor from = model.embed(TokenBatch.of(pair.twin()));
      Tensor to = model.embed(clean);
      double[] own = last(model.hidden(to, clean, Hooks.NONE, null)).toDoubles();
      Tensor change = outputs(pair.twin()).minus(outputs(pair.clean()));
      Tensor gradient = gradients(steps == 0 ? to : from, pair, metric, own);
      for (int k = 1; k < steps; k++) {
        Tensor point = from.plus(to.minus(from).times((double) k / steps));
        gradient = gradient.plus(gradients(point, pair, metric, own));
      }
      double[] all =
          change.matmul(gradient.transpose(0, 1)).times(1.0 / Math.max(1, steps)).toDoubles();
      double[] effects = new double[edges.size()];
      for (int i = 0; i < effects.length; i++) {
        int row = sources.indexOf(edges.get(i).source());
        effects[i] = all[row * readers.size() + readers.indexOf(edges.get(i).reader())];
      }
      return effects;
    }
  }

  private Tensor last(Tensor hidden) {
    return model.unembed(hidden.slice(1, hidden.size(1) - 1L, hidden.size(1)));
  }

  /** What each source puts out: {@code [source, pos · d_model]}. */
  private Tensor outputs(int[] ids) {
    TokenBatch tokens = TokenBatch.of(ids);
    List<Tensor> rows = new ArrayList<>();
    Tensor embedded = model.embed(tokens);
    rows.add(embedded.reshape(1, embedded.count()));
    Map<Tap, Tensor> seen = new HashMap<>();
    Hooks hooks = Hooks.NONE;
    for (int layer = 0; layer < layers; layer++) {
      for (Site site : List.of(Site.HEAD_OUT, Site.MLP_OUT)) {
        hooks = hooks.and(reading(new Tap(site, layer), seen));
      }
    }
    try {
      model.observe(tokens, hooks);
      for (int layer = 0; layer < layers; layer++) {
        Tensor out = at(seen, Site.HEAD_OUT, layer);
        rows.add(out.reshape(heads, embedded.count()).copy());
        rows.add(at(seen, Site.MLP_OUT, layer).reshape(1, embedded.count()).copy());
      }
      return Tensor.cat(rows, 0);
    } finally {
      seen.values().forEach(Tensor::close);
    }
  }

  private static Hooks reading(Tap tap, Map<Tap, Tensor> seen) {
    return Hooks.observe(tap, value -> seen.put(tap, value.contiguous().copy().retain()));
  }

  private static Tensor at(Map<Tap, Tensor> seen, Site site, int layer) {
    return Objects.requireNonNull(seen.get(new Tap(site, layer)), () -> "nothing at " + site);
  }

  /** The metric's gradient by what each reader takes in: {@code [reader, pos · d_model]}. */
  private Tensor gradients(Tensor entering, TokenPair pair, Metric metric, double[] own) {
    TokenBatch tokens = TokenBatch.of(pair.clean());
    Map<Tap, Tensor> seen = new HashMap<>();
    Map<Tap, Tensor> slopes = new HashMap<>();
    Hooks reading = Hooks.NONE;
    Set<Tap> places = new LinkedHashSet<>();
    for (int layer = 0; layer < layers; layer++) {
      for (Site site : INPUTS) {
        reading = reading.and(reading(new Tap(site, layer), seen));
      }
      reading = reading.and(reading(new Tap(Site.RESID_PRE, layer), seen));
      if (isSerial) {
        reading = reading.and(reading(new Tap(Site.RESID_MID, layer), seen));
      }
      places.add(new Tap(Site.HEAD_MIX, layer));
      places.add(new Tap(Site.MLP_OUT, layer));
    }
    places.add(new Tap(Site.RESID_POST, layers - 1));
    try {
      model.hidden(entering, tokens, reading, null);
      slopes.putAll(
          TapGradients.of(
              places,
              hooks -> {
                Tensor logits = last(model.hidden(entering, tokens, hooks, null));
                double[] slope = metric.slope(logits.toDoubles(), pair, own);
                logits.times(Tensor.of(slope, logits.shape()).to(logits.dtype())).sum().backward();
              },
              Tensor::copy));
      List<Tensor> rows = new ArrayList<>();
      for (int layer = 0; layer < layers; layer++) {
        rows.add(ofHeads(layer, pair, seen, at(slopes, Site.HEAD_MIX, layer)));
        rows.add(ofMlp(layer, pair, seen, at(slopes, Site.MLP_OUT, layer)));
      }
      Tensor end = at(slopes, Site.RESID_POST, layers - 1);
      rows.add(end.reshape(1, end.count()));
      return Tensor.cat(rows, 0);
    } finally {
      seen.values().forEach(Tensor::close);
      slopes.values().forEach(Tensor::close);
    }
  }

  /**
   * Queries of all heads, keys, values: {@code [3 · n_heads, pos · d_model]}. Each row's stream is
   * a leaf of its own, of which one input of one head alone follows.
   */
  private Tensor ofHeads(int layer, TokenPair pair, Map<Tap, Tensor> seen, Tensor slope) {
    int rows = INPUTS.size() * heads;
    Tensor leaf = copies(at(seen, Site.RESID_PRE, layer), rows);
    double[] ofHead = new double[rows * heads];
    Hooks hooks = Hooks.NONE;
    for (int input = 0; input < INPUTS.size(); input++) {
      double[] follows = new double[rows];
      for (int head = 0; head < heads; head++) {
        follows[input * heads + head] = 1;
        ofHead[(input * heads + head) * heads + head] = 1;
      }
      Tap tap = new Tap(INPUTS.get(input), layer);
      Tensor own = at(seen, tap.site(), layer);
      hooks =
          hooks.and(
              Hooks.replace(
                  tap,
                  value ->
                      own.plus(
                          value
                              .minus(own)
                              .times(Tensor.of(follows, rows, 1, 1, 1).to(value.dtype())))));
    }
    Tensor mask = Tensor.of(ofHead, rows, heads, 1, 1).to(slope.dtype());
    Tap mix = new Tap(Site.HEAD_MIX, layer);
    back(layer, leaf, pair, hooks, mix, slope.times(mask));
    return leaf.gradient().reshape(rows, leaf.count() / rows);
  }

  /** {@code [1, pos · d_model]}. */
  private Tensor ofMlp(int layer, TokenPair pair, Map<Tap, Tensor> seen, Tensor slope) {
    Tensor leaf = copies(at(seen, isSerial ? Site.RESID_MID : Site.RESID_PRE, layer), 1);
    Hooks hooks = isSerial ? Hooks.replace(new Tap(Site.RESID_MID, layer), _ -> leaf) : Hooks.NONE;
    Tensor entering = isSerial ? at(seen, Site.RESID_PRE, layer) : leaf;
    back(layer, entering, pair, hooks, new Tap(Site.MLP_OUT, layer), slope);
    return leaf.gradient().reshape(1, leaf.count());
  }

  /** Runs a layer, and back from the sum of what stands at a place times its slope. */
  private void back(
      int layer, Tensor entering, TokenPair pair, Hooks hooks, Tap place, Tensor slope) {
    Map<Tap, Tensor> found = new HashMap<>();
    Hooks watching = Hooks.observe(place, value -> found.put(place, value.retain()));
    try {
      boolean withMlp = place.site() == Site.MLP_OUT;
      model.observe(layer, entering, copies(pair, entering.size(0)), hooks.and(watching), withMlp);
      at(found, place.site(), layer).times(slope).sum().backward();
    } finally {
      found.values().forEach(Tensor::close);
    }
  }

  private static Tensor copies(Tensor value, int rows) {
    long[] shape = value.shape().clone();
    shape[0] = rows;
    return value.expand(shape).contiguous().copy().requiringGradient();
  }

  private static TokenBatch copies(TokenPair pair, int rows) {
    return TokenBatch.of(Collections.nCopies(rows, pair.clean()).toArray(int[][]::new));
  }
}
