package dev.loupe.instrument.geometry;

import dev.loupe.geometry.ActivationTable;
import dev.loupe.geometry.Correlations;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.Matching;
import dev.loupe.geometry.PairedDirections;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.FeatureSet.Trusted;
import dev.loupe.instrument.geometry.MatchReport.Arrangement;
import dev.loupe.instrument.geometry.MatchReport.Figures;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The same feature in two dictionaries, of one model or of two: by what features do on the same
 * text, and by what they write. Raw values mean little (the best of thousands of partners is never
 * bad), so everything is found again with whole texts permuted, or directions rotated.
 */
public final class MatchFeatures implements Instrument<MatchRequest, MatchReport> {
  private static final int SHUFFLES = 50;

  /** Partners whose arrangement is compared at most: the work grows with their square. */
  private static final int MOST_ARRANGED = 1000;

  private static final int FEWEST_ARRANGED = 10;

  private static final double SECONDS_A_PAIR = 3e-9;

  @Override
  public Card<MatchRequest, MatchReport> card() {
    return new Card<>(
        "features match",
        "Which features of two dictionaries are the same?",
        "loupe.features-match/1",
        MatchRequest.class,
        MatchReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(MatchRequest request, Subject subject, Run run) {
    return Both.hold(
        subject,
        List.of(request.other()),
        () -> {
          double pairs =
              (double) FeatureSet.of(subject, request.layers()).size()
                  * FeatureSet.of(request.other(), request.otherLayers()).size();
          double seconds = 1 + SECONDS_A_PAIR * pairs * (1 + request.permutations());
          if (request.texts().isPresent()) {
            int tokens = request.texts().get().tokens();
            seconds += tokens / 128.0 * 2 * subject.secondsOfAPass(128);
          }
          return new Cost(
              seconds,
              Engine.residentBytes(),
              0,
              String.format(
                  Locale.ROOT,
                  "%,.0f pairs of features, %d times again by chance",
                  pairs,
                  request.permutations()));
        });
  }

  @Override
  public Finding<MatchReport> ask(MatchRequest request, Subject subject, Run run) {
    return Both.hold(subject, List.of(request.other()), () -> finding(request, subject, run));
  }

  private Finding<MatchReport> finding(MatchRequest request, Subject subject, Run run) {
    Subject other = request.other();
    boolean oneModel = Both.sameModel(subject, other);
    if (request.texts().isEmpty()) {
      Both.requireSameModel(subject, other);
    }
    FeatureSet one = FeatureSet.of(subject, request.layers());
    FeatureSet two = FeatureSet.of(other, request.otherLayers());
    Optional<TextSample> texts =
        request.texts().map(asked -> TextSample.of(asked, subject.weights(), run));
    texts.ifPresent(some -> some.requireSameTokens(subject.weights(), other.weights()));
    List<ActivationTable> tables =
        texts
            .map(some ->
                ActivityReader.tables(List.of(subject, other), List.of(one, two), some, run))
            .orElse(List.of());
    Judged.Side first = side(one, tables, 0, request, Both.name(subject));
    Judged.Side second = side(two, tables, 1, request, Both.name(other));
    Judged judged = new Judged(first, second, request, run);
    Optional<Matching> active = Optional.empty();
    Optional<Figures> byActivation = Optional.empty();
    Optional<Arrangement> arrangement = Optional.empty();
    if (texts.isPresent()) {
      Correlations correlations =
          Correlations.of(
              tables.get(0).keeping(first.trusted().kept()),
              tables.get(1).keeping(second.trusted().kept()));
      Matching matching = matched(run, () -> Matching.of(correlations, request.least()));
      active = Optional.of(matching);
      byActivation =
          Optional.of(
              judged.byActivation(
                  correlations, matching, texts.get().kinds(), texts.get().length()));
      arrangement = arrangement(first, second, matching, request, run);
    }
    Optional<Estimate> agreement = Optional.empty();
    Optional<Figures> byCosine = Optional.empty();
    if (oneModel) {
      try (var _ = NativeScope.open()) {
        Tensor a = first.directions();
        Tensor b = second.directions();
        Matching matching = matched(run, () -> Matching.of(Cosines.of(a, b), request.least()));
        byCosine = Optional.of(judged.byCosine(a, b, matching));
        agreement =
            active.map(each ->
                Proportion.wilson(
                    Judged.same(each, matching), first.trusted().kept().length, 0.95));
      }
    }
    MatchReport report =
        new MatchReport(
            side(subject, first),
            side(other, second),
            texts.map(TextSample::positions).orElse(0),
            request.least(),
            byActivation,
            byCosine,
            agreement,
            arrangement);
    return new Finding<>(
        card().schema(),
        "Which features of %s and %s are the same?".formatted(named(subject), named(other)),
        report,
        evidence(report),
        caveats(request, subject, texts),
        Both.provenance(subject, List.of(other), run));
  }

  private static String named(Subject subject) {
    return Both.name(subject) + " (" + subject.weights().name() + ")";
  }

  private static Matching matched(Run run, Supplier<Matching> work) {
    try (Steps steps = run.steps("matching", Counted.RUNS, 1)) {
      Matching matching = work.get();
      steps.at(1);
      return matching;
    }
  }

  private static Judged.Side side(
      FeatureSet set, List<ActivationTable> tables, int at, MatchRequest request, String name) {
    Trusted trusted =
        tables.isEmpty()
            ? Trusted.all(set)
            : Trusted.of(tables.get(at), request.leastActive(), name);
    return new Judged.Side(set, trusted);
  }

  private static MatchReport.Side side(Subject subject, Judged.Side side) {
    return new MatchReport.Side(
        Both.name(subject),
        subject.weights().name(),
        side.set().layers(),
        side.set().size(),
        side.trusted().dead(),
        side.trusted().rare(),
        side.trusted().kept().length);
  }

  /** Best partners as two clouds of directions, at most so many, drawn at random. */
  private static Optional<Arrangement> arrangement(
      Judged.Side first, Judged.Side second, Matching matching, MatchRequest request, Run run) {
    double[] values = matching.rowValues();
    Random random = new Random(run.seed());
    List<Integer> some = new ArrayList<>();
    IntStream.range(0, values.length).filter(i -> values[i] > request.least()).forEach(some::add);
    Collections.shuffle(some, random);
    int[] rows = some.stream().limit(MOST_ARRANGED).mapToInt(each -> each).toArray();
    int[] partners = matching.ofRows();
    int[] columns = IntStream.of(rows).map(row -> partners[row]).toArray();
    if (rows.length < FEWEST_ARRANGED) {
      return Optional.empty();
    }
    try (Steps steps = run.steps("shuffling partners", Counted.RUNS, SHUFFLES);
        var _ = NativeScope.open()) {
      Tensor a = first.directions().indexSelect(0, Tensor.indices(rows));
      Tensor b = second.directions().indexSelect(0, Tensor.indices(columns));
      double svcca = PairedDirections.svcca(a, b, 0.99).mean();
      double rsa = PairedDirections.rsa(a, b);
      double[] svccas = new double[SHUFFLES];
      double[] rsas = new double[SHUFFLES];
      List<Integer> order = new ArrayList<>(IntStream.range(0, rows.length).boxed().toList());
      for (int i = 0; i < SHUFFLES; i++) {
        Collections.shuffle(order, random);
        try (var _ = NativeScope.open()) {
          Tensor shuffled =
              b.indexSelect(0, Tensor.indices(order.stream().mapToInt(each -> each).toArray()));
          svccas[i] = PairedDirections.svcca(a, shuffled, 0.99).mean();
          rsas[i] = PairedDirections.rsa(a, shuffled);
        }
        steps.at(i + 1);
      }
      return Optional.of(
          new Arrangement(
              rows.length,
              svcca,
              Arrays.stream(svccas).average().orElse(Double.NaN),
              PermutedTexts.p(svcca, svccas),
              rsa,
              Arrays.stream(rsas).average().orElse(Double.NaN),
              PermutedTexts.p(rsa, rsas)));
    }
  }

  private static List<Evidence> evidence(MatchReport report) {
    List<Evidence> evidence = new ArrayList<>();
    report
        .byActivation()
        .ifPresent(figures ->
            evidence.add(
                above(figures, "Best partners correlate more than with whole texts permuted")));
    report
        .byCosine()
        .ifPresent(figures ->
            evidence.add(above(figures, "Best partners lie nearer than after random rotations")));
    report
        .agreement()
        .ifPresent(share ->
            evidence.add(
                Evidence.noted(
                    "Activations and directions name the same best partner",
                    Support.OBSERVED,
                    share,
                    "")));
    evidence.add(
        Evidence.noted(
            "Features that could be judged",
            Support.OBSERVED,
            Proportion.wilson(report.first().matched(), report.first().features(), 0.95),
            String.format(
                Locale.ROOT,
                "of %s; of %s %,d of %,d",
                report.first().basis(),
                report.second().basis(),
                report.second().matched(),
                report.second().features())));
    return evidence;
  }

  private static Evidence above(Figures figures, String claim) {
    double gap =
        figures.chance().map(chance -> figures.meanBest() - chance.meanBest()).orElse(Double.NaN);
    String note =
        figures
            .chance()
            .map(chance ->
                String.format(
                    Locale.ROOT,
                    "%.3f against %.3f, p = %.4f, which %d draws cannot make smaller than %.4f",
                    figures.meanBest(),
                    chance.meanBest(),
                    chance.meanBestP(),
                    chance.draws(),
                    1.0 / (1 + chance.draws())))
            .orElse("no permutation was asked for");
    return Evidence.noted(
        claim, Support.OBSERVED, Estimate.exactly(gap, "difference of mean best values"), note);
  }

  private static List<String> caveats(
      MatchRequest request, Subject subject, Optional<TextSample> texts) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        String.format(
            Locale.ROOT,
            "Pairs at or below %.2f are no partners; the answer lists the best %,d.",
            request.least(),
            request.shown()));
    texts.ifPresent(some ->
        caveats.add(
            String.format(
                Locale.ROOT,
                "Correlated over %,d positions in texts of %d tokens; the token that begins a document is left out,"
                    + " %,d documents were shorter than a text. Features active on fewer than %d positions are not"
                    + " judged.",
                some.positions(),
                some.length(),
                some.skipped(),
                request.leastActive())));
    caveats.addAll(Both.caveats(subject, List.of(request.other())));
    return caveats;
  }
}
