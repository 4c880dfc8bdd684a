package dev.loupe.instrument.steer;

import dev.loupe.dictionary.ChangedRuns;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.PlaceGradients;
import dev.loupe.dictionary.SetCurve;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.dictionary.UnchangedRun;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.Logits;
import dev.loupe.model.Transformer;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.TokenSequence;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which features carry what tells two prompts apart: some are given the activations that they have
 * in the other prompt, until the model gives that prompt's answer. Features are taken by how far
 * that is predicted to move the logit of the other answer over that of the own one: the change of
 * activation times the slope, the mean of the slopes in both prompts (attribution patching, at both
 * ends of the way).
 */
final class Swapping {
  private static final int DRAWS = 10;
  private final Transformer model;
  private final FeatureBasis basis;
  private final Optional<Dictionary> dictionary;
  private final Tokenizer tokenizer;
  private final Random random;

  /**
   * @param dictionary the basis, if it is one; neurons are changed where they are
   */
  Swapping(
      Transformer model,
      FeatureBasis basis,
      Optional<Dictionary> dictionary,
      Tokenizer tokenizer,
      long seed) {
    this.model = model;
    this.basis = basis;
    this.dictionary = dictionary;
    this.tokenizer = tokenizer;
    this.random = new Random(seed);
  }

  /**
   * The swap that is asked for, if one is.
   *
   * @throws LoupeException if the request contradicts itself
   */
  static Optional<Swapped> of(
      SteerRequest request, Subject subject, FeatureBasis basis, Run run, TokenSequence tokens) {
    if (request.swap().isEmpty()) {
      return Optional.empty();
    }
    SteerRequest.Swap swap = request.swap().get();
    if (request.from().isEmpty() || !request.changes().isEmpty()) {
      throw LoupeException.badInput(
          request.from().isEmpty()
              ? "`swap` needs a prompt to take activations from"
              : "`swap` finds the features to change: `changes` cannot be given besides",
          "Give `swap` and `from` without `changes`.");
    }
    TokenSequence other = subject.prompt(request.from().get(), request.rendered());
    OptionalInt at = OptionalInt.of(swap.at());
    return Optional.of(
        new Swapping(
                subject.transformer().watched(run::check),
                basis,
                subject.dictionary(),
                subject.weights().tokenizer(),
                run.seed())
            .swap(
                tokens.ids(),
                subject.position(at, tokens),
                other.ids(),
                subject.position(at, other),
                swap.features()));
  }

  /** What a swap shows. */
  static List<Evidence> evidence(SteerReport.Swap swap) {
    return List.of(given(swap), removed(swap.removal()));
  }

  private static Evidence removed(SteerReport.Removal removal) {
    return Evidence.noted(
        String.format(
            Locale.ROOT,
            "Without the first %d candidates that are active in this prompt its answer has %.1f%%, and the model says “%s”",
            removal.features(),
            100 * removal.own(),
            removal.top().strip()),
        Support.INTERVENED,
        removal.randomShare(),
        "");
  }

  private static Evidence given(SteerReport.Swap swap) {
    return Evidence.noted(
        "With %d %s from the other prompt the model "
                .formatted(swap.taken(), swap.taken() == 1 ? "feature" : "features")
            + (swap.arrives()
                ? "says “%s”, that prompt's answer".formatted(swap.other().strip())
                : "does not give that prompt's answer"),
        Support.INTERVENED,
        swap.randomShare(),
        "");
  }

  /** The changes to make, and how they were found. */
  record Swapped(List<FeatureChange> changes, SteerReport.Swap report) {}

  /**
   * Finds them.
   *
   * @param own ids of the prompt
   * @param at the position in it
   * @param other ids of the other prompt
   * @param otherAt the position in that
   * @param exactly how many features to take; as few as give the other answer when empty
   * @throws LoupeException if both prompts have the same answer, or no feature differs
   */
  Swapped swap(int[] own, int at, int[] other, int otherAt, OptionalInt exactly) {
    try (ChangedRuns runs = new ChangedRuns(model, dictionary, own)) {
      double[] plain = runs.logits(List.of(List.of())).getFirst();
      int answer = Logits.top(plain);
      int wanted = answerOf(other);
      if (wanted == answer) {
        throw LoupeException.badInput(
            "both prompts are continued with “" + tokenizer.tokenText(answer) + "”",
            "Choose a prompt with another answer.");
      }
      Map<FeatureAt, Double> held = activations(own, at, at);
      Map<FeatureAt, Double> given = given(held, activations(other, otherAt, at));
      List<FeatureAt> ordered = ordered(own, other, otherAt, held, given, answer, wanted);
      if (ordered.isEmpty()) {
        throw LoupeException.badInput(
            "no feature at position %d is predicted to move the answer".formatted(at),
            "Choose another position.");
      }
      SetCurve curve =
          new SetCurve(
              ordered.size(),
              1,
              sizes ->
                  runs.logits(
                      sizes.stream()
                          .map(size -> changes(ordered.subList(0, size), given))
                          .toList()));
      curve.at(0);
      Predicate<double[]> arrived = logits -> Logits.top(logits) == wanted;
      OptionalInt needed = OptionalInt.empty();
      if (exactly.isEmpty()) {
        curve.climb(1, arrived);
        needed = curve.crossings(List.of(arrived)).getFirst();
      }
      int taken = Math.min(ordered.size(), exactly.orElse(needed.orElse(ordered.size())));
      curve.at(taken);
      List<FeatureAt> chosen = ordered.subList(0, taken);
      List<Map<FeatureAt, Double>> sets =
          IntStream.range(0, DRAWS).mapToObj(_ -> drawn(chosen, given, random)).toList();
      List<double[]> beside =
          runs.logits(sets.stream().map(set -> changes(List.copyOf(set.keySet()), set)).toList());
      List<SteerReport.SwapPoint> points = new ArrayList<>();
      List<Integer> ladder = curve.ladder();
      for (Map.Entry<Integer, double[]> each : curve.runs().entrySet()) {
        if (each.getKey() == 0 || each.getKey() == taken || ladder.contains(each.getKey())) {
          points.add(
              new SteerReport.SwapPoint(
                  each.getKey(),
                  Logits.probability(each.getValue(), answer),
                  Logits.probability(each.getValue(), wanted),
                  tokenizer.tokenText(Logits.top(each.getValue()))));
        }
      }
      return new Swapped(
          changes(chosen, given),
          new SteerReport.Swap(
              at,
              tokenizer.tokenText(answer),
              tokenizer.tokenText(wanted),
              ordered.size(),
              needed,
              taken,
              points,
              DRAWS,
              (int) beside.stream().filter(arrived).count(),
              beside.stream()
                  .mapToDouble(logits -> Logits.probability(logits, wanted))
                  .average()
                  .orElse(0),
              removal(runs, ordered, held, answer)));
    }
  }

  /** The answer without the first candidates that are active here, and without others like them. */
  private SteerReport.Removal removal(
      ChangedRuns runs, List<FeatureAt> ordered, Map<FeatureAt, Double> held, int answer) {
    Map<FeatureAt, Double> active = new TreeMap<>(held);
    active.values().removeIf(value -> value == 0);
    List<FeatureAt> removable =
        ordered.stream().filter(active::containsKey).limit(SteerReport.Removal.MOST).toList();
    SetCurve curve =
        new SetCurve(
            removable.size(),
            1,
            sizes ->
                runs.logits(
                    sizes.stream()
                        .map(size -> changes(removable.subList(0, size), Map.of()))
                        .toList()));
    Predicate<double[]> isGone = logits -> Logits.top(logits) != answer;
    curve.at(0);
    curve.climb(1, isGone);
    OptionalInt needed = curve.crossings(List.of(isGone)).getFirst();
    List<FeatureAt> removed = removable.subList(0, needed.orElse(removable.size()));
    double[] without = curve.at(removed.size());
    List<double[]> beside =
        runs.logits(
            IntStream.range(0, DRAWS)
                .mapToObj(_ -> drawn(removed, active, random).keySet())
                .map(set -> changes(List.copyOf(set), Map.of()))
                .toList());
    return new SteerReport.Removal(
        needed,
        removed.size(),
        Logits.probability(without, answer),
        tokenizer.tokenText(Logits.top(without)),
        DRAWS,
        (int) beside.stream().filter(isGone).count(),
        beside.stream().mapToDouble(each -> Logits.probability(each, answer)).average().orElse(0));
  }

  private int answerOf(int[] ids) {
    try (ChangedRuns runs = new ChangedRuns(model, dictionary, ids)) {
      return Logits.top(runs.logits(List.of(List.of())).getFirst());
    }
  }

  /** Features whose activations differ, with that in the other prompt. */
  private static Map<FeatureAt, Double> given(
      Map<FeatureAt, Double> here, Map<FeatureAt, Double> there) {
    Map<FeatureAt, Double> given = new TreeMap<>(there);
    here.keySet().forEach(feature -> given.putIfAbsent(feature, 0.0));
    given.entrySet().removeIf(each -> each.getValue().equals(here.get(each.getKey())));
    return given;
  }

  private Map<FeatureAt, Double> activations(int[] ids, int position, int named) {
    Map<FeatureAt, Double> activations = new TreeMap<>();
    try (UnchangedRun run = UnchangedRun.of(model, basis, Freezing.NOTHING, ids)) {
      for (int layer : basis.layers()) {
        SparseActivations active = run.active(layer);
        for (int i = active.start(position); i < active.start(position + 1); i++) {
          activations.put(FeatureAt.of(layer, active.feature(i), named), active.value(i));
        }
      }
    }
    return activations;
  }

  private List<FeatureAt> ordered(
      int[] own,
      int[] other,
      int otherAt,
      Map<FeatureAt, Double> held,
      Map<FeatureAt, Double> given,
      int answer,
      int wanted) {
    Map<Integer, List<FeatureAt>> byLayer =
        given.keySet().stream().collect(Collectors.groupingBy(FeatureAt::layer));
    Map<FeatureAt, Double> predicted = new LinkedHashMap<>();
    try (var _ = NativeScope.open()) {
      Tensor unembedding = model.weights().ends().unembedding().weight();
      Tensor direction =
          unembedding
              .select(0, wanted)
              .minus(unembedding.select(0, answer))
              .times(model.config().logitScale());
      try (PlaceGradients here = PlaceGradients.of(model, dictionary, own, direction);
          PlaceGradients there = PlaceGradients.of(model, dictionary, other, direction)) {
        byLayer.forEach((layer, features) -> {
          int[] numbers = features.stream().mapToInt(FeatureAt::feature).toArray();
          double[] slopes = here.slopes(layer, features.getFirst().position(), numbers);
          double[] others = there.slopes(layer, otherAt, numbers);
          for (int i = 0; i < numbers.length; i++) {
            FeatureAt feature = features.get(i);
            double change = given.getOrDefault(feature, 0.0) - held.getOrDefault(feature, 0.0);
            predicted.put(feature, change * (slopes[i] + others[i]) / 2);
          }
        });
      }
    }
    return predicted.entrySet().stream()
        .filter(each -> each.getValue() > 0)
        .sorted(
            Comparator.comparingDouble((Map.Entry<FeatureAt, Double> each) -> -each.getValue())
                .thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** As many other features of the same layers, with their activations in the other prompt. */
  static Map<FeatureAt, Double> drawn(
      List<FeatureAt> chosen, Map<FeatureAt, Double> given, Random random) {
    Map<Integer, Long> counts =
        chosen.stream().collect(Collectors.groupingBy(FeatureAt::layer, Collectors.counting()));
    Map<FeatureAt, Double> drawn = new TreeMap<>();
    counts.forEach((layer, count) -> {
      List<FeatureAt> others =
          new ArrayList<>(
              given.keySet().stream()
                  .filter(each -> each.layer() == layer && !chosen.contains(each))
                  .toList());
      Collections.shuffle(others, random);
      others.stream().limit(count).forEach(each -> drawn.put(each, given.getOrDefault(each, 0.0)));
    });
    return drawn;
  }

  private static List<FeatureChange> changes(
      List<FeatureAt> features, Map<FeatureAt, Double> given) {
    return features.stream().map(each -> each.set(given.getOrDefault(each, 0.0))).toList();
  }
}
