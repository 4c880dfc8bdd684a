package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.ComponentPatching.Path;
import dev.loupe.instrument.study.FeatureRanking.Ranked;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** One study of greater-than. */
final class YearStudy {
  private static final double LEVEL = 0.95;

  /** The group that decides the finding. */
  private static final int JUDGED = 20;

  /** By how much more the probability difference must fall than without random features. */
  private static final double LEAST_EXCESS = 0.001;

  private final Subject subject;
  private final Run run;
  private final LanguageModel model;
  private final NamedBasis chosen;
  private final FeatureBasis basis;
  private final Transformer transformer;

  YearStudy(Subject subject, Run run) {
    this.subject = subject;
    this.run = run;
    this.model = subject.weights();
    this.chosen = subject.exactBasis();
    this.basis = chosen.basis();
    this.transformer = model.transformer().watched(run::check);
  }

  Finding<GreaterThanReport> ask(GreaterThanRequest request) {
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
      try (Steps steps = run.steps("ranking features", Counted.PROMPTS, prompts.size())) {
        for (int i = 0; i < prompts.size(); i++) {
          ranking.add(graph.of(prompts.get(i), null, true));
          steps.at(i + 1);
        }
      }
      List<Ranked> ranked = ranking.top(request.top());
      FeatureMaps maps = new FeatureMaps(ranked, prompts, columns);
      Map<Integer, Set<Integer>> wanted = maps.wanted();
      try (Steps steps = run.steps("drawing maps", Counted.PROMPTS, prompts.size())) {
        for (int i = 0; i < prompts.size(); i++) {
          maps.add(i, graph.of(prompts.get(i), wanted, false));
          steps.at(i + 1);
        }
      }
      features = maps.features();
      YearPrompt middle = prompts.get(prompts.size() / 2);
      edges =
          new EdgeTest(transformer, basis, tokens)
              .check(middle, graph.of(middle, wanted, false), columns);
    }
    GroupTests tests = new GroupTests(ablation, tested, ranking, request, run.seed());
    Map<String, List<FeatureId>> groups = GroupTests.groups(features);
    int runs = groups.size() * (1 + request.draws());
    List<GreaterThanReport.Ablation> ablations;
    try (Steps steps = run.steps("ablating groups", Counted.RUNS, runs)) {
      ablations = tests.run(groups, steps::at);
    }
    ComponentPatching patching = new ComponentPatching(transformer, tokens);
    List<YearPrompt> patched =
        tested.stream().filter(prompt -> prompt.year() > tokens.earliest()).toList();
    int patches = patching.runs(patched.size());
    List<GreaterThanReport.Component> components;
    try (Steps steps = run.steps("patching heads and MLPs", Counted.RUNS, patches)) {
      components = components(patching, patched, steps::at);
    }
    GreaterThanReport report =
        new GreaterThanReport(
            model.name(),
            chosen.name(),
            transformer.config().layers(),
            transformer.config().heads(),
            request.source(),
            prompts.size(),
            prompts.get(prompts.size() / 2).asked().text(),
            tested.size(),
            tokens.earliest(),
            behaviour(prompts, scores, run.seed()),
            ranking.everActive(),
            Arrays.stream(columns).boxed().toList(),
            features,
            components,
            ablations);
    return new Finding<>(
        GreaterThanJson.SCHEMA,
        "How does %s make a war end after it began?".formatted(model.name()),
        report,
        evidence(edges, ablations),
        caveats(request, features.size(), columns.length),
        subject.provenance(run));
  }

  /** From trying its parts on a few prompts. */
  Cost estimate(GreaterThanRequest request) {
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
    List<FeatureId> some =
        ranking.top(Math.min(60, request.top())).stream().map(Ranked::unit).toList();
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
    return new Cost(
        seconds,
        Engine.residentBytes() + bytes,
        0,
        String.format(
            Locale.ROOT,
            "%,d prompts, %,d of them tested in at most %,d changed runs",
            prompts.size(),
            tested.size(),
            groupRuns + patched));
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
            String.format(
                Locale.ROOT,
                "“%s” has %,d tokens and %s reads at most %,d",
                asked.text(),
                prompt.ids().length,
                model.name(),
                context),
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

  private List<GreaterThanReport.Component> components(
      ComponentPatching patching, List<YearPrompt> tested, IntConsumer done) {
    List<Map<Path, double[]>> changes = patching.run(tested, done);
    List<ComponentPatching.Component> all = patching.components();
    return IntStream.range(0, all.size())
        .mapToObj(c -> {
          int head = all.get(c).head();
          return new GreaterThanReport.Component(
              all.get(c).layer(),
              head < 0 ? Optional.empty() : Optional.of(head),
              mean(changes.get(c), Path.ALL),
              mean(changes.get(c), Path.THROUGH_MLPS),
              mean(changes.get(c), Path.DIRECT));
        })
        .sorted(Comparator.comparingDouble(each -> -Math.abs(each.all().value())))
        .toList();
  }

  private Estimate mean(Map<Path, double[]> changes, Path path) {
    return Mean.bootstrap(changes.getOrDefault(path, new double[1]), LEVEL, run.seed());
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
        "Ablating the %s features lowers the probability difference more than ablating random features"
            .formatted(ablation.group()),
        Support.INTERVENED,
        Estimate.exactly(low, "lower end of the interval"),
        String.format(
            Locale.ROOT,
            "falls by %.4f, without random groups of equal size by %.4f",
            ablation.fall().value(),
            ablation.randomFall().value()));
  }

  private List<String> caveats(GreaterThanRequest request, int features, int columns) {
    List<String> caveats = new ArrayList<>(subject.caveats());
    caveats.add(
        "Attributions hold attention patterns and norm denominators fixed; what a feature does"
            + " through others shows in the ablations only.");
    caveats.add(
        "Classes come from thresholds on maps, and a feature has the first whose criterion holds; the numbers stand beside it.");
    if (features < request.top()) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "Only %,d features carry anything from YY to the years; %,d were asked for.",
              features,
              request.top()));
    }
    if (columns < YearTokens.YEARS) {
      caveats.add(
          "The vocabulary lacks %d of the years 00 to 99; they have probability 0 and no column."
              .formatted(YearTokens.YEARS - columns));
    }
    return caveats;
  }
}
