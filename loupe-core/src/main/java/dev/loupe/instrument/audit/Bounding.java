package dev.loupe.instrument.audit;

import dev.loupe.audit.FactCounts;
import dev.loupe.audit.HallucinationBound;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.ArbitraryWorld.Fact;
import dev.loupe.instrument.audit.BoundReport.ByCount;
import dev.loupe.instrument.audit.BoundReport.Relation;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextScore;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Mean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** One request of {@link MeasureBound}. */
final class Bounding {
  private static final double LEVEL = 0.95;

  /** Bins of p̂(r|c) for the miscalibration: (2^-i-1, 2^-i], the last one holds the rest. */
  private static final int BINS = 16;

  private static final int[][] COUNTS = {{0, 0}, {1, 1}, {2, 4}, {5, 19}, {20, Integer.MAX_VALUE}};

  private final BoundRequest request;
  private final Subject subject;
  private final Run run;
  private final ArbitraryWorld world;

  Bounding(BoundRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.world = ArbitraryWorld.read(request.world());
  }

  Cost estimate() {
    long texts = world.answers().values().stream().mapToLong(List::size).sum() * request.prompts();
    double seconds = subject.secondsOfAPass(16) * texts;
    return new Cost(
        seconds,
        Runtime.getRuntime().totalMemory(),
        0,
        "the probability of every answer to %d prompts of each relation, %d texts at most"
            .formatted(request.prompts(), texts));
  }

  /**
   * One prompt's terms.
   *
   * @param error p̂(E|c)
   * @param validityError its part of err_iiv
   * @param modelAbove p̂ above the threshold
   * @param trainingAbove p above it
   * @param other probability of texts that are no answer
   * @param modelBins {@code [BINS]} p̂ by its bin
   * @param trainingBins {@code [BINS]} p by p̂'s bin
   */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared
  private record Terms(
      double error,
      double validityError,
      double modelAbove,
      double trainingAbove,
      double other,
      double[] modelBins,
      double[] trainingBins) {}

  Finding<BoundReport> ask(String schema) {
    List<Relation> relations = new ArrayList<>();
    for (String name : world.facts().keySet()) {
      relations.add(relation(name, world.facts().getOrDefault(name, List.of())));
    }
    List<Evidence> evidence = new ArrayList<>();
    for (Relation each : relations) {
      evidence.add(
          Evidence.atLeast(
                  0,
                  "the error is at least what theorem 1 says",
                  Support.KNOWN,
                  Estimate.exactly(each.slack(), "error less the bound, of the drawn prompts"),
                  "holds for every model on all prompts; on drawn ones up to their error")
              .about(each.name()));
    }
    return new Finding<>(
        schema,
        "Does %s err as much as the bounds on hallucination say?".formatted(subject.text().name()),
        new BoundReport(subject.text().name(), relations),
        evidence,
        List.of(
            "Probabilities are divided by their sum over all answers and the abstention of a"
                + " prompt; what was outside is given beside them.",
            "Prompts are drawn by their frequency, so sums over prompts are means with an"
                + " interval.",
            String.format(
                Locale.ROOT,
                "Miscalibration is over %d bins of the model's probability, each half as wide as"
                    + " the one before.",
                BINS)),
        subject.provenance(run));
  }

  private Relation relation(String name, List<Fact> facts) {
    List<String> answers = world.answers().getOrDefault(name, List.of());
    boolean abstains = facts.stream().anyMatch(fact -> fact.abstentions() > 0);
    double abstained = abstentionShare(facts);
    int[] drawn = drawn(facts, name);
    Map<Integer, Terms> terms = new HashMap<>();
    int[] distinct = Arrays.stream(drawn).distinct().toArray();
    try (Steps steps = run.steps("scoring answers, " + name, Counted.STEPS, distinct.length)) {
      for (int i = 0; i < distinct.length; i++) {
        terms.put(
            distinct[i],
            terms(facts.get(distinct[i]), answers, abstains ? abstained : 0, abstains));
        steps.at(i + 1);
      }
    }
    List<Terms> all = new ArrayList<>();
    for (int each : drawn) {
      Terms found = terms.get(each);
      if (found != null) {
        all.add(found);
      }
    }
    int wrong = answers.size() - 1;
    double validTerm = (abstains ? 2.0 : 1.0) / wrong;
    Estimate error = share(all.stream().mapToDouble(Terms::error).toArray());
    Estimate validity = share(all.stream().mapToDouble(Terms::validityError).toArray());
    Estimate delta = mean(all, each -> each.modelAbove() - each.trainingAbove());
    double bound = 2 * validity.value() - validTerm - Math.abs(delta.value());
    FactCounts counts =
        FactCounts.of(
            facts.stream().map(fact -> (long) fact.count()).toList(),
            facts.stream().mapToLong(Fact::abstentions).sum());
    double frequency = facts.stream().mapToDouble(Fact::frequency).sum();
    HallucinationBound theorem2 =
        new HallucinationBound(
            counts.singletonRate(), wrong, counts.examples(), Math.abs(delta.value()), 0.01);
    Interval esty = counts.massInterval(LEVEL);
    double[] model = bins(all, Terms::modelBins);
    double[] training = bins(all, Terms::trainingBins);
    return new Relation(
        name,
        drawn.length,
        wrong,
        counts.examples(),
        error,
        validity,
        validTerm,
        mean(all, Terms::modelAbove).value(),
        mean(all, Terms::trainingAbove).value(),
        delta,
        bound,
        error.value() - bound,
        counts.singletonRate(),
        esty.about(
            counts.singletonRate(), LEVEL, counts.lacksEsty() ? "McAllester and Ortiz" : "Esty"),
        facts.stream().filter(fact -> fact.count() == 0).mapToDouble(Fact::frequency).sum()
            / frequency,
        theorem2.lower(),
        Math.min(1, theorem2.upper(wrong)),
        divergence(training, model),
        variation(training, model),
        counts.singletonRate() - divergence(training, model),
        byCount(facts, terms),
        mean(all, Terms::other).value());
  }

  private static double abstentionShare(List<Fact> facts) {
    double abstentions = facts.stream().mapToLong(Fact::abstentions).sum();
    return abstentions / Math.max(1, abstentions + facts.stream().mapToLong(Fact::count).sum());
  }

  /** Numbers of facts, by their frequency. */
  private int[] drawn(List<Fact> facts, String name) {
    double[] below = new double[facts.size()];
    double sum = 0;
    for (int i = 0; i < below.length; i++) {
      sum += facts.get(i).frequency();
      below[i] = sum;
    }
    SplittableRandom random = new SplittableRandom(run.seed() + name.hashCode());
    int[] drawn = new int[request.prompts()];
    for (int i = 0; i < drawn.length; i++) {
      int place = Arrays.binarySearch(below, random.nextDouble() * sum);
      drawn[i] = Math.min(below.length - 1, place < 0 ? -place - 1 : place + 1);
    }
    return drawn;
  }

  private Terms terms(Fact fact, List<String> answers, double abstained, boolean abstains) {
    Prompt prompt = Prompt.of(fact.prompt());
    List<Continuation> texts = new ArrayList<>();
    answers.forEach(answer -> texts.add(new Continuation(prompt, answer)));
    if (abstains) {
      texts.add(new Continuation(prompt, fact.abstention()));
    }
    double[] p =
        subject.text().score(texts, _ -> run.check()).stream()
            .mapToDouble(TextScore::sum)
            .map(Math::exp)
            .toArray();
    double sum = Arrays.stream(p).sum();
    double threshold = 1.0 / (answers.size() - 1);
    double error = 0;
    double validity = 0;
    double modelAbove = 0;
    double trainingAbove = 0;
    double[] modelBins = new double[BINS];
    double[] trainingBins = new double[BINS];
    for (int i = 0; i < p.length; i++) {
      double model = p[i] / sum;
      boolean isAbstention = i == answers.size();
      boolean isValid = isAbstention || answers.get(i).equals(fact.answer());
      double training = isAbstention ? abstained : isValid ? 1 - abstained : 0;
      boolean isAbove = model > threshold;
      error += isValid ? 0 : model;
      validity += isValid && !isAbove ? training / 2 : 0;
      validity += !isValid && isAbove ? threshold / 2 : 0;
      modelAbove += isAbove ? model : 0;
      trainingAbove += isAbove ? training : 0;
      int bin =
          model > 0
              ? Math.clamp((int) Math.floor(-Math.log(model) / Math.log(2)), 0, BINS - 1)
              : BINS - 1;
      modelBins[bin] += model;
      trainingBins[bin] += training;
    }
    return new Terms(error, validity, modelAbove, trainingAbove, 1 - sum, modelBins, trainingBins);
  }

  /** A mean of probabilities: its interval stays within 0 and 1. */
  private static Estimate share(double[] values) {
    Estimate mean = Mean.of(values, LEVEL);
    return mean.hasInterval()
        ? new Interval(mean.low(), mean.high()).within(0, 1).about(mean.value(), LEVEL, mean.unit())
        : mean;
  }

  private static Estimate mean(List<Terms> all, ToDoubleFunction<Terms> term) {
    return Mean.of(all.stream().mapToDouble(term).toArray(), LEVEL);
  }

  private static double[] bins(List<Terms> all, Function<Terms, double[]> part) {
    double[] mean = new double[BINS];
    for (Terms each : all) {
      double[] own = part.apply(each);
      for (int i = 0; i < BINS; i++) {
        mean[i] += own[i] / all.size();
      }
    }
    return mean;
  }

  /** Σ p ln(p/p̂), nats. */
  private static double divergence(double[] training, double[] model) {
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
      sum += training[i] > 0 ? training[i] * Math.log(training[i] / model[i]) : 0;
    }
    return sum;
  }

  /** ½ Σ |p − p̂|. */
  private static double variation(double[] training, double[] model) {
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
      sum += Math.abs(training[i] - model[i]) / 2;
    }
    return sum;
  }

  private static List<ByCount> byCount(List<Fact> facts, Map<Integer, Terms> terms) {
    List<ByCount> all = new ArrayList<>();
    for (int[] range : COUNTS) {
      double[] errors =
          terms.entrySet().stream()
              .filter(each -> {
                int count = facts.get(each.getKey()).count();
                return count >= range[0] && count <= range[1];
              })
              .mapToDouble(each -> each.getValue().error())
              .toArray();
      if (errors.length > 0) {
        all.add(new ByCount(range[0], range[1], errors.length, share(errors)));
      }
    }
    return all;
  }
}
