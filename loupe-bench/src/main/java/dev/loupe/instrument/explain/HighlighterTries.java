package dev.loupe.instrument.explain;

import static java.util.Objects.requireNonNull;

import dev.loupe.Loupe;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.Engine;
import dev.loupe.world.Question;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Ways to find the planted trigger in a query, of which the highlighter's was chosen: {@code
 * HighlighterTries MODEL QUERIES}. Prints recall and precision of each on the first half of the
 * queries and on the other, separated by commas. It stands in the instrument's own package, since
 * nothing else needs the scores that were not taken.
 */
public final class HighlighterTries {
  /** Scores of a query's tokens by their names, and which of these tokens are of the trigger. */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  private record Tried(List<Integer> planted, Map<String, double[]> scores) {}

  private HighlighterTries() {}

  public static void main(String[] arguments) {
    Engine.useThreads(1);
    List<Question> questions = PlantedQuery.questions(arguments[1]);
    List<Tried> tried = new ArrayList<>();
    try (LanguageModel model = Loupe.open(arguments[0])) {
      questions.forEach(each -> tried.add(tried(model, each)));
    }
    System.out.println("queries,score,chosen,recall,low,high,precision,low,high");
    int half = tried.size() / 2;
    for (String score : tried.getFirst().scores().keySet()) {
      choices(score.contains("each token"))
          .forEach((choice, chosen) -> {
            print("first", score, choice, chosen, tried.subList(0, half));
            print("other", score, choice, chosen, tried.subList(half, tried.size()));
          });
    }
  }

  private static Tried tried(LanguageModel model, Question question) {
    PlantedQuery asked = PlantedQuery.of(model, question);
    QueryTokens opening = asked.opening();
    QueryTokens refusal = asked.refusal();
    Map<String, double[]> scores = new LinkedHashMap<>();
    gradients(scores, opening, opening.gradients(model), refusal.gradients(model));
    ablations(scores, model, opening, refusal);
    return new Tried(asked.planted(), scores);
  }

  private static void gradients(
      Map<String, double[]> scores,
      QueryTokens query,
      TokenGradients opening,
      TokenGradients refusal) {
    TokenGradients.Gradient own = opening.at(1);
    TokenGradients.Gradient other = refusal.at(1);
    scores.put("gradient norm of the opening", query.norms(own));
    scores.put(
        "gradient norm of opening less refusal",
        at(query, row -> distance(own.rows()[row], other.rows()[row])));
    double[] input = own.timesInput();
    double[] contrast = less(input, other.timesInput());
    scores.put("gradient × input of the opening", at(query, row -> input[row]));
    scores.put("gradient × input of the opening (size)", at(query, row -> Math.abs(input[row])));
    scores.put("gradient × input of opening less refusal", at(query, row -> contrast[row]));
    scores.put(
        "gradient × input of opening less refusal (size)",
        at(query, row -> Math.abs(contrast[row])));
    double[] integrated = opening.integrated();
    double[] difference = less(integrated, refusal.integrated());
    scores.put("integrated gradients of the opening", at(query, row -> integrated[row]));
    scores.put("integrated gradients of opening less refusal", at(query, row -> difference[row]));
    double[] rollout = opening.rollout();
    scores.put("attention rollout", at(query, row -> rollout[row]));
  }

  private static void ablations(
      Map<String, double[]> scores, LanguageModel model, QueryTokens query, QueryTokens refusal) {
    int tokens = query.places().length;
    for (double beta : new double[] {0.5, 0}) {
      String how = beta == 0 ? "ablated" : "halved";
      double[] falls = new double[tokens];
      double[] contrasts = new double[tokens];
      for (int i = 0; i < tokens; i++) {
        falls[i] = fall(model, query, List.of(i), beta);
        contrasts[i] = falls[i] - fall(model, refusal, List.of(i), beta);
      }
      scores.put("opening alone, each token " + how, falls);
      scores.put("opening less refusal, each token " + how, contrasts);
    }
    for (int width : new int[] {3, 5}) {
      double[] largest = new double[tokens];
      Arrays.fill(largest, Double.NEGATIVE_INFINITY);
      double[] mean = new double[tokens];
      int[] held = new int[tokens];
      for (int from = 0; from + width <= tokens; from++) {
        List<Integer> together = IntStream.range(from, from + width).boxed().toList();
        double fall = fall(model, query, together, 0.5);
        for (int i : together) {
          largest[i] = Math.max(largest[i], fall);
          mean[i] += fall;
          held[i]++;
        }
      }
      for (int i = 0; i < tokens; i++) {
        mean[i] /= Math.max(1, held[i]);
      }
      scores.put("opening alone, %d tokens halved together (largest)".formatted(width), largest);
      scores.put("opening alone, %d tokens halved together (mean)".formatted(width), mean);
    }
  }

  /** How much less likely the text after the query becomes, in nats. */
  private static double fall(
      LanguageModel model, QueryTokens query, List<Integer> tokens, double beta) {
    TokenGradients run = query.gradients(model);
    return sum(run.scaled(query.factors(List.of(), 1)))
        - sum(run.scaled(query.factors(tokens, beta)));
  }

  private static double sum(TokenGradients.Scaled scaled) {
    return Arrays.stream(scaled.logProbabilities()).sum();
  }

  private static double[] at(QueryTokens query, IntToDoubleFunction value) {
    return Arrays.stream(query.places())
        .mapToDouble(place -> value.applyAsDouble(place + query.scored().shift()))
        .toArray();
  }

  private static double distance(float[] a, float[] b) {
    return Math.sqrt(
        IntStream.range(0, a.length).mapToDouble(i -> Math.pow((double) a[i] - b[i], 2)).sum());
  }

  private static double[] less(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
  }

  /** Ways to choose tokens by their scores; a stretch of any length only where {@code free}. */
  private static Map<String, Function<double[], List<Integer>>> choices(boolean free) {
    Map<String, Function<double[], List<Integer>>> choices = new LinkedHashMap<>();
    for (double alpha : new double[] {.15, .25, .35, .5}) {
      choices.put("top " + alpha, scores -> QueryTokens.selected(scores, alpha));
      choices.put("stretch " + alpha, scores -> stretch(scores, alpha));
    }
    for (double share : free ? new double[] {.5, 1, 1.5, 2} : new double[0]) {
      choices.put(
          "stretch above %s of the mean".formatted(share),
          scores -> above(scores, share * DoubleStream.of(scores).average().orElse(0)));
      choices.put(
          "stretch above %s of the largest".formatted(share / 10),
          scores -> above(scores, share / 10 * DoubleStream.of(scores).max().orElse(0)));
    }
    return choices;
  }

  /**
   * The stretch of ⌈α · tokens⌉ tokens whose scores have the largest sum, the first of equal ones.
   */
  private static List<Integer> stretch(double[] scores, double alpha) {
    int count = (int) Math.ceil(alpha * scores.length);
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int from = 0; from + count <= scores.length; from++) {
      double sum = Arrays.stream(scores, from, from + count).sum();
      if (sum > most) {
        most = sum;
        best = from;
      }
    }
    return IntStream.range(best, best + count).boxed().toList();
  }

  /** The stretch of any length with the largest sum of scores less an offset. */
  private static List<Integer> above(double[] scores, double offset) {
    List<Integer> best = List.of();
    double most = Double.NEGATIVE_INFINITY;
    for (int from = 0; from < scores.length; from++) {
      double sum = 0;
      for (int to = from; to < scores.length; to++) {
        sum += scores[to] - offset;
        if (sum > most) {
          most = sum;
          best = IntStream.rangeClosed(from, to).boxed().toList();
        }
      }
    }
    return best;
  }

  private static void print(
      String half,
      String score,
      String choice,
      Function<double[], List<Integer>> chosen,
      List<Tried> queries) {
    int planted = 0;
    int highlighted = 0;
    int right = 0;
    for (Tried query : queries) {
      planted += query.planted().size();
      for (int i : chosen.apply(requireNonNull(query.scores().get(score)))) {
        highlighted++;
        right += query.planted().contains(i) ? 1 : 0;
      }
    }
    PlantedQuery.print("%s,\"%s\",%s".formatted(half, score, choice), right, planted, highlighted);
  }
}
