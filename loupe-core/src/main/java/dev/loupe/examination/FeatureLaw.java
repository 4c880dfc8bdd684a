package dev.loupe.examination;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.examination.LawReport.Bin;
import dev.loupe.examination.LawReport.Fit;
import dev.loupe.examination.LawReport.Found;
import dev.loupe.examination.LawReport.Size;
import dev.loupe.examination.LawTexts.Concept;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Hooks;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Bootstrap;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.LogisticFit;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The law of Templeton et al. 2024: a concept has a feature of its own with a probability that
 * depends on its frequency times the number of alive features, one half at just below 1. Here the
 * frequency is that of a word in the whole corpus, counted, and "its own" a feature whose F1 on
 * unread text reaches a threshold, which is swept.
 */
public final class FeatureLaw implements Instrument<LawRequest, LawReport> {
  private static final double[] THRESHOLDS = {0.5, 0.6, 0.7, 0.8, 0.9};
  private static final double LEVEL = 0.95;
  private static final int RESAMPLES = 400;
  private static final double SECONDS_OF_WORLDS = 20;
  private static final int TOKENS_A_CONCEPT = 120;

  @Override
  public Card<LawRequest, LawReport> card() {
    return new Card<>(
        "features law",
        "At which frequency does a concept get a feature of its own?",
        "loupe.features-law/1",
        LawRequest.class,
        LawReport.class,
        Needs.BASIS);
  }

  private static List<Subject> all(LawRequest request, Subject subject) {
    return Stream.concat(Stream.of(subject), request.others().stream()).toList();
  }

  static <T> T hold(List<Subject> subjects, Supplier<T> work) {
    Supplier<T> held = work;
    for (Subject subject : subjects) {
      Supplier<T> inner = held;
      held = () -> subject.hold(inner);
    }
    return held.get();
  }

  @Override
  public Cost estimate(LawRequest request, Subject subject, Run run) {
    List<Subject> all = all(request, subject);
    return hold(
        all,
        () -> {
          // Some 16 quarters of a decade hold words.
          double tokens = 16.0 * request.concepts() * TOKENS_A_CONCEPT;
          return new Cost(
              SECONDS_OF_WORLDS * request.scale()
                  + tokens / 128 * (1 + all.size()) * subject.secondsOfAPass(128),
              Engine.residentBytes(),
              0,
              String.format(
                  Locale.ROOT,
                  "two worlds counted, about %,.0f tokens read through %d dictionaries",
                  tokens,
                  all.size()));
        });
  }

  @Override
  public Finding<LawReport> ask(LawRequest request, Subject subject, Run run) {
    List<Subject> all = all(request, subject);
    return hold(all, () -> finding(request, subject, all, run));
  }

  /** What one dictionary finds. */
  private record Member(Subject subject, OwnFeatures own, int layer) {
    String name() {
      return subject.basis().name();
    }

    int features() {
      return subject.basis().basis().features(layer);
    }
  }

  private Finding<LawReport> finding(
      LawRequest request, Subject subject, List<Subject> all, Run run) {
    LawTexts texts;
    try (Steps steps = run.steps("counting two worlds", Counted.DOCUMENTS, 0)) {
      long[] asked = {0};
      texts =
          LawTexts.of(
              request,
              subject.weights(),
              new Random(run.seed()),
              () -> steps.at(1024 * ++asked[0]));
    }
    List<Member> members =
        all.stream()
            .map(each -> {
              int layer = each.basis().basis().layers().getLast();
              return new Member(each, new OwnFeatures(each.basis().basis().features(layer)), layer);
            })
            .toList();
    UnreadText.read(subject.watched(run), texts.documents(), run, rows -> hooks(members, rows));
    LawReport report = report(request, members, texts, run);
    SequencedSet<String> caveats = new LinkedHashSet<>();
    caveats.add(
        "A concept is a word that is one token; people's names are two and left out. Its rate is that of the whole"
            + " corpus, of which a dictionary's training reads a part.");
    caveats.add(
        String.format(
            Locale.ROOT,
            "F1 is measured on %,d positions of another world's text with this world's names put in, where concepts"
                + " occur about equally often (%d times or so) whatever their rate; feature and activation threshold"
                + " are chosen on the other half of the documents. Alive: active at least once on this text.",
            report.positions(),
            request.each()));
    all.forEach(each -> caveats.addAll(each.caveats()));
    return new Finding<>(
        card().schema(),
        "At which frequency do the concepts of world %d get a feature of their own in %s?"
            .formatted(
                request.world(),
                members.stream().map(Member::name).collect(Collectors.joining(", "))),
        report,
        evidence(report),
        List.copyOf(caveats),
        subject.provenance(run).and(all.stream().map(each -> each.provenance(run)).toList()));
  }

  /** Every other document chooses. */
  private static Hooks hooks(List<Member> members, int[][] rows) {
    int width = rows[0].length;
    Hooks hooks = Hooks.NONE;
    for (Member member : members) {
      FeatureBasis basis = member.subject().basis().basis();
      hooks =
          hooks.and(
              Hooks.observe(
                  basis.reads(member.layer()),
                  input -> {
                    SparseActivations active =
                        basis.encode(member.layer(), input.reshape(-1, input.size(-1)));
                    for (int at = 0; at < active.positions(); at++) {
                      int row = at / width;
                      if (at % width > 0) {
                        member.own().add(active, at, rows[row][at % width], row % 2 == 0);
                      }
                    }
                  }));
    }
    return hooks;
  }

  private static LawReport report(
      LawRequest request, List<Member> members, LawTexts texts, Run run) {
    List<Concept> concepts = texts.concepts();
    Set<Integer> wanted = new HashSet<>();
    concepts.forEach(concept -> wanted.add(concept.token()));
    List<Map<Integer, OwnFeatures.Best>> best = new ArrayList<>();
    for (Member member : members) {
      best.add(member.own().best(wanted));
      run.check();
    }
    double[][] f1 = new double[concepts.size()][members.size()];
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < concepts.size(); i++) {
      Concept concept = concepts.get(i);
      List<LawReport.Best> each = new ArrayList<>();
      for (int k = 0; k < members.size(); k++) {
        OwnFeatures.Best one =
            best.get(k).getOrDefault(concept.token(), new OwnFeatures.Best(-1, 0));
        f1[i][k] = one.f1();
        each.add(
            new LawReport.Best(
                members.get(k).name(),
                one.feature() < 0 ? "" : members.get(k).layer() + "/" + one.feature(),
                one.f1()));
      }
      found.add(new Found(concept.word().text(), concept.word().kind(), concept.rate(), each));
    }
    double[] rates = concepts.stream().mapToDouble(Concept::rate).toArray();
    int[] alive = members.stream().mapToInt(member -> member.own().alive()).toArray();
    Curve curve = new Curve(rates, alive, f1, run.seed());
    List<Size> sizes = new ArrayList<>();
    List<Bin> bins = new ArrayList<>();
    for (int k = 0; k < members.size(); k++) {
      Member member = members.get(k);
      int only = k;
      long own =
          IntStream.range(0, rates.length).filter(i -> f1[i][only] >= request.threshold()).count();
      sizes.add(
          new Size(
              member.name(),
              member.features(),
              alive[k],
              Proportion.wilson(own, Math.max(1, rates.length), LEVEL),
              curve.estimate(new int[] {k}, request.threshold(), LogisticFit::midpoint, "log10")));
      bins.addAll(bins(member.name(), rates, alive[k], f1, k, request.threshold()));
    }
    int[] everyone = IntStream.range(0, members.size()).toArray();
    List<Fit> fits = new ArrayList<>();
    for (double threshold : THRESHOLDS) {
      fits.add(
          new Fit(
              threshold,
              curve.own(everyone, threshold),
              curve.estimate(everyone, threshold, LogisticFit::midpoint, "log10"),
              curve.estimate(everyone, threshold, LogisticFit::slope, "per decade"),
              curve.mcFadden(everyone, threshold, true),
              curve.mcFadden(everyone, threshold, false)));
      run.check();
    }
    return new LawReport(
        members.getFirst().own().positions(),
        concepts.size(),
        texts.split(),
        texts.seldom(),
        request.threshold(),
        sizes,
        fits,
        bins,
        found);
  }

  private static List<Bin> bins(
      String name, double[] rates, int alive, double[][] f1, int member, double threshold) {
    Map<Long, long[]> counts = new TreeMap<>();
    for (int i = 0; i < rates.length; i++) {
      long bin = Math.round(Math.floor(2 * Math.log10(rates[i] * alive)));
      long[] count = counts.computeIfAbsent(bin, _ -> new long[2]);
      count[0] += f1[i][member] >= threshold ? 1 : 0;
      count[1]++;
    }
    List<Bin> bins = new ArrayList<>();
    counts.forEach((bin, count) ->
        bins.add(
            new Bin(
                name, bin / 2.0, (bin + 1) / 2.0, Proportion.wilson(count[0], count[1], LEVEL))));
    return bins;
  }

  /** Fits over some of the dictionaries; the same concept in several is resampled as one. */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  private record Curve(double[] rates, int[] alive, double[][] f1, long seed) {
    Optional<LogisticFit> fit(int[] members, double threshold, boolean times, int... concepts) {
      double[] x = new double[concepts.length * members.length];
      boolean[] own = new boolean[x.length];
      for (int i = 0; i < x.length; i++) {
        int concept = concepts[i / members.length];
        int member = members[i % members.length];
        x[i] = Math.log10(rates[concept] * (times ? alive[member] : 1));
        own[i] = f1[concept][member] >= threshold;
      }
      return x.length == 0 ? Optional.empty() : LogisticFit.of(x, own);
    }

    private int[] concepts() {
      return IntStream.range(0, rates.length).toArray();
    }

    double own(int[] members, double threshold) {
      return Arrays.stream(concepts())
              .mapToDouble(i -> Arrays.stream(members).filter(k -> f1[i][k] >= threshold).count())
              .average()
              .orElse(Double.NaN)
          / members.length;
    }

    double mcFadden(int[] members, double threshold, boolean times) {
      return fit(members, threshold, times, concepts())
          .map(LogisticFit::mcFadden)
          .orElse(Double.NaN);
    }

    /** With the percentile interval over resampled concepts; none where there is no maximum. */
    Optional<Estimate> estimate(
        int[] members, double threshold, ToDoubleFunction<LogisticFit> figure, String unit) {
      return fit(members, threshold, true, concepts())
          .map(fit -> {
            double[] resampled =
                Arrays.stream(
                        Bootstrap.resample(
                            rates.length,
                            RESAMPLES,
                            seed,
                            some ->
                                fit(members, threshold, true, some)
                                    .map(figure::applyAsDouble)
                                    .orElse(Double.NaN)))
                    .filter(Double::isFinite)
                    .toArray();
            double value = figure.applyAsDouble(fit);
            // Resamples without a maximum would lie far out: without an interval where there are
            // many.
            return resampled.length < 0.95 * RESAMPLES
                ? Estimate.exactly(value, unit + ", no interval: too many resamples separate")
                : Bootstrap.percentile(resampled, LEVEL)
                    .about(value, LEVEL, unit + ", bootstrap over concepts");
          });
    }
  }

  private static List<Evidence> evidence(LawReport report) {
    List<Evidence> evidence = new ArrayList<>();
    for (Fit fit : report.fits()) {
      fit.midpoint()
          .ifPresent(midpoint ->
              evidence.add(
                  Evidence.noted(
                      String.format(
                          Locale.ROOT,
                          "Half of the concepts have a feature of their own (F1 %.1f) at this frequency times alive"
                              + " features",
                          fit.threshold()),
                      Support.KNOWN,
                      midpoint,
                      String.format(
                          Locale.ROOT,
                          "published: just below 0; McFadden %.3f, by frequency alone %.3f",
                          fit.mcFadden(),
                          fit.mcFaddenByFrequency()))));
    }
    if (evidence.isEmpty()) {
      evidence.add(
          Evidence.noted(
              "Concepts with a feature of their own",
              Support.KNOWN,
              report.sizes().getFirst().own(),
              "too few, too many or separated by frequency: no curve can be fitted"));
    }
    return evidence;
  }
}
