package dev.loupe.instrument.study;

import dev.loupe.dictionary.ChosenBasis;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.study.ComponentPatching.Path;
import dev.loupe.instrument.study.FeatureRanking.Ranked;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Provenance;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * How a model computes greater-than (Hanna et al. 2023), in features of any basis: "The war lasted
 * from the year 1742 to the year 17" must end in a year after 42.
 */
public final class GreaterThan {
  private static final double LEVEL = 0.95;

  /** The group on which the finding stands or falls. */
  private static final int JUDGED = 20;

  /** By how much more the probability difference must fall than without random features. */
  private static final double LEAST_EXCESS = 0.001;

  private final LanguageModel model;
  private final Supplier<String> sha256;
  private final ChosenBasis chosen;
  private final FeatureBasis basis;
  private final Transformer transformer;

  /**
   * A study in a basis.
   *
   * @param sha256 of the model's weights, asked for when the report is written
   */
  public GreaterThan(LanguageModel model, Supplier<String> sha256, ChosenBasis chosen) {
    this.model = model;
    this.sha256 = sha256;
    this.chosen = chosen;
    this.basis = chosen.basis();
    this.transformer = model.transformer();
  }

  /** Hears how far the study is. */
  @FunctionalInterface
  public interface Listener {
    /** So much of a step is done. */
    void at(Step step, long done, long total);

    /** Hears nothing. */
    static Listener silent() {
      return (_, _, _) -> {};
    }
  }

  /** The parts of the study that take time. */
  public enum Step {
    /** Graphs, to rank features. */
    RANKING("ranking features"),
    /** Graphs again, to draw the maps of the strongest. */
    MAPPING("drawing maps"),
    /** Groups of features taken away. */
    ABLATING("ablating groups"),
    /** Heads and MLPs patched. */
    PATCHING("patching heads and MLPs");

    private final String label;

    Step(String label) {
      this.label = label;
    }

    /** In words. */
    public String label() {
      return label;
    }
  }

  /**
   * Does the study.
   *
   * @throws LoupeException if the tokenizer splits years otherwise, or the basis cannot be followed
   */
  public GreaterThanReport run(GreaterThanRequest request, Listener listener) {
    long start = System.nanoTime();
    YearTokens tokens = YearTokens.of(model.tokenizer());
    List<YearPrompt> prompts = prompts(request, tokens);
    List<YearPrompt> tested = tested(prompts, request.tested());
    GroupAblation ablation = new GroupAblation(transformer, basis, tokens);
    List<YearTokens.Score> scores = ablation.without(List.of(), prompts);
    FeatureRanking ranking = new FeatureRanking(basis);
    List<GreaterThanReport.Feature> features;
    int[] columns;
    Evidence edges;
    try (YearGraph graph = new YearGraph(transformer, basis, tokens)) {
      columns = graph.years();
      for (int i = 0; i < prompts.size(); i++) {
        ranking.add(graph.of(prompts.get(i), null, true));
        listener.at(Step.RANKING, i + 1, prompts.size());
      }
      List<Ranked> ranked = ranking.top(request.top());
      FeatureMaps maps = new FeatureMaps(ranked, prompts, columns);
      Map<Integer, Set<Integer>> wanted = maps.wanted();
      for (int i = 0; i < prompts.size(); i++) {
        maps.add(i, graph.of(prompts.get(i), wanted, false));
        listener.at(Step.MAPPING, i + 1, prompts.size());
      }
      features = maps.features();
      YearPrompt middle = prompts.get(prompts.size() / 2);
      edges =
          new EdgeTest(transformer, basis, tokens)
              .check(middle, graph.of(middle, wanted, false), columns);
    }
    GroupTests tests = new GroupTests(ablation, tested, ranking, request);
    Map<String, List<Unit>> groups = GroupTests.groups(features);
    int runs = groups.size() * (1 + request.draws());
    List<GreaterThanReport.Ablation> ablations =
        tests.run(groups, done -> listener.at(Step.ABLATING, done, runs));
    ComponentPatching patching = new ComponentPatching(transformer, tokens);
    List<YearPrompt> patched =
        tested.stream().filter(prompt -> prompt.year() > tokens.earliest()).toList();
    int patches = patching.runs(patched.size());
    List<GreaterThanReport.Component> components =
        components(patching, patched, request, done -> listener.at(Step.PATCHING, done, patches));
    return new GreaterThanReport(
        model.name(),
        chosen.name(),
        transformer.config().layers(),
        transformer.config().heads(),
        request.source(),
        prompts.size(),
        prompts.get(prompts.size() / 2).asked().text(),
        tested.size(),
        tokens.earliest(),
        behaviour(prompts, scores, request.seed()),
        ranking.everActive(),
        Arrays.stream(columns).boxed().toList(),
        features,
        components,
        ablations,
        evidence(edges, ablations),
        caveats(request, features.size(), columns.length),
        provenance(request.seed(), start));
  }

  /**
   * What the study would take, from trying its parts on a few prompts.
   *
   * @throws LoupeException as {@link #run}
   */
  public StudyCost estimate(GreaterThanRequest request) {
    YearTokens tokens = YearTokens.of(model.tokenizer());
    List<YearPrompt> prompts = prompts(request, tokens);
    List<YearPrompt> tested = tested(prompts, request.tested());
    List<YearPrompt> few = prompts.subList(0, Math.min(16, prompts.size()));
    GroupAblation ablation = new GroupAblation(transformer, basis, tokens);
    FeatureRanking ranking = new FeatureRanking(basis);
    double graphing;
    double mapping;
    try (YearGraph graph = new YearGraph(transformer, basis, tokens)) {
      // The first ones are slower, while the JVM still compiles.
      few.forEach(prompt -> ranking.add(graph.of(prompt, null, true)));
      graphing = seconds(() -> few.forEach(prompt -> graph.of(prompt, null, true))) / few.size();
      mapping =
          seconds(() -> few.forEach(prompt -> graph.of(prompt, Map.of(), false))) / few.size();
    }
    List<Unit> some = ranking.top(Math.min(60, request.top())).stream().map(Ranked::unit).toList();
    ablation.without(some, few);
    ablation.without(List.of(), few);
    double plain = seconds(() -> ablation.without(List.of(), few)) / few.size();
    double changed = seconds(() -> ablation.without(some, few)) / few.size();
    double each = Math.max(0, changed - plain) / Math.max(1, some.size());
    int groups = GroupTests.SIZES.size() + FeatureClass.values().length;
    long groupRuns = (long) groups * (1 + request.draws()) * tested.size();
    // Sizes up to the top, and the classes, which share the top among them.
    double features = GroupTests.SIZES.stream().mapToInt(n -> Math.min(n, request.top())).sum();
    double taken = (features + request.top()) * (1 + request.draws()) * tested.size();
    ComponentPatching patching = new ComponentPatching(transformer, tokens);
    // A patched run starts at its layer: half of the model on average.
    long patched = (long) patching.components().size() * tested.size();
    double seconds =
        prompts.size() * (graphing + mapping)
            + plain * (prompts.size() + groupRuns + patched / 2.0)
            + taken * each;
    long bytes =
        8L * YearTokens.YEARS * YearTokens.YEARS * request.top()
            + 8L * prompts.size() * request.top()
            + 12L * basis.layers().stream().mapToLong(basis::features).sum();
    return new StudyCost(prompts.size(), tested.size(), groupRuns + patched, seconds, bytes);
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private List<YearPrompt> prompts(GreaterThanRequest request, YearTokens tokens) {
    int context = transformer.config().context();
    List<YearPrompt> prompts = new ArrayList<>();
    for (Asked asked : request.prompts()) {
      YearPrompt prompt = YearPrompt.of(asked, tokens, model.tokenizer());
      if (prompt.ids().length > context) {
        throw LoupeException.badInput(
            "“%s” has %,d tokens and %s reads at most %,d"
                .formatted(asked.text(), prompt.ids().length, model.name(), context),
            "Leave out nouns that the tokenizer splits often.");
      }
      prompts.add(prompt);
    }
    prompts.sort(Comparator.comparingInt(YearPrompt::year));
    return prompts;
  }

  /** The first few prompts of each YY. */
  private static List<YearPrompt> tested(List<YearPrompt> prompts, int most) {
    int[] taken = new int[YearTokens.YEARS];
    return prompts.stream().filter(prompt -> taken[prompt.year()]++ < most).toList();
  }

  private static GreaterThanReport.Behaviour behaviour(
      List<YearPrompt> prompts, List<YearTokens.Score> scores, long seed) {
    List<GreaterThanReport.Year> years = new ArrayList<>();
    for (int year = 0; year < YearTokens.YEARS; year++) {
      int yy = year;
      double[] differences =
          IntStream.range(0, prompts.size())
              .filter(i -> prompts.get(i).year() == yy)
              .mapToDouble(i -> scores.get(i).difference())
              .toArray();
      if (differences.length > 0) {
        years.add(new GreaterThanReport.Year(year, Mean.bootstrap(differences, LEVEL, seed)));
      }
    }
    return new GreaterThanReport.Behaviour(
        Mean.bootstrap(GroupTests.differences(scores), LEVEL, seed),
        Mean.bootstrap(
            scores.stream().mapToDouble(YearTokens.Score::sharpness).toArray(), LEVEL, seed),
        years);
  }

  private static List<GreaterThanReport.Component> components(
      ComponentPatching patching,
      List<YearPrompt> tested,
      GreaterThanRequest request,
      IntConsumer done) {
    List<Map<Path, double[]>> changes = patching.run(tested, done);
    List<ComponentPatching.Component> all = patching.components();
    return IntStream.range(0, all.size())
        .mapToObj(c -> {
          int head = all.get(c).head();
          return new GreaterThanReport.Component(
              all.get(c).layer(),
              head < 0 ? Optional.empty() : Optional.of(head),
              mean(changes.get(c), Path.ALL, request),
              mean(changes.get(c), Path.THROUGH_MLPS, request),
              mean(changes.get(c), Path.DIRECT, request));
        })
        .sorted(Comparator.comparingDouble(each -> -Math.abs(each.all().value())))
        .toList();
  }

  private static Estimate mean(Map<Path, double[]> changes, Path path, GreaterThanRequest request) {
    return Mean.bootstrap(changes.getOrDefault(path, new double[1]), LEVEL, request.seed());
  }

  private static List<Evidence> evidence(
      Evidence edges, List<GreaterThanReport.Ablation> ablations) {
    List<Evidence> evidence = new ArrayList<>();
    evidence.add(edges);
    ablations.stream()
        .filter(each -> each.group().startsWith("top "))
        .filter(each -> each.size() <= JUDGED)
        .reduce((_, larger) -> larger)
        .ifPresent(judged -> evidence.add(judged(judged)));
    return evidence;
  }

  /** Passes when the whole interval lies above the least. */
  private static Evidence judged(GreaterThanReport.Ablation ablation) {
    Estimate excess = ablation.excess();
    double low = excess.hasInterval() ? excess.low() : excess.value();
    return Evidence.atLeast(
        LEAST_EXCESS,
        "Without the %s features the probability difference falls by more than without random ones"
            .formatted(ablation.group()),
        Support.INTERVENED,
        Estimate.exactly(low, "lower end of the interval"),
        "falls by %.4f, without random groups of equal size by %.4f"
            .formatted(ablation.fall().value(), ablation.randomFall().value()));
  }

  private static List<String> caveats(GreaterThanRequest request, int features, int columns) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "Attributions hold attention patterns and norm denominators; what a feature does by way of others is in the ablations alone.");
    caveats.add(
        "Classes come from thresholds on maps, and a feature has the first whose criterion holds; the numbers stand beside it.");
    if (features < request.top()) {
      caveats.add(
          "Only %,d features carry anything from YY to the years; %,d were asked for."
              .formatted(features, request.top()));
    }
    if (columns < YearTokens.YEARS) {
      caveats.add(
          "The vocabulary lacks %d of the years 00 to 99; they have probability 0 and no column."
              .formatted(YearTokens.YEARS - columns));
    }
    return caveats;
  }

  private Provenance provenance(long seed, long start) {
    List<Provenance.Input> inputs = new ArrayList<>();
    inputs.add(new Provenance.Input(model.name(), sha256.get()));
    inputs.addAll(chosen.inputs());
    return new Provenance(
        inputs,
        seed,
        transformer.dtype() == DType.F64 ? "float64" : "float32",
        "cpu",
        Provenance.LOUPE,
        Runtime.version().toString(),
        Engine.version(),
        (System.nanoTime() - start) / 1e9);
  }
}
