package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.geometry.ActivationTable;
import dev.loupe.geometry.Correlations;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.FeatureSet.Trusted;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Site;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Whether features are more than neurons by another name: the neuron of any preceding layer that
 * correlates best with each feature. The best of thousands is large by chance on little text, so
 * the largest correlation with whole texts permuted stands beside it.
 */
public final class MatchNeurons implements Instrument<NeuronsRequest, NeuronsReport> {
  private static final double THRESHOLD = 0.3;
  private static final double LEVEL = 0.95;
  private static final int BYTES_AN_ENTRY = 24;
  private static final double SECONDS_A_PRODUCT = 2e-9;
  private static final int TENTHS = 10;

  @Override
  public Card<NeuronsRequest, NeuronsReport> card() {
    return new Card<>(
        "features neurons",
        "Does a single neuron do what the feature does?",
        "loupe.features-neurons/1",
        NeuronsRequest.class,
        NeuronsReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(NeuronsRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          FeatureSet set = FeatureSet.of(watched, request.layers());
          int last =
              set.layers().stream().mapToInt(layer -> before(set.basis(), layer)).max().orElse(0);
          double passes =
              (last + 1.0) * request.texts().tokens() / 128 * watched.secondsOfAPass(128);
          // Some 30 features are active at a position.
          double products =
              30.0 * request.texts().tokens() * watched.transformer().config().units(0) * last;
          return new Cost(
              0.5 + passes + SECONDS_A_PRODUCT * products * (1 + request.permutations()),
              Engine.residentBytes() + bytes(watched, request.texts().tokens()),
              0,
              String.format(Locale.ROOT, "%,d features, neurons of %d layers", set.size(), last));
        });
  }

  private static long bytes(Subject subject, int tokens) {
    return (long) BYTES_AN_ENTRY * tokens * subject.transformer().config().units(0);
  }

  /** How many layers' neurons have written when a layer of the basis is read. */
  private static int before(FeatureBasis basis, int layer) {
    Site site = basis.reads(layer).site();
    boolean after = site == Site.RESID_POST || site == Site.MLP_OUT;
    return basis.reads(layer).layer() + (after ? 1 : 0);
  }

  @Override
  public Finding<NeuronsReport> ask(NeuronsRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> finding(request, watched, run));
  }

  /** The largest correlations of each feature so far. */
  private record Largest(double[] signed, double[] absolute) {
    static Largest of(int features) {
      return new Largest(new double[features], new double[features]);
    }

    void see(Correlations correlations, int[] places) {
      correlations.forEachRow((row, values) -> {
        int place = places[row];
        for (double value : values) {
          signed[place] = Math.max(signed[place], value);
          absolute[place] = Math.max(absolute[place], Math.abs(value));
        }
      });
    }
  }

  private Finding<NeuronsReport> finding(NeuronsRequest request, Subject subject, Run run) {
    requireRoom(subject, request.texts().tokens());
    NeuronBasis neurons = NeuronBasis.of(subject.transformer());
    FeatureSet set = FeatureSet.of(subject, request.layers());
    TextSample texts = TextSample.of(request.texts(), subject.weights(), run);
    ActivityReader reader = new ActivityReader(subject, texts);
    ActivationTable table = reader.read(List.of(set), "reading texts", run).getFirst();
    Trusted trusted = Trusted.of(table, request.leastActive(), Both.name(subject));
    int[] judged =
        Arrays.stream(trusted.kept())
            .filter(number -> before(set.basis(), set.id(number).layer()) > 0)
            .toArray();
    if (judged.length == 0) {
      throw LoupeException.badInput(
          "no neuron stands before the features of layer " + set.layers(),
          "Ask for a later layer (`layers`).");
    }
    int last =
        Arrays.stream(judged)
            .map(number -> before(set.basis(), set.id(number).layer()))
            .max()
            .orElseThrow();
    Largest found = Largest.of(judged.length);
    List<Largest> chance = new ArrayList<>();
    List<int[]> orders = new ArrayList<>();
    Random random = new Random(run.seed());
    for (int i = 0; i < request.permutations(); i++) {
      chance.add(Largest.of(judged.length));
      orders.add(PermutedTexts.order(texts.kinds(), texts.length(), random));
    }
    int count = 0;
    try (Steps steps = run.steps("correlating", Counted.RUNS, (long) last * (1 + orders.size()))) {
      long done = 0;
      for (int layer = 0; layer < last; layer++) {
        int here = layer;
        FeatureSet units = new FeatureSet(neurons, List.of(layer));
        count += units.size();
        int[] places =
            IntStream.range(0, judged.length)
                .filter(i -> before(set.basis(), set.id(judged[i]).layer()) > here)
                .toArray();
        int[] numbers = Arrays.stream(places).map(i -> judged[i]).toArray();
        ActivationTable unitTable =
            reader.read(List.of(units), "reading neurons of layer " + layer, run).getFirst();
        Correlations correlations = Correlations.of(table.keeping(numbers), unitTable);
        found.see(correlations, places);
        steps.at(++done);
        for (int i = 0; i < orders.size(); i++) {
          chance.get(i).see(correlations.permuted(orders.get(i)), places);
          steps.at(++done);
        }
      }
    }
    NeuronsReport report = report(subject, texts, trusted, count, found, chance);
    return new Finding<>(
        card().schema(),
        "Does a single neuron do what a feature of %s does?".formatted(Both.name(subject)),
        report,
        evidence(report),
        caveats(request, subject, texts),
        subject.provenance(run));
  }

  private static void requireRoom(Subject subject, int tokens) {
    long bytes = bytes(subject, tokens);
    long room = Runtime.getRuntime().maxMemory();
    if (bytes > room) {
      throw LoupeException.resource(
          String.format(
              Locale.ROOT,
              "the neurons of a layer on %,d tokens take %,d bytes and the runtime has %,d",
              tokens,
              bytes,
              room),
          "Read less text (`tokens`), or give the runtime more memory.");
    }
  }

  private static NeuronsReport report(
      Subject subject,
      TextSample texts,
      Trusted trusted,
      int neurons,
      Largest found,
      List<Largest> chance) {
    double[] best = found.absolute();
    Integer[] tenths = new Integer[TENTHS];
    Arrays.fill(tenths, 0);
    for (double each : best) {
      tenths[(int) Math.min(TENTHS - 1.0, Math.floor(each * TENTHS))]++;
    }
    return new NeuronsReport(
        Both.name(subject),
        texts.positions(),
        best.length,
        trusted.dead(),
        trusted.rare(),
        neurons,
        THRESHOLD,
        atMost(found.signed()),
        atMost(best),
        chance.stream()
            .mapToDouble(each -> atMost(each.absolute()).value())
            .average()
            .orElse(Double.NaN),
        median(best),
        chance.stream().mapToDouble(each -> median(each.absolute())).average().orElse(Double.NaN),
        List.of(tenths));
  }

  private static Estimate atMost(double[] values) {
    return Proportion.wilson(
        Arrays.stream(values).filter(each -> each <= THRESHOLD).count(), values.length, LEVEL);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static List<Evidence> evidence(NeuronsReport report) {
    return List.of(
        Evidence.noted(
            "Features whose best preceding neuron correlates at most 0.3",
            Support.OBSERVED,
            report.atMost(),
            String.format(
                Locale.ROOT,
                "whatever the sign %.3f; with whole texts permuted %.3f",
                report.atMostAbsolute().value(),
                report.atMostByChance())),
        Evidence.noted(
            "Median of the best correlations",
            Support.OBSERVED,
            Estimate.exactly(report.median(), "absolute correlation"),
            String.format(Locale.ROOT, "with whole texts permuted %.3f", report.medianByChance())));
  }

  private static List<String> caveats(NeuronsRequest request, Subject subject, TextSample texts) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        String.format(
            Locale.ROOT,
            "Correlated over %,d positions in texts of %d tokens, the token that begins a document left out; on more"
                + " text the largest correlation by chance is smaller. Features active on fewer than %d positions are"
                + " not judged.",
            texts.positions(),
            texts.length(),
            request.leastActive()));
    caveats.addAll(subject.caveats());
    return caveats;
  }
}
