package dev.loupe.examination;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.examination.ConceptsReport.Holding;
import dev.loupe.examination.ConceptsReport.Kind;
import dev.loupe.examination.ConceptsReport.Theme;
import dev.loupe.examination.KindAbsorption.Seen;
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
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How dictionaries hold concepts whose truth is known: whether narrower features absorb a kind of
 * word ({@link KindAbsorption}), and whether a feature fires on a theme both as a principle and
 * where it is shown ({@link SharedMeaning}).
 */
public final class ConceptFeatures implements Instrument<ConceptsRequest, ConceptsReport> {
  private static final int FEWEST_WORDS = 5;
  private static final double CLEAR = 0.8;
  private static final double LEVEL = 0.95;
  private static final double SECONDS_OF_WORLDS = 30;
  private static final int TOKENS_A_WORD = 120;
  private static final int TOKENS_OF_THEMES = 40_000;

  @Override
  public Card<ConceptsRequest, ConceptsReport> card() {
    return new Card<>(
        "features concepts",
        "How do features hold concepts whose truth is known?",
        "loupe.features-concepts/1",
        ConceptsRequest.class,
        ConceptsReport.class,
        Needs.BASIS);
  }

  private static List<Subject> all(ConceptsRequest request, Subject subject) {
    return Stream.concat(Stream.of(subject), request.others().stream()).toList();
  }

  @Override
  public Cost estimate(ConceptsRequest request, Subject subject, Run run) {
    List<Subject> all = all(request, subject);
    return FeatureLaw.hold(
        all,
        () -> {
          // Some 16 quarters of a decade hold words.
          double tokens = 16.0 * request.concepts() * TOKENS_A_WORD + TOKENS_OF_THEMES;
          return new Cost(
              SECONDS_OF_WORLDS * request.scale()
                  + tokens / 128 * (1 + all.size()) * subject.secondsOfAPass(128),
              Engine.residentBytes(),
              0,
              String.format(
                  Locale.ROOT,
                  "about %,.0f tokens of unread text read through %d dictionaries",
                  tokens,
                  all.size()));
        });
  }

  @Override
  public Finding<ConceptsReport> ask(ConceptsRequest request, Subject subject, Run run) {
    List<Subject> all = all(request, subject);
    return FeatureLaw.hold(all, () -> finding(request, subject, all, run));
  }

  /** What one dictionary shows. */
  private static final class Member {
    private final Subject subject;
    private final FeatureBasis basis;
    private final int layer;
    private final double[] constant;
    private final Tensor decoder;
    private final double[] lengths;
    private final List<Seen> seen = new ArrayList<>();
    private final Map<List<Integer>, int[]> ofDocuments = new HashMap<>();

    /** In the caller's scope. */
    Member(Subject subject) {
      this.subject = subject;
      this.basis = subject.basis().basis();
      this.layer = basis.layers().getLast();
      this.constant = basis.bias(layer).to(DType.F64).toDoubles();
      int[] everyone = IntStream.range(0, basis.features(layer)).toArray();
      this.decoder =
          basis.decoderRows(layer, basis.writes(layer).getFirst(), everyone).to(DType.F32);
      double[] rows = decoder.to(DType.F64).toDoubles();
      int width = rows.length / everyone.length;
      this.lengths =
          Arrays.stream(everyone)
              .mapToDouble(i ->
                  Math.sqrt(
                      IntStream.range(i * width, (i + 1) * width)
                          .mapToDouble(k -> rows[k] * rows[k])
                          .sum()))
              .toArray();
    }

    String name() {
      return subject.basis().name();
    }

    private SparseActivations encode(Tensor input) {
      return basis.encode(layer, input.reshape(-1, input.size(-1)));
    }

    /** Keeps the positions of words. */
    Hooks words(Map<Integer, Integer> wordOfToken, int[][] rows) {
      int width = rows[0].length;
      return Hooks.observe(
          basis.reads(layer),
          input -> {
            SparseActivations active = encode(input);
            double[] stream = input.to(DType.F64).toDoubles();
            int d = constant.length;
            for (int at = 0; at < active.positions(); at++) {
              Integer word = wordOfToken.get(rows[at / width][at % width]);
              if (at % width > 0 && word != null) {
                double[] own = Arrays.copyOfRange(stream, at * d, (at + 1) * d);
                Arrays.setAll(own, k -> own[k] - constant[k]);
                int from = active.start(at);
                int[] features = active.features(from, active.start(at + 1)).toArray();
                double[] values = new double[features.length];
                Arrays.setAll(values, i -> active.value(from + i) * lengths[features[i]]);
                seen.add(new Seen(own, features, values, word, at / width % 2 == 0));
              }
            }
          });
    }

    /** Keeps which features are active anywhere in each document. */
    Hooks documents(int[][] rows) {
      int width = rows[0].length;
      return Hooks.observe(
          basis.reads(layer),
          input -> {
            SparseActivations active = encode(input);
            for (int row = 0; row < rows.length; row++) {
              int from = active.start(row * width + 1);
              int to = active.start((row + 1) * width);
              ofDocuments.put(
                  Arrays.stream(rows[row]).skip(1).boxed().toList(),
                  active.features(from, to).distinct().toArray());
            }
          });
    }
  }

  private Finding<ConceptsReport> finding(
      ConceptsRequest request, Subject subject, List<Subject> all, Run run) {
    LawTexts words;
    ThemeTexts themes;
    try (Steps steps = run.steps("writing two worlds", Counted.DOCUMENTS, 0)) {
      long[] asked = {0};
      Runnable check = () -> steps.at(1024 * ++asked[0]);
      words =
          LawTexts.of(
              new LawRequest(
                  request.world(),
                  request.scale(),
                  request.others(),
                  request.concepts(),
                  request.each(),
                  LawRequest.USUAL_THRESHOLD),
              subject.weights(),
              new Random(run.seed()),
              check);
      themes = ThemeTexts.of(World.of(request.world(), request.scale()), subject.weights(), check);
    }
    try (var _ = NativeScope.open()) {
      List<Member> members = all.stream().map(Member::new).toList();
      Map<Integer, Integer> wordOfToken = new HashMap<>();
      for (int i = 0; i < words.concepts().size(); i++) {
        wordOfToken.put(words.concepts().get(i).token(), i);
      }
      Subject watched = subject.watched(run);
      UnreadText.read(
          watched,
          words.documents(),
          run,
          rows ->
              members.stream()
                  .map(member -> member.words(wordOfToken, rows))
                  .reduce(Hooks.NONE, Hooks::and));
      UnreadText.read(
          watched,
          themes.all(),
          run,
          rows ->
              members.stream()
                  .map(member -> member.documents(rows))
                  .reduce(Hooks.NONE, Hooks::and));
      return finding(request, words, themes, members, run);
    }
  }

  private Finding<ConceptsReport> finding(
      ConceptsRequest request, LawTexts words, ThemeTexts themes, List<Member> members, Run run) {
    Map<String, List<Integer>> kinds = new TreeMap<>();
    for (int i = 0; i < words.concepts().size(); i++) {
      kinds.computeIfAbsent(words.concepts().get(i).word().kind(), _ -> new ArrayList<>()).add(i);
    }
    Map<String, List<Integer>> dealt = dealt(kinds, words.concepts().size(), run.seed());
    List<Holding> holdings = new ArrayList<>();
    for (Member member : members) {
      List<Kind> absorption = absorption(member, kinds, run);
      List<Kind> byChance = absorption(member, dealt, run);
      holdings.add(holding(request, member, absorption, byChance, themes, run));
    }
    List<String> unclear =
        kinds.keySet().stream()
            .filter(kind ->
                holdings.getFirst().absorption().stream()
                    .noneMatch(each -> each.kind().equals(kind)))
            .toList();
    ConceptsReport report =
        new ConceptsReport(
            words.concepts().size(), members.getFirst().seen.size(), unclear, holdings);
    SequencedSet<String> caveats = new LinkedHashSet<>();
    caveats.add(
        "Read on another world's text with this world's names put in, which neither model nor dictionary has read."
            + " Words are single tokens.");
    caveats.add(
        String.format(
            Locale.ROOT,
            "Absorption is measured for kinds of at least %d words that a linear probe tells with an F1 of %.1f or"
                + " more; probe and own features are chosen on every other document and measured on the others.",
            FEWEST_WORDS,
            CLEAR));
    caveats.add(
        String.format(
            Locale.ROOT,
            "A feature fires on a theme if the share of its documents on which it is active anywhere is larger by"
                + " %.1f or more than of other prose. A theme has one to three sentences of its own, so what fires on"
                + " both may be what their words share.",
            SharedMeaning.MORE));
    members.forEach(member -> caveats.addAll(member.subject.caveats()));
    return new Finding<>(
        card().schema(),
        "How do the features of %s hold the concepts of world %d?"
            .formatted(
                members.stream().map(Member::name).collect(Collectors.joining(", ")),
                request.world()),
        report,
        evidence(report),
        List.copyOf(caveats),
        members
            .getFirst()
            .subject
            .provenance(run)
            .and(members.stream().map(member -> member.subject.provenance(run)).toList()));
  }

  /** The words at random in kinds of the same sizes. */
  private static Map<String, List<Integer>> dealt(
      Map<String, List<Integer>> kinds, int words, long seed) {
    List<Integer> pool = new ArrayList<>(IntStream.range(0, words).boxed().toList());
    Collections.shuffle(pool, new Random(seed));
    Map<String, List<Integer>> dealt = new TreeMap<>();
    int from = 0;
    for (Map.Entry<String, List<Integer>> kind : kinds.entrySet()) {
      int to = from + kind.getValue().size();
      dealt.put(kind.getKey(), List.copyOf(pool.subList(from, to)));
      from = to;
    }
    return dealt;
  }

  private static List<Kind> absorption(Member member, Map<String, List<Integer>> kinds, Run run) {
    List<Kind> absorption = new ArrayList<>();
    kinds.forEach((kind, some) -> {
      run.check();
      kind(member, kind, some, run.seed()).ifPresent(absorption::add);
    });
    return absorption;
  }

  private static Estimate mean(List<Kind> absorption, long seed) {
    double[] fractions = absorption.stream().mapToDouble(kind -> kind.fraction().value()).toArray();
    return fractions.length == 0
        ? Estimate.exactly(Double.NaN, "no kind could be judged")
        : Mean.bootstrap(fractions, LEVEL, seed);
  }

  private static Optional<Kind> kind(Member member, String kind, List<Integer> words, long seed) {
    return words.size() < FEWEST_WORDS
        ? Optional.empty()
        : KindAbsorption.of(member.seen, words::contains, member.decoder, seed)
            .filter(found -> found.probeF1() >= CLEAR)
            .map(found ->
                new Kind(
                    kind,
                    words.size(),
                    found.probeF1(),
                    found.own().stream().map(id -> member.layer + "/" + id).toList(),
                    found.ownF1(),
                    found.positions(),
                    found.silent(),
                    found.fraction(),
                    found.full()));
  }

  private static Holding holding(
      ConceptsRequest request,
      Member member,
      List<Kind> absorption,
      List<Kind> byChance,
      ThemeTexts themes,
      Run run) {
    SharedMeaning shared =
        SharedMeaning.of(
            themes.names(),
            themes.abstracts().stream().map(some -> active(member, some)).toList(),
            themes.concretes().stream().map(some -> active(member, some)).toList(),
            active(member, themes.others()),
            member.basis.features(member.layer),
            request.permutations(),
            new Random(run.seed()));
    List<Theme> told = new ArrayList<>();
    for (int i = 0; i < shared.themes().size(); i++) {
      SharedMeaning.Theme theme = shared.themes().get(i);
      told.add(
          new Theme(
              theme.name(),
              themes.abstracts().get(i).size(),
              themes.concretes().get(i).size(),
              theme.onAbstract().size(),
              theme.onConcrete().size(),
              theme.both().stream().map(id -> member.layer + "/" + id).toList(),
              theme.share()));
    }
    return new Holding(
        member.name(),
        absorption,
        mean(absorption, run.seed()),
        mean(byChance, run.seed()),
        told,
        shared.both(),
        shared.meanByChance(),
        shared.p());
  }

  private static List<int[]> active(Member member, List<int[]> some) {
    return some.stream()
        .map(
            ids -> member.ofDocuments.getOrDefault(Arrays.stream(ids).boxed().toList(), new int[0]))
        .toList();
  }

  private static List<Evidence> evidence(ConceptsReport report) {
    List<Evidence> evidence = new ArrayList<>();
    for (Holding holding : report.dictionaries()) {
      evidence.add(
          Evidence.noted(
              "%s: absorption fraction, mean over kinds of words".formatted(holding.basis()),
              Support.KNOWN,
              holding.meanFraction(),
              String.format(
                  Locale.ROOT,
                  "over %d kinds; words dealt at random to kinds of the same sizes: %s",
                  holding.absorption().size(),
                  Double.isNaN(holding.fractionByChance().value())
                      ? "no probe tells them"
                      : String.format(Locale.ROOT, "%.3f", holding.fractionByChance().value()))));
      evidence.add(
          Evidence.noted(
              "%s: features that fire on a theme as a principle and where it is shown"
                  .formatted(holding.basis()),
              Support.KNOWN,
              Estimate.exactly(holding.both(), "features"),
              String.format(
                  Locale.ROOT,
                  "with the themes of concrete documents permuted %.2f, p = %.4f",
                  holding.bothByChance(),
                  holding.p())));
    }
    return evidence;
  }
}
