package dev.loupe.instrument.influence;

import dev.loupe.corpus.Corpus;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.FineTuning;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.statistics.Proportion;
import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.IntStream;

/** Trainings of one model on parts of a corpus, and the methods that predict them. */
final class Validation implements AutoCloseable {
  private static final int FIRST = 10;
  private static final double LEVEL = 0.95;

  private final ValidateRequest request;
  private final Subject subject;
  private final Run run;
  private final TrainingText text;
  private final FineTuning tuning;

  Validation(ValidateRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.text =
        TrainingText.read(
            Corpus.open(request.corpus(), false),
            subject.weights(),
            request.share(),
            subject.transformer().config().context(),
            run);
    this.tuning =
        FineTuning.of(
            subject.transformer(),
            subject.weights().name(),
            request.training(),
            text.sequences().stream().map(Sequence::tokens).toList(),
            text.sequences().stream().map(Sequence::counts).toList());
  }

  /** A question that the model answers right after training on all documents. */
  record Asked(TaughtQuestion question, Sequence query) {}

  FineTuning tuning() {
    return tuning;
  }

  List<Sequence> documents() {
    return text.sequences();
  }

  Cost estimate() {
    double trainings =
        1
            + 0.5 * request.subsets() * request.repeats()
            + (double) MethodScores.MOST * Math.ceilDiv(request.removals(), together());
    return new Cost(
        trainings * tuning.steps() * tuning.secondsOfAStep(),
        Engine.residentBytes(),
        0,
        String.format(
            Locale.ROOT,
            "%,d documents, %,.0f times over as a training on all of them",
            text.sequences().size(),
            trainings));
  }

  Finding<ValidateReport> ask(String schema) {
    List<TaughtQuestion> candidates = candidates();
    BitSet all = everything();
    List<Asked> asked;
    MethodScores methods;
    try (TrainingPath path = new TrainingPath()) {
      run.note("training on all documents");
      double loss = tuning.run(all, 0, run::check, (_, rates) -> path.add(tuning, rates));
      if (!Double.isFinite(loss)) {
        throw Retrainings.diverged(all, loss);
      }
      asked = asked(candidates);
      methods =
          MethodScores.of(
              tuning,
              text.sequences(),
              asked.stream().map(Asked::query).toList(),
              path,
              request,
              subject.weights().tokenizer(),
              run);
    }
    SequencedMap<String, double[][]> scores = methods.byMethod();
    List<Sequence> queries = asked.stream().map(Asked::query).toList();
    Retrainings retrainings = new Retrainings(request.out(), tuning, queries, settings(queries));
    List<BitSet> halves = halves();
    double[][][] losses = losses(retrainings, halves);
    double[][] mean = mean(losses);
    SequencedMap<String, double[]> increases = new LinkedHashMap<>();
    List<ValidateReport.Removal> removals =
        removals(retrainings, scores, all, asked.size(), increases);
    List<ValidateReport.Method> rows = new ArrayList<>();
    scores.forEach((name, each) -> rows.add(method(name, each, halves, mean, asked)));
    ValidateReport report =
        new ValidateReport(
            subject.weights().name(),
            text.sequences().size(),
            asked.size(),
            halves.size(),
            request.repeats(),
            average(retrainings.of(new BitSet(), 0, run).losses()),
            average(retrainings.of(all, 0, run).losses()),
            reproducible(losses, halves),
            rows,
            removals);
    return new Finding<>(
        schema,
        "Does influence predict what retraining does to %s?".formatted(subject.weights().name()),
        report,
        evidence(report, increases),
        caveats(methods),
        subject.provenance(run));
  }

  private static double average(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  BitSet everything() {
    BitSet all = new BitSet();
    all.set(0, text.sequences().size());
    return all;
  }

  /** One question for each set of documents that teaches one, in random order. */
  List<TaughtQuestion> candidates() {
    Set<String> there = new HashSet<>();
    text.sequences().forEach(each -> there.add(each.id()));
    List<TaughtQuestion> found =
        new ArrayList<>(TaughtQuestion.read(request.questions(), request.facts()));
    found.removeIf(each -> each.documents().stream().noneMatch(there::contains));
    Collections.shuffle(found, new Random(run.seed()));
    Set<Set<String>> seen = new HashSet<>();
    found.removeIf(each -> !seen.add(each.documents()));
    if (found.isEmpty()) {
      throw LoupeException.badInput(
          request.questions() + ": no question's documents are among those that were drawn",
          "Read a larger share of the corpus (`share`), or name its own questions.");
    }
    return found;
  }

  /** Questions that the model, as it is trained now, answers right. */
  List<Asked> asked(List<TaughtQuestion> candidates) {
    List<Asked> asked = new ArrayList<>();
    for (TaughtQuestion each : candidates) {
      run.check();
      int[] prompt = subject.weights().tokenizer().ids(each.prompt(), true);
      int[] answer = subject.weights().tokenizer().textIds(each.answer());
      int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
      System.arraycopy(answer, 0, all, prompt.length, answer.length);
      if (asked.size() < request.most() && prompt.length > 0 && answer.length > 0) {
        Sequence query = Sequence.completion(all, prompt.length);
        if (tuning.says(query.tokens(), query.counts())) {
          asked.add(new Asked(each, query));
        }
      }
    }
    if (asked.isEmpty()) {
      throw LoupeException.badInput(
          "after training on all documents the model answers none of %d questions right"
              .formatted(candidates.size()),
          "Train longer (`training`), or on documents that state more often what is asked.");
    }
    return asked;
  }

  /** Everything that a training's result depends on, but the documents kept and their order. */
  String settings(List<Sequence> queries) {
    StringBuilder asked = new StringBuilder();
    queries.forEach(each -> asked.append(Arrays.toString(each.tokens())));
    return "%s %s %s %s".formatted(subject.sha256(), text.sha256(), request.training(), asked);
  }

  List<BitSet> halves() {
    Random random = new Random(run.seed());
    List<BitSet> halves = new ArrayList<>();
    for (int s = 0; s < request.subsets(); s++) {
      List<Integer> order =
          new ArrayList<>(IntStream.range(0, text.sequences().size()).boxed().toList());
      Collections.shuffle(order, random);
      BitSet half = new BitSet();
      order.subList(0, Math.max(1, order.size() / 2)).forEach(half::set);
      halves.add(half);
    }
    return halves;
  }

  /** {@code [repeat][subset][query]}. */
  double[][][] losses(Retrainings retrainings, List<BitSet> halves) {
    double[][][] losses = new double[request.repeats()][halves.size()][];
    int done = 0;
    try (Steps steps =
        run.steps(
            "training on random halves", Counted.RUNS, (long) losses.length * halves.size())) {
      for (int s = 0; s < halves.size(); s++) {
        for (int repeat = 0; repeat < losses.length; repeat++) {
          losses[repeat][s] = retrainings.of(halves.get(s), repeat, run).losses();
          steps.at(++done);
        }
      }
    }
    return losses;
  }

  private static double[][] mean(double[][][] losses) {
    double[][] mean = new double[losses[0].length][losses[0][0].length];
    for (double[][] repeat : losses) {
      for (int s = 0; s < mean.length; s++) {
        for (int q = 0; q < mean[s].length; q++) {
          mean[s][q] += repeat[s][q] / losses.length;
        }
      }
    }
    return mean;
  }

  /** How alike two trainings of the same halves order them, mean over queries. */
  private static Estimate reproducible(double[][][] losses, List<BitSet> halves) {
    if (losses.length < 2) {
      return Estimate.exactly(Double.NaN, "each half was trained on once");
    }
    double[] byQuery =
        IntStream.range(0, losses[0][0].length)
            .mapToDouble(q -> {
              double[] first =
                  IntStream.range(0, halves.size()).mapToDouble(s -> losses[0][s][q]).toArray();
              double[] second =
                  IntStream.range(0, halves.size()).mapToDouble(s -> losses[1][s][q]).toArray();
              double found = RankCorrelation.spearman(first, second, LEVEL).value();
              return Double.isNaN(found) ? 0 : found;
            })
            .toArray();
    return Mean.bootstrap(byQuery, LEVEL, 0);
  }

  private ValidateReport.Method method(
      String name, double[][] scores, List<BitSet> halves, double[][] losses, List<Asked> asked) {
    long hits = 0;
    long possible = 0;
    long found = 0;
    for (int q = 0; q < asked.size(); q++) {
      Set<String> wanted = asked.get(q).question().documents();
      long among = Arrays.stream(top(scores[q], FIRST)).filter(n -> states(n, wanted)).count();
      hits += among;
      found += among > 0 ? 1 : 0;
      possible +=
          Math.min(
              FIRST,
              IntStream.range(0, text.sequences().size()).filter(n -> states(n, wanted)).count());
    }
    return new ValidateReport.Method(
        name,
        new DataModelScore(scores, halves, losses).mean(LEVEL, run.seed()),
        Proportion.wilson(hits, possible, LEVEL),
        Proportion.wilson(found, asked.size(), LEVEL));
  }

  private boolean states(int document, Set<String> wanted) {
    return wanted.contains(text.sequences().get(document).id());
  }

  private static int[] top(double[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(n -> -scores[n]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Questions whose documents are removed in one training: so many are a tenth of all at most. */
  private int together() {
    return Math.max(1, text.sequences().size() / 10 / request.removed());
  }

  private List<ValidateReport.Removal> removals(
      Retrainings retrainings,
      SequencedMap<String, double[][]> scores,
      BitSet all,
      int asked,
      Map<String, double[]> byMethod) {
    List<ValidateReport.Removal> rows = new ArrayList<>();
    int questions = Math.min(request.removals(), asked);
    if (questions == 0) {
      return rows;
    }
    Retrainings.Retrained whole = retrainings.of(all, 0, run);
    long trainings = (long) Math.ceilDiv(questions, together()) * scores.size();
    int done = 0;
    try (Steps steps = run.steps("training without top documents", Counted.RUNS, trainings)) {
      for (var method : scores.entrySet()) {
        double[] increases = new double[questions];
        int lost = 0;
        for (int from = 0; from < questions; from += together()) {
          int to = Math.min(questions, from + together());
          BitSet kept = (BitSet) all.clone();
          for (int q = from; q < to; q++) {
            Arrays.stream(top(method.getValue()[q], request.removed())).forEach(kept::clear);
          }
          Retrainings.Retrained without = retrainings.of(kept, 0, run);
          for (int q = from; q < to; q++) {
            increases[q] = without.losses()[q] - whole.losses()[q];
            lost += without.right()[q] ? 0 : 1;
          }
          steps.at(++done);
        }
        byMethod.put(method.getKey(), increases);
        rows.add(
            new ValidateReport.Removal(
                method.getKey(),
                Mean.bootstrap(increases, LEVEL, run.seed()).in("nats"),
                Proportion.wilson(lost, questions, LEVEL)));
      }
    }
    return rows;
  }

  private List<Evidence> evidence(ValidateReport report, Map<String, double[]> increases) {
    List<Evidence> evidence = new ArrayList<>();
    Estimate influence = Estimate.exactly(Double.NaN, "");
    Estimate best = Estimate.exactly(Double.NEGATIVE_INFINITY, "");
    String baseline = "";
    for (ValidateReport.Method method : report.methods()) {
      if (method.name().equals(MethodScores.EK_FAC)) {
        influence = method.score();
      } else if (!method.name().startsWith(MethodScores.EK_FAC)
          && !method.name().equals(MethodScores.SOURCE)
          && method.score().value() > best.value()) {
        best = method.score();
        baseline = method.name();
      }
    }
    evidence.add(
        Evidence.atLeast(
            best.value(),
            "Influence predicts the losses after training on random halves better than any"
                + " baseline",
            Support.INTERVENED,
            influence,
            String.format(
                Locale.ROOT,
                "the best baseline is %s: %.3f [%.3f, %.3f]",
                baseline,
                best.value(),
                best.low(),
                best.high())));
    double[] removed = increases.get(MethodScores.EK_FAC);
    double[] random = increases.get(MethodScores.RANDOM);
    if (removed != null && random != null) {
      double[] more = new double[removed.length];
      Arrays.setAll(more, q -> removed[q] - random[q]);
      evidence.add(
          Evidence.atLeast(
              0,
              "Without the documents of largest influence the answer's loss rises more than without"
                  + " as many random ones",
              Support.INTERVENED,
              Mean.bootstrap(more, LEVEL, run.seed()).in("nats"),
              "the same questions"));
    }
    return evidence;
  }

  private List<String> caveats(MethodScores methods) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        String.format(
            Locale.ROOT,
            "The model was not trained from its beginning but further, from its own weights, for %d"
                + " epochs on the documents (AdamW, rate %g falling to 0, %d documents a step); a"
                + " document that is left out leaves its place empty. Scores are of the model after"
                + " training on all of them.",
            request.training().epochs(),
            request.training().learningRate(),
            request.training().batch()));
    caveats.add(
        "Questions are those that the model answers right after that training, one for each set of"
            + " documents that teaches one. Intervals of recall take documents as independent,"
            + " which makes them too narrow; those of the datamodelling score draw questions and"
            + " halves again.");
    methods.refinement().ifPresent(caveats::add);
    request.embedding().flatMap(EmbeddingModel::caveat).ifPresent(caveats::add);
    caveats.add(
        "SOURCE takes each epoch as a segment with the curvature of its end, and AdamW as gradient"
            + " descent at one rate for each map.");
    if (request.removals() > 0) {
      caveats.add(
          "The top %d documents of up to %d questions are removed together, so an answer may also be lost by another question's documents; random documents, as many, are the control."
              .formatted(request.removed(), together()));
    }
    caveats.addAll(subject.caveats());
    return caveats;
  }

  @Override
  public void close() {
    tuning.close();
  }
}
