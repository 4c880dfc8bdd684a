package dev.loupe.instrument.geometry;

import dev.loupe.geometry.ActivationTable;
import dev.loupe.geometry.Correlations;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.geometry.Splitting;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.FeatureSet.Trusted;
import dev.loupe.instrument.geometry.SplitReport.Grandparents;
import dev.loupe.instrument.geometry.SplitReport.Level;
import dev.loupe.instrument.geometry.SplitReport.Novel;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
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
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How features split from one size of dictionary to the next: parents by direction and by what they
 * do, what is new in the larger one, and, beside every figure, the same for a dictionary of the
 * same size from another seed.
 */
public final class SplitFeatures implements Instrument<SplitRequest, SplitReport> {
  /** At or above this cosine a child hangs below its parent (Leask et al. 2025). */
  static final double PARENT = 0.7;

  private static final double[] THRESHOLDS = {0.5, PARENT};
  private static final double LEVEL = 0.95;

  /** Documents that are read for each word of the trees. */
  private static final int DOCUMENTS = 40;

  private static final double SECONDS_A_PAIR = 4e-9;

  /** A dictionary with what is known of it on the texts. */
  record Member(
      Subject subject, FeatureSet set, ActivationTable all, Trusted trusted, Tensor rows) {
    String name() {
      return Both.name(subject);
    }

    /** Activations of the features that are judged. */
    ActivationTable table() {
      return all.keeping(trusted.kept());
    }

    /** Directions of the features that are judged; in the caller's scope. */
    Tensor directions() {
      return rows.indexSelect(0, Tensor.indices(trusted.kept()));
    }
  }

  @Override
  public Card<SplitRequest, SplitReport> card() {
    return new Card<>(
        "features split",
        "How do features split in larger dictionaries?",
        "loupe.features-split/1",
        SplitRequest.class,
        SplitReport.class,
        Needs.BASIS);
  }

  private static List<Subject> others(SplitRequest request) {
    return Stream.concat(request.larger().stream(), request.otherSeeds().stream()).toList();
  }

  @Override
  public Cost estimate(SplitRequest request, Subject subject, Run run) {
    return Both.hold(
        subject,
        others(request),
        () -> {
          long features =
              Stream.concat(Stream.of(subject), others(request).stream())
                  .mapToLong(each -> FeatureSet.of(each, List.of()).size())
                  .sum();
          double seconds =
              2
                  + SECONDS_A_PAIR * features * features
                  + request.texts().tokens() / 128.0 * 3 * subject.secondsOfAPass(128);
          return new Cost(
              seconds,
              Engine.residentBytes(),
              0,
              String.format(
                  Locale.ROOT,
                  "%,d features of %d dictionaries",
                  features,
                  1 + others(request).size()));
        });
  }

  @Override
  public Finding<SplitReport> ask(SplitRequest request, Subject subject, Run run) {
    return Both.hold(subject, others(request), () -> finding(request, subject, run));
  }

  private Finding<SplitReport> finding(SplitRequest request, Subject subject, Run run) {
    others(request).forEach(other -> Both.requireSameModel(subject, other));
    TextSample texts = TextSample.of(request.texts(), subject.weights(), run);
    try (var _ = NativeScope.open()) {
      Reading reading = new Reading(request, subject, texts, run);
      List<Level> levels = new ArrayList<>();
      List<Splitting> splittings = new ArrayList<>();
      List<Member> sizes = reading.sizes();
      for (int i = 0; i + 1 < sizes.size(); i++) {
        Splitting splitting = splitting(sizes.get(i), sizes.get(i + 1));
        splittings.add(splitting);
        levels.add(
            level(
                sizes.get(i),
                sizes.get(i + 1),
                splitting,
                reading.stitched(i),
                texts,
                request,
                run));
        run.check();
      }
      List<Level> baselines = new ArrayList<>();
      for (int i = 0; i < reading.seeds().size(); i++) {
        Member other = reading.seeds().get(i);
        Member same = reading.sameSize(other);
        baselines.add(
            level(
                same,
                other,
                splitting(same, other),
                reading.stitched(sizes.size() - 1 + i),
                texts,
                request,
                run));
        run.check();
      }
      List<Grandparents> grandparents = new ArrayList<>();
      for (int i = 0; i + 2 < sizes.size(); i++) {
        int[] direct = splitting(sizes.get(i), sizes.get(i + 2)).parents();
        int[] through = splittings.get(i + 1).through(splittings.get(i));
        grandparents.add(
            new Grandparents(
                sizes.get(i).name(),
                sizes.get(i + 1).name(),
                sizes.get(i + 2).name(),
                agreement(direct, through)));
      }
      boolean wordless = request.concepts().isEmpty();
      TextSample held =
          wordless
              ? texts
              : TextSample.holding(
                  request.texts(), request.concepts(), DOCUMENTS, subject.weights(), run);
      Trees trees = wordless ? reading.trees(texts) : reading.on(held, run).trees(held);
      SplitReport report =
          new SplitReport(
              texts.positions(),
              levels,
              baselines,
              grandparents,
              trees.concepts(),
              held.positions(),
              wordless ? trees.largest(request.shown()) : trees.ofWords());
      return new Finding<>(
          card().schema(),
          "How do the features of %s split in %s?"
              .formatted(
                  Both.name(subject),
                  String.join(", ", request.larger().stream().map(Both::name).toList())),
          report,
          evidence(report),
          caveats(request, subject, texts),
          Both.provenance(subject, others(request), run));
    }
  }

  /** The members of a request, read on the texts. */
  private static final class Reading {
    private final SplitRequest request;
    private final List<Member> members;
    private final int sizes;
    private final List<Optional<StitchWatch>> watches = new ArrayList<>();

    Reading(SplitRequest request, Subject subject, TextSample texts, Run run) {
      List<Subject> subjects = Stream.concat(Stream.of(subject), others(request).stream()).toList();
      this.request = request;
      this.members = new ArrayList<>();
      this.sizes = 1 + request.larger().size();
      List<FeatureSet> sets =
          subjects.stream().map(each -> FeatureSet.of(each, List.of())).toList();
      List<Tensor> rows = sets.stream().map(FeatureSet::directions).toList();
      ActivityReader reader = new ActivityReader(subject.watched(run), texts);
      List<ActivationTable> tables = reader.read(sets, "reading texts", run);
      for (int i = 0; i < subjects.size(); i++) {
        Trusted trusted =
            Trusted.of(tables.get(i), request.leastActive(), Both.name(subjects.get(i)));
        members.add(new Member(subjects.get(i), sets.get(i), tables.get(i), trusted, rows.get(i)));
      }
      for (int i = 1; i < members.size(); i++) {
        Member parent = i < sizes ? members.get(i - 1) : sameSize(members.get(i));
        watches.add(StitchWatch.of(parent.set(), members.get(i).set(), members.get(i).rows()));
      }
      reader.watch(watches.stream().flatMap(Optional::stream).toList(), "stitching", run);
    }

    private Reading(SplitRequest request, List<Member> members, int sizes) {
      this.request = request;
      this.members = members;
      this.sizes = sizes;
    }

    /** The same dictionaries read on other texts, for trees alone. */
    Reading on(TextSample texts, Run run) {
      Subject subject = members.getFirst().subject();
      List<ActivationTable> tables =
          new ActivityReader(subject.watched(run), texts)
              .read(members.stream().map(Member::set).toList(), "reading texts with concepts", run);
      List<Member> read = new ArrayList<>();
      for (int i = 0; i < tables.size(); i++) {
        Member own = members.get(i);
        Trusted trusted = Trusted.of(tables.get(i), request.leastActive(), own.name());
        read.add(new Member(own.subject(), own.set(), tables.get(i), trusted, own.rows()));
      }
      return new Reading(request, read, sizes);
    }

    Trees trees(TextSample texts) {
      List<Optional<Member>> others =
          sizes().stream()
              .map(own -> seeds().stream().filter(other -> sameSize(other).equals(own)).findFirst())
              .toList();
      return new Trees(sizes(), others, request.concepts(), texts);
    }

    List<Member> sizes() {
      return members.subList(0, sizes);
    }

    List<Member> seeds() {
      return members.subList(sizes, members.size());
    }

    Member sameSize(Member other) {
      return sizes().stream()
          .min(Comparator.comparingInt(each -> Math.abs(each.set().size() - other.set().size())))
          .orElseThrow();
    }

    /** Which features of the larger of a pair lower the smaller one's error. */
    Optional<StitchWatch> stitched(int pair) {
      return watches.get(pair);
    }
  }

  private static Splitting splitting(Member smaller, Member larger) {
    try (var _ = NativeScope.open()) {
      return Splitting.of(Cosines.of(larger.directions(), smaller.directions()));
    }
  }

  private static Estimate agreement(int[] some, int[] others) {
    long same = IntStream.range(0, some.length).filter(i -> some[i] == others[i]).count();
    return Proportion.wilson(same, some.length, LEVEL);
  }

  private static Level level(
      Member smaller,
      Member larger,
      Splitting splitting,
      Optional<StitchWatch> stitched,
      TextSample texts,
      SplitRequest request,
      Run run) {
    Correlations correlations = Correlations.of(larger.table(), smaller.table());
    int children = splitting.parents().length;
    int parents = smaller.trusted().kept().length;
    List<Novel> novel =
        Arrays.stream(THRESHOLDS)
            .mapToObj(threshold ->
                new Novel(
                    threshold, Proportion.wilson(splitting.novel(threshold), children, LEVEL)))
            .toList();
    long split =
        Arrays.stream(splitting.children(parents, PARENT)).filter(count -> count >= 2).count();
    Optional<Estimate> lowering =
        stitched.map(watch -> {
          double[] changes = watch.stitching().changes();
          long lower = Arrays.stream(larger.trusted().kept()).filter(i -> changes[i] < 0).count();
          return Proportion.wilson(lower, children, LEVEL);
        });
    Random random = new Random(run.seed());
    double chance = 0;
    for (int i = 0; i < request.permutations(); i++) {
      int[] order = PermutedTexts.order(texts.kinds(), texts.length(), random);
      chance += contained(correlations.permuted(order), splitting) / request.permutations();
      run.check();
    }
    return new Level(
        smaller.name(),
        larger.name(),
        parents,
        children,
        novel,
        lowering,
        Proportion.wilson(split, parents, LEVEL),
        agreement(splitting.parents(), Splitting.of(correlations).parents()),
        contained(correlations, splitting),
        request.permutations() == 0 ? Double.NaN : chance);
  }

  private static double contained(Correlations correlations, Splitting splitting) {
    return Arrays.stream(correlations.containment(splitting.parents()))
        .average()
        .orElse(Double.NaN);
  }

  private static List<Evidence> evidence(SplitReport report) {
    List<Evidence> evidence = new ArrayList<>();
    for (Level level : report.levels()) {
      evidence.add(
          Evidence.noted(
              "%s: parents are the same by direction and by activation".formatted(level.larger()),
              Support.OBSERVED,
              level.sameParent(),
              ""));
      evidence.add(
          Evidence.noted(
              "%s: where a feature is active, its parent is too".formatted(level.larger()),
              Support.OBSERVED,
              Estimate.exactly(level.contained(), "mean share of its positions"),
              String.format(
                  Locale.ROOT, "with whole texts permuted %.3f", level.containedByChance())));
    }
    report
        .grandparents()
        .forEach(each ->
            evidence.add(
                Evidence.noted(
                    "%s: the nearest feature of %s is the parent's parent"
                        .formatted(each.largest(), each.smallest()),
                    Support.OBSERVED,
                    each.agree(),
                    "1 in a tree")));
    return evidence;
  }

  private static List<String> caveats(SplitRequest request, Subject subject, TextSample texts) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        String.format(
            Locale.ROOT,
            "Read on %,d positions in texts of %d tokens, the token that begins a document left"
                + " out; features active on fewer than %d of them are not judged.",
            texts.positions(),
            texts.length(),
            request.leastActive()));
    caveats.add(
        String.format(
            Locale.ROOT,
            "In a tree a feature hangs below its nearest parent at a cosine of %.1f or more, and"
                + " below its best by activation at a correlation of %.1f or more; it may hang"
                + " below two.",
            PARENT,
            Links.ALIKE));
    if (!request.concepts().isEmpty()) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "A word's best feature in the next size hangs below its best one here, however weakly they are tied."
                  + " Trees of words are measured on other texts: up to %d documents of the corpus that"
                  + " hold each word, so frequencies and F1 in them are not those of the whole"
                  + " corpus. F1 is that of “the feature is active” on a word's last token, and the"
                  + " best of all features' by choice.",
              DOCUMENTS));
    }
    if (request.otherSeeds().isEmpty()) {
      caveats.add(
          "No dictionary of the same size from another seed was given: how much of this is not"
              + " splitting but another seed cannot be told.");
    }
    caveats.addAll(Both.caveats(subject, others(request)));
    return caveats;
  }
}
