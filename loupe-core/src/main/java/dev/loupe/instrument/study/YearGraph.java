package dev.loupe.instrument.study;

import static java.util.Objects.requireNonNull;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.run.BlockWalk;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.model.run.Held;
import dev.loupe.model.run.Recording;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The part of a prompt's attribution graph (Ameisen et al. 2025) that the study needs: the edges
 * from the features at the last position to the logits of the years, and what reaches those
 * features from the position of YY. Attention patterns and norm denominators are held, and so is
 * what the basis replaces; an MLP that no feature replaces passes on with its neurons' gains.
 * Unlike in a graph, a basis on the stream does not block its own earlier layers.
 */
final class YearGraph implements AutoCloseable {
  private final Transformer model;
  private final FeatureBasis basis;
  private final Set<Tap> also = new LinkedHashSet<>();
  private final int[] years;
  private final Tensor directions;

  /**
   * Graphs of a model in a basis.
   *
   * @throws LoupeException if the basis writes elsewhere than to the stream
   */
  YearGraph(Transformer model, FeatureBasis basis, YearTokens tokens) {
    this.model = model;
    this.basis = basis;
    for (int layer : basis.layers()) {
      for (Tap target : basis.writes(layer)) {
        if (!Place.STREAM.contains(target.site())) {
          throw LoupeException.badInput(
              "the study cannot follow a dictionary that writes to " + Place.name(target),
              "Choose a transcoder, or an SAE on the stream, on what attention adds or on what the"
                  + " MLP adds.");
        }
      }
    }
    also.addAll(LocalReplacement.taps(basis));
    for (int layer = 0; layer < model.config().layers(); layer++) {
      also.add(new Tap(Site.ATTN_PATTERN, layer));
    }
    this.years =
        IntStream.range(0, YearTokens.YEARS).filter(year -> tokens.id(year) >= 0).toArray();
    try (var _ = NativeScope.open()) {
      Tensor unembedding = model.weights().ends().unembedding().weight();
      int[] ids = IntStream.of(years).map(tokens::id).toArray();
      this.directions =
          unembedding
              .indexSelect(0, Tensor.indices(ids))
              .minus(unembedding.mean(true, 0))
              .times(model.config().logitScale())
              .retain();
    }
  }

  /** The years that the vocabulary has, rising. */
  int[] years() {
    return years.clone();
  }

  /**
   * The active features of one layer at the last position.
   *
   * @param features rising
   * @param values activations
   * @param fromYear the part of each activation that comes from the position of YY by all paths of
   *     the graph: from the token, its position and what features leave out there; zeros if not
   *     asked for
   * @param perUnit edges for one unit of activation, {@code [n_active][year]}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
  record LayerEdges(
      int layer, int[] features, double[] values, double[] fromYear, float[][] perUnit) {
    /** The attribution of a feature to the logit of a year less the mean logit, by their places. */
    double edge(int index, int column) {
      return values[index] * perUnit[index][column];
    }
  }

  /** What {@link #of} gathers of one layer on its way down. */
  private final class Gathered {
    private final int layer;
    private final int[] features;
    private final double[] values;
    private final double[] gains;
    private final float[][] perUnit;

    Gathered(int layer, SparseActivations active, @Nullable Set<Integer> wanted) {
      this.layer = layer;
      int[] indices =
          IntStream.range(0, active.count())
              .filter(i -> wanted == null || wanted.contains(active.feature(i)))
              .toArray();
      this.features = IntStream.of(indices).map(active::feature).toArray();
      this.values = IntStream.of(indices).mapToDouble(active::value).toArray();
      this.gains =
          IntStream.of(indices)
              .mapToDouble(
                  i -> active.preActivation(i) == 0 ? 0 : active.value(i) / active.preActivation(i))
              .toArray();
      this.perUnit = new float[features.length][years.length];
    }

    /** Adds what the features write at a place. */
    void add(Tap place, Tensor gradient) {
      if (features.length == 0 || !basis.writes(layer).contains(place)) {
        return;
      }
      float[] products =
          basis.decoderRows(layer, place, features).linear(gradient, null).toFloats();
      for (int i = 0; i < products.length; i++) {
        perUnit[i / years.length][i % years.length] += products[i];
      }
    }

    LayerEdges edges(@Nullable Tensor arriving) {
      double[] fromYear = new double[features.length];
      if (arriving != null && features.length > 0) {
        double[] parts = arriving.linear(basis.encoderRows(layer, features), null).toDoubles();
        for (int i = 0; i < parts.length; i++) {
          fromYear[i] = gains[i] * parts[i];
        }
      }
      return new LayerEdges(layer, features, values, fromYear, perUnit);
    }
  }

  /**
   * The edges of one prompt, a layer at a time.
   *
   * @param wanted the features to look at by layer; all when null
   * @param fromYear whether to find out what comes from YY
   */
  List<LayerEdges> of(
      YearPrompt prompt, @Nullable Map<Integer, Set<Integer>> wanted, boolean fromYear) {
    try (FrozenRun run = FrozenRun.of(model, prompt.ids(), also);
        FrozenRun last = run.lastPosition();
        var _ = NativeScope.open()) {
      List<Gathered> gathered =
          basis.layers().stream()
              .map(layer ->
                  new Gathered(
                      layer,
                      basis.encode(layer, atEnd(run.at(basis.reads(layer)))),
                      wanted == null ? null : wanted.getOrDefault(layer, Set.of())))
              .toList();
      sweep(last, gathered);
      Map<Integer, Tensor> without = fromYear ? withoutYear(run, prompt) : Map.of();
      return gathered.stream()
          .map(each -> {
            Tensor other = without.get(each.layer);
            return each.edges(
                other == null
                    ? null
                    : atEnd(run.at(basis.reads(each.layer))).minus(other).to(basis.dtype()));
          })
          .toList();
    }
  }

  private static Tensor atEnd(Tensor values) {
    return values.slice(0, values.size(0) - 1L, values.size(0));
  }

  /** From the logits down to the lowest place that a feature writes to. */
  private void sweep(FrozenRun last, List<Gathered> gathered) {
    Sweep sweep = new Sweep(last, gathered);
    for (int layer = model.config().layers() - 1; layer >= 0; layer--) {
      try (var _ = NativeScope.open()) {
        sweep.back(layer);
      }
    }
  }

  private final class Sweep extends BlockWalk {
    private final List<Gathered> gathered;
    private final Tensor gradient;

    Sweep(FrozenRun last, List<Gathered> gathered) {
      super(YearGraph.this.model, last);
      this.gathered = gathered;
      this.gradient = linear.throughFinalNorm(directions, 0).unsqueeze(0).copy();
    }

    @Override
    protected List<Tensor> gradients() {
      return List.of(gradient);
    }

    @Override
    protected void arrive(Tap place) {
      super.arrive(place);
      meet(place, gradient);
    }

    @Override
    protected void throughMlp(int layer, ModelWeights.Layer parts) {
      meet(new Tap(Site.MLP_OUT, layer), gradient);
      Tensor passed = passed(layer, parts);
      if (passed != null) {
        join(mlpSource(layer), () -> gradient.plusInPlace(passed));
      }
    }

    /** What goes through the MLP other than by features: its neurons, or a skip matrix. */
    private @Nullable Tensor passed(int layer, ModelWeights.Layer parts) {
      Tensor constants = Tensor.zeros(gradient.dtype(), gradient.size(1));
      Optional<Integer> owner = owner(new Tap(Site.MLP_OUT, layer));
      if (owner.isEmpty()) {
        return linear.throughMlp(layer, parts, gradient, constants);
      }
      boolean isNormed = basis.reads(owner.get()).site() == Site.MLP_IN;
      return basis
          .skip(owner.get())
          .map(gradient::matmul)
          .map(passed -> isNormed ? linear.throughMlpNorm(layer, parts, passed, constants) : passed)
          .orElse(null);
    }

    @Override
    protected void throughAttention(int layer, ModelWeights.Layer parts) {
      Tap attention = new Tap(Site.ATTN_OUT, layer);
      if (owner(attention).isPresent()) {
        linear.intoResidMidInPlace(layer, parts, gradient);
        meet(attention, gradient);
        return;
      }
      if (writesTo(attention)) {
        Tensor inside = gradient.copy();
        linear.intoResidMidInPlace(layer, parts, inside);
        meet(attention, inside);
      }
      super.throughAttention(layer, parts);
    }

    private void meet(Tap place, Tensor values) {
      try (var _ = NativeScope.open()) {
        Tensor end = values.select(0, 0).to(basis.dtype());
        gathered.forEach(each -> each.add(place, end));
      }
    }
  }

  /** The layer of the basis that stands for the model's own value there. */
  private Optional<Integer> owner(Tap place) {
    return basis.layers().stream()
        .filter(layer -> basis.writes(layer).getFirst().equals(place))
        .findFirst();
  }

  private boolean writesTo(Tap place) {
    return basis.layers().stream().anyMatch(layer -> basis.writes(layer).contains(place));
  }

  /**
   * What each layer of the basis reads at the last position when nothing comes from that of YY: the
   * held run without its token, its position and the errors there.
   */
  private Map<Integer, Tensor> withoutYear(FrozenRun run, YearPrompt prompt) {
    // Neurons are the model itself, whose MLPs pass on with their gains.
    if (basis instanceof NeuronBasis) {
      return withoutYear(run, null, prompt);
    }
    try (LocalReplacement replacement = LocalReplacement.of(basis, run::at, 0)) {
      return withoutYear(run, replacement, prompt);
    }
  }

  private Map<Integer, Tensor> withoutYear(
      FrozenRun run, @Nullable LocalReplacement replacement, YearPrompt prompt) {
    int year = prompt.yearPosition();
    Map<Integer, Tensor> read = new HashMap<>();
    Map<Integer, SparseActivations> active = new HashMap<>();
    Hooks hooks =
        Hooks.replace(Tap.of(Site.EMBEDDING), value -> without(value, year))
            .and(Hooks.replace(Tap.of(Site.POSITION_EMBEDDING), value -> without(value, year)))
            .and(Held.patterns(run.recording()))
            .and(Held.norms(run.recording()));
    if (replacement != null) {
      for (int layer : basis.layers()) {
        hooks =
            hooks.and(
                Hooks.observe(
                    basis.reads(layer),
                    value -> {
                      Tensor input = value.select(0, 0);
                      read.put(layer, input);
                      active.put(layer, replacement.again(layer, input));
                    }));
      }
    }
    FrozenLinear linear = new FrozenLinear(model, run);
    for (int layer = 0; layer < model.config().layers(); layer++) {
      Tensor gain = linear.neurons(layer, model.weights().layer(layer)).gain();
      hooks = hooks.and(Held.gains(run.recording(), layer, () -> gain));
      for (Site site : List.of(Site.ATTN_OUT, Site.MLP_OUT)) {
        Tap place = new Tap(site, layer);
        Optional<Integer> owner = owner(place);
        if (replacement != null && owner.isPresent()) {
          hooks =
              hooks.and(
                  Hooks.replace(place, _ -> written(owner.get(), replacement, active, read, year)));
        }
      }
    }
    Hooks all = hooks;
    List<Tap> reads = basis.layers().stream().map(basis::reads).toList();
    TokenBatch tokens = TokenBatch.of(prompt.ids());
    try (Recording without =
        Recording.of(reads, recording -> model.hidden(tokens, recording.and(all), null))) {
      Map<Integer, Tensor> ends = new HashMap<>();
      for (int layer : basis.layers()) {
        ends.put(layer, atEnd(without.at(basis.reads(layer))).copy());
      }
      return ends;
    }
  }

  /** What stands where a layer of the basis writes, features as active as they are now. */
  private static Tensor written(
      int layer,
      LocalReplacement replacement,
      Map<Integer, SparseActivations> active,
      Map<Integer, Tensor> read,
      int year) {
    Tensor value =
        replacement.value(
            layer, each -> requireNonNull(active.get(each)), requireNonNull(read.get(layer)));
    value.select(0, year).plusInPlace(replacement.error(layer).select(0, year), -1);
    return value.unsqueeze(0);
  }

  private static Tensor without(Tensor value, int position) {
    Tensor copy = value.copy();
    copy.select(1, position).fillInPlace(0);
    return copy;
  }

  @Override
  public void close() {
    directions.close();
  }
}
