package dev.loupe.instrument.influence;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.statistics.RankCorrelation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Figures of the scores that several models give the same documents. */
final class Comparison {
  private static final double LEVEL = 0.95;
  private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}]+");

  /** Shorter words are mostly grammar's. */
  private static final int SHORTEST_WORD = 4;

  private final List<PlantedQuestion> questions;
  private final List<ModelScores> models;
  private final int top;
  private final long seed;

  Comparison(List<PlantedQuestion> questions, List<ModelScores> models, int top, long seed) {
    this.questions = questions;
    this.models = models;
    this.top = top;
    this.seed = seed;
  }

  CompareInfluenceReport report() {
    List<CompareInfluenceReport.OfModel> figures = models.stream().map(this::ofModel).toList();
    List<CompareInfluenceReport.OfPair> pairs = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      for (int j = i + 1; j < models.size(); j++) {
        pairs.add(ofPair(models.get(i), models.get(j)));
      }
    }
    return new CompareInfluenceReport(
        questions.size(), models.getFirst().sequences().size(), top, figures, pairs);
  }

  /** The mean of a figure over the questions that have one. */
  private Estimate mean(IntToDoubleFunction of) {
    double[] values =
        IntStream.range(0, questions.size()).mapToDouble(of).filter(Double::isFinite).toArray();
    String unit = values.length == 1 ? "1 question" : values.length + " questions";
    if (values.length < 2) {
      return Estimate.exactly(values.length == 0 ? Double.NaN : values[0], unit);
    }
    Estimate found = Mean.bootstrap(values, LEVEL, seed);
    return new Estimate(found.value(), found.low(), found.high(), LEVEL, unit);
  }

  private CompareInfluenceReport.OfModel ofModel(ModelScores model) {
    return new CompareInfluenceReport.OfModel(
        model.name(),
        mean(q -> model.losses()[q]),
        mean(q ->
            Arrays.stream(top(model, q))
                .mapToDouble(n -> sharedWords(q, model.texts().get(n)))
                .average()
                .orElse(Double.NaN)),
        mean(q ->
            model.texts().stream()
                .mapToDouble(text -> sharedWords(q, text))
                .average()
                .orElse(Double.NaN)),
        mean(q ->
            Arrays.stream(top(model, q))
                .mapToDouble(n -> contains(model, q, n) ? 1 : 0)
                .average()
                .orElse(Double.NaN)),
        mean(q -> recall(model, q)),
        mean(q -> theme(model, q)),
        IntStream.range(0, questions.size()).mapToObj(q -> found(model, q)).toList());
  }

  private CompareInfluenceReport.Found found(ModelScores model, int q) {
    return new CompareInfluenceReport.Found(
        questions.get(q).prompt() + questions.get(q).answer(),
        Arrays.stream(top(model, q))
            .mapToObj(n ->
                new CompareInfluenceReport.Top(
                    model.sequences().get(n).id(),
                    model.sequences().get(n).labels(),
                    model.totals()[q][n],
                    model.texts().get(n)))
            .toList());
  }

  private int[] top(ModelScores model, int q) {
    double[] ranks = model.ranks()[q];
    return IntStream.range(0, ranks.length)
        .boxed()
        .sorted(Comparator.comparingDouble(n -> -ranks[n]))
        .limit(top)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static Set<String> words(String text) {
    return Arrays.stream(NO_LETTERS.split(text.toLowerCase(Locale.ROOT)))
        .filter(word -> word.length() >= SHORTEST_WORD)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Share of the question's words that a document has. */
  private double sharedWords(int q, String document) {
    Set<String> asked = words(questions.get(q).prompt() + questions.get(q).answer());
    Set<String> both = new HashSet<>(asked);
    both.retainAll(words(document));
    return asked.isEmpty() ? Double.NaN : (double) both.size() / asked.size();
  }

  private static boolean contains(ModelScores model, int q, int n) {
    Completion completion = model.completions().get(q);
    int[] all = completion.sequence().tokens();
    int[] wanted = Arrays.copyOfRange(all, completion.prompt(), all.length);
    int[] here = model.sequences().get(n).tokens();
    return IntStream.rangeClosed(0, here.length - wanted.length)
        .anyMatch(at -> Arrays.equals(here, at, at + wanted.length, wanted, 0, wanted.length));
  }

  private double recall(ModelScores model, int q) {
    Set<String> wanted = questions.get(q).teachers();
    long there = model.sequences().stream().map(Sequence::id).filter(wanted::contains).count();
    long hit =
        Arrays.stream(top(model, q))
            .filter(n -> wanted.contains(model.sequences().get(n).id()))
            .count();
    // More teachers than places cannot all be found.
    return there == 0 ? Double.NaN : (double) hit / Math.min(top, there);
  }

  private double theme(ModelScores model, int q) {
    double[] paraphrases = ranks(model, q, questions.get(q).paraphrases());
    double[] decoys = ranks(model, q, questions.get(q).decoys());
    double won = 0;
    for (double one : paraphrases) {
      for (double other : decoys) {
        won += one > other ? 1 : one == other ? 0.5 : 0;
      }
    }
    int pairs = paraphrases.length * decoys.length;
    return pairs == 0 ? Double.NaN : won / pairs;
  }

  private static double[] ranks(ModelScores model, int q, Set<String> ids) {
    return IntStream.range(0, model.sequences().size())
        .filter(n -> ids.contains(model.sequences().get(n).id()))
        .mapToDouble(n -> model.ranks()[q][n])
        .toArray();
  }

  private CompareInfluenceReport.OfPair ofPair(ModelScores first, ModelScores second) {
    return new CompareInfluenceReport.OfPair(
        first.name(),
        second.name(),
        mean(q -> overlap(top(first, q), top(second, q))),
        mean(q -> sharedLabels(labels(first, q), labels(second, q))),
        mean(q -> RankCorrelation.spearman(first.ranks()[q], second.ranks()[q], LEVEL).value()));
  }

  private static double overlap(int[] one, int[] other) {
    Set<Integer> both = Arrays.stream(one).boxed().collect(Collectors.toSet());
    Set<Integer> either = new HashSet<>(both);
    Set<Integer> others = Arrays.stream(other).boxed().collect(Collectors.toSet());
    both.retainAll(others);
    either.addAll(others);
    return either.isEmpty() ? Double.NaN : (double) both.size() / either.size();
  }

  /** Share of each label among all labels of the top documents. */
  private Map<String, Double> labels(ModelScores model, int q) {
    List<String> all =
        Arrays.stream(top(model, q))
            .boxed()
            .flatMap(n -> model.sequences().get(n).labels().stream())
            .toList();
    Map<String, Double> shares = new HashMap<>();
    all.forEach(label -> shares.merge(label, 1.0 / all.size(), Double::sum));
    return shares;
  }

  private static double sharedLabels(Map<String, Double> one, Map<String, Double> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return Double.NaN;
    }
    double sum = 0;
    for (Map.Entry<String, Double> each : one.entrySet()) {
      sum += Math.min(each.getValue(), other.getOrDefault(each.getKey(), 0.0));
    }
    return sum;
  }
}
