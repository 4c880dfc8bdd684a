package dev.loupe.instrument.trace;

import dev.loupe.dictionary.ChangedRuns;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.MeanAblation;
import dev.loupe.dictionary.NeuronHooks;
import dev.loupe.dictionary.SetCurve;
import dev.loupe.dictionary.UnitNames;
import dev.loupe.model.Hooks;
import dev.loupe.model.Logits;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Runs the set tests of one trace. */
final class SetTesting implements AutoCloseable {
  private static final double LEVEL = 0.95;
  private static final int DRAWS = 10;
  private static final int RIVALS = 5;
  private static final int LEAST_NAMED = 10;
  private static final int FEW_TEXTS = 3;
  private static final int SUPERNODES = 12;
  private static final int QUICK_SUPERNODES = 4;

  private final Transformer model;
  private final Optional<? extends FeatureBasis> basis;
  private final UnitNames names;
  private final int held;
  private final Node.Logit logit;
  private final MatchedSets matched;
  private final Random random;
  private final ChangedRuns changed;
  private final boolean isQuick;
  private final IntFunction<String> text;

  /** Of the answer in the unchanged run, and whether the model gives it there. */
  private double probability;

  private boolean isAnswer;

  /**
   * @param prompt up to the explained position, with its keys and values
   * @param held positions from the first that are constants
   * @param isQuick whether to run few sets: random ones beside the deciding set alone, coarser
   *     steps, a part of the reference, sufficiency only where a verdict depends on it
   * @param text of a token
   */
  SetTesting(
      Transformer model,
      Optional<? extends FeatureBasis> basis,
      FrozenRun prompt,
      int held,
      Node.Logit logit,
      ActiveUnits active,
      long seed,
      boolean isQuick,
      IntFunction<String> text) {
    this.model = model;
    this.basis = basis;
    this.names =
        basis.map(FeatureBasis::names).orElseGet(() -> new UnitNames(model.config().mixtures()));
    this.held = held;
    this.logit = logit;
    this.matched = new MatchedSets(active, prompt.length());
    this.random = new Random(seed);
    this.isQuick = isQuick;
    this.text = text;
    this.changed =
        ChangedRuns.after(model, basis, prompt.ids(), prompt.keysAndValues().orElseThrow());
  }

  /**
   * Listed features in an order.
   *
   * @param scores of the graph's nodes; only those above 0 are taken, the largest first
   */
  static List<FeatureAt> ordered(AttributionGraph graph, double[] scores) {
    return IntStream.range(0, graph.nodes().size())
        .filter(node -> graph.nodes().get(node) instanceof Node.Feature && scores[node] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer node) -> -scores[node]))
        .map(node -> ((Node.Feature) graph.nodes().get(node)).address())
        .toList();
  }

  /**
   * Tests.
   *
   * @param units in order
   * @param reference texts besides the prompt
   * @param encoded their token ids
   * @param isFollowed whether enough of the answer is followed for a strong verdict
   */
  SetTest test(
      SetTest.Order order,
      List<FeatureAt> units,
      Reference reference,
      List<int[]> encoded,
      boolean isFollowed) {
    List<int[]> texts =
        isQuick ? cut(encoded.subList(0, Math.min(FEW_TEXTS, encoded.size()))) : encoded;
    Function<List<List<FeatureAt>>, List<double[]>> ablating =
        sets -> changed.logits(sets.stream().map(SetTesting::ablation).toList());
    SetCurve ablated = curve(units, ablating);
    ablated.begin();
    probability = probability(ablated.at(0));
    isAnswer = isFirst(ablated.at(0));

    ablated.climb(1, logits -> isHalved(logits) && isChanged(logits));
    List<OptionalInt> found = ablated.crossings(List.of(this::isHalved, this::isChanged));
    OptionalInt halves = found.getFirst();
    OptionalInt changes = found.getLast();
    OptionalInt deciding = changes.isPresent() ? changes : halves;
    List<SetTest.Point> necessity =
        points(
            ablated,
            units,
            ablating,
            List.of(halves, changes),
            size -> !isQuick || deciding.equals(OptionalInt.of(size)));
    Sufficiency sufficiency =
        isQuick && !(isFollowed && deciding.isPresent())
            ? new Sufficiency(List.of(), OptionalInt.empty())
            : sufficiency(units, texts);
    List<FeatureAt> decisive =
        units.subList(0, deciding.orElse(Math.min(LEAST_NAMED, units.size())));
    return new SetTest(
        order,
        units.size(),
        units.stream()
            .limit(Math.max(LEAST_NAMED, decisive.size()))
            .map(unit -> names.spelt(unit).toString())
            .toList(),
        probability,
        necessity,
        halves,
        changes,
        sufficiency.points(),
        sufficiency.restores(),
        rival(logit.token(), ablated.at(0), ablated.at(deciding.orElse(0))),
        rivals(ablated.at(0), ablated.at(deciding.orElse(0))),
        deciding.isEmpty()
            ? Optional.empty()
            : Optional.of(
                elsewhere(
                    List.of(decisive, matched.draw(decisive, random).units()), reference, texts)),
        reference.name(),
        texts.size());
  }

  /** Runs that keep some units and ablate all else to its mean. */
  private record Sufficiency(List<SetTest.Point> points, OptionalInt restores) {}

  private Sufficiency sufficiency(List<FeatureAt> units, List<int[]> texts) {
    MeanAblation means = new MeanAblation(model, basis, texts);
    Function<List<List<FeatureAt>>, List<double[]>> keeping =
        sets ->
            changed.logits(
                held, sets, batch -> means.hooks(batch.stream().map(this::afterHeld).toList()));
    SetCurve kept = curve(units, keeping);
    OptionalInt restores = restores(kept, units.size());
    return new Sufficiency(
        points(
            kept, units, keeping, List.of(restores), size -> restores.equals(OptionalInt.of(size))),
        restores);
  }

  /**
   * The strongest supernodes, each ablated as a whole.
   *
   * @param all whether to take all of them
   */
  List<Supernode> ablated(List<Supernode> supernodes, AttributionGraph graph, boolean all) {
    int most = all ? supernodes.size() : isQuick ? QUICK_SUPERNODES : SUPERNODES;
    List<Supernode> strongest = supernodes.subList(0, Math.min(most, supernodes.size()));
    List<List<FeatureAt>> units =
        strongest.stream()
            .map(each ->
                each.members().stream()
                    .map(node -> ((Node.Feature) graph.nodes().get(node)).address())
                    .toList())
            .toList();
    List<double[]> logits = changed.logits(units.stream().map(SetTesting::ablation).toList());
    return IntStream.range(0, strongest.size())
        .mapToObj(i -> strongest.get(i).measured(probability(logits.get(i))))
        .toList();
  }

  /** Quickly tried with all units alone: each size is one more run of the model. */
  private OptionalInt restores(SetCurve kept, int all) {
    if (isQuick) {
      kept.run(List.of(0, all));
      return !isRestored(kept.at(0)) && isRestored(kept.at(all))
          ? OptionalInt.of(all)
          : OptionalInt.empty();
    }
    kept.at(0);
    kept.climb(LEAST_NAMED, this::isRestored);
    return kept.crossings(List.of(this::isRestored)).getFirst();
  }

  /** Cut to the shortest, so that all go through the model side by side. */
  private static List<int[]> cut(List<int[]> texts) {
    int length = texts.stream().mapToInt(text -> text.length).min().orElse(0);
    return texts.stream().map(text -> Arrays.copyOf(text, length)).toList();
  }

  private SetCurve curve(
      List<FeatureAt> units, Function<List<List<FeatureAt>>, List<double[]>> run) {
    return new SetCurve(
        units.size(),
        isQuick ? 2 : 1,
        sizes -> run.apply(sizes.stream().map(size -> units.subList(0, size)).toList()));
  }

  /** The runs of a curve that are on its ladder or named, some beside random sets. */
  private List<SetTest.Point> points(
      SetCurve curve,
      List<FeatureAt> units,
      Function<List<List<FeatureAt>>, List<double[]>> run,
      List<OptionalInt> named,
      IntPredicate besideRandom) {
    List<Integer> ladder = curve.ladder();
    Map<Integer, double[]> shown = curve.runs();
    shown
        .keySet()
        .removeIf(
            size -> size > 0 && !ladder.contains(size) && !named.contains(OptionalInt.of(size)));
    Map<Integer, List<MatchedSets.Drawn>> drawn = new TreeMap<>();
    for (int size : shown.keySet()) {
      if (size > 0 && besideRandom.test(size)) {
        List<FeatureAt> like = units.subList(0, size);
        drawn.put(
            size, IntStream.range(0, DRAWS).mapToObj(_ -> matched.draw(like, random)).toList());
      }
    }
    List<double[]> logits =
        run.apply(
            drawn.values().stream().flatMap(List::stream).map(MatchedSets.Drawn::units).toList());
    List<SetTest.Point> points = new ArrayList<>();
    int next = 0;
    for (Map.Entry<Integer, double[]> each : shown.entrySet()) {
      List<MatchedSets.Drawn> sets = drawn.getOrDefault(each.getKey(), List.of());
      points.add(
          new SetTest.Point(
              each.getKey(),
              probability(each.getValue()),
              text.apply(Logits.top(each.getValue())),
              sets.isEmpty()
                  ? Optional.empty()
                  : Optional.of(draws(sets, logits.subList(next, next + sets.size())))));
      next += sets.size();
    }
    return points;
  }

  private static List<FeatureChange> ablation(List<FeatureAt> units) {
    return units.stream().map(unit -> unit.set(0)).toList();
  }

  private boolean isHalved(double[] logits) {
    return probability(logits) <= probability / 2;
  }

  /** Whether the model no longer gives the answer that it gave. */
  private boolean isChanged(double[] logits) {
    return isAnswer && !isFirst(logits);
  }

  /** Whether the explained token leads: all others, or the one that it is set against. */
  private boolean isFirst(double[] logits) {
    return logit.against() < 0
        ? Logits.top(logits) == logit.token()
        : logits[logit.token()] > logits[logit.against()];
  }

  /** Whether the answer is back: at least half of its probability, and given if it was. */
  private boolean isRestored(double[] logits) {
    return !isHalved(logits) && !isChanged(logits);
  }

  private double probability(double[] logits) {
    return Logits.probability(logits, logit.token());
  }

  private SetTest.Draws draws(List<MatchedSets.Drawn> sets, List<double[]> logits) {
    double[] sorted = logits.stream().mapToDouble(this::probability).sorted().toArray();
    return new SetTest.Draws(
        sets.size(),
        (sorted[(DRAWS - 1) / 2] + sorted[DRAWS / 2]) / 2,
        sorted[0],
        sorted[DRAWS - 1],
        (int) logits.stream().filter(this::isHalved).count(),
        (int) logits.stream().filter(this::isChanged).count(),
        sets.stream().mapToDouble(MatchedSets.Drawn::normRatio).average().orElse(1));
  }

  /** The units as {@link MeanAblation} counts positions, after the held ones. */
  private List<FeatureAt> afterHeld(List<FeatureAt> units) {
    return units.stream().map(unit -> new FeatureAt(unit.id(), unit.position() - held)).toList();
  }

  private List<SetTest.Rival> rivals(double[] before, double[] after) {
    return Logits.largest(before, RIVALS + 1).stream()
        .filter(token -> token != logit.token())
        .limit(RIVALS)
        .map(token -> rival(token, before, after))
        .toList();
  }

  private SetTest.Rival rival(int token, double[] before, double[] after) {
    return new SetTest.Rival(
        text.apply(token), Logits.centred(before, token), Logits.centred(after, token));
  }

  /**
   * The shares of predictions on the reference that stay, each set of units ablated at every
   * position.
   */
  private SetTest.Elsewhere elsewhere(
      List<List<FeatureAt>> sets, Reference reference, List<int[]> texts) {
    long[] same = new long[sets.size()];
    long all = 0;
    for (List<int[]> group :
        TokenBatch.sameLength(texts, ChangedRuns.TOKENS_AT_ONCE / (1 + sets.size()))) {
      List<int[]> rows = new ArrayList<>(group);
      List<List<FeatureChange>> changes =
          new ArrayList<>(Collections.nCopies(rows.size(), List.of()));
      for (List<FeatureAt> set : sets) {
        rows.addAll(group);
        changes.addAll(Collections.nCopies(group.size(), everywhere(set)));
      }
      int length = group.getFirst().length;
      int asked = reference.answersOnly() ? 1 : length;
      long[] predictions = predictions(rows, changes, asked);
      int block = group.size() * asked;
      for (int at = 0; at < block; at++) {
        if (reference.answersOnly() || at % length > 0) {
          all++;
          for (int set = 0; set < same.length; set++) {
            same[set] += predictions[at] == predictions[(set + 1) * block + at] ? 1 : 0;
          }
        }
      }
    }
    return new SetTest.Elsewhere(
        Proportion.wilson(same[0], all, LEVEL), Proportion.wilson(same[1], all, LEVEL));
  }

  private static List<FeatureChange> everywhere(List<FeatureAt> units) {
    return units.stream()
        .map(FeatureAt::id)
        .distinct()
        .map(id ->
            new FeatureChange(
                id.layer(), id.feature(), OptionalInt.empty(), new FeatureChange.Action.Set(0)))
        .toList();
  }

  /** The model's first choice after the last tokens of each row, row after row. */
  private long[] predictions(List<int[]> rows, List<List<FeatureChange>> changes, int last) {
    Hooks hooks =
        basis
            .map(each -> FeatureHooks.eachFree(model, each, changes))
            .orElseGet(() -> NeuronHooks.each(changes));
    try (var _ = NativeScope.open()) {
      Tensor hidden = model.hidden(TokenBatch.of(rows.toArray(int[][]::new)), hooks, null);
      int length = hidden.size(1);
      return model.unembed(hidden.slice(1, length - last, length)).argmax(2).contiguous().toLongs();
    }
  }

  @Override
  public void close() {
    changed.close();
  }
}
