package dev.loupe.instrument.explain;

import dev.loupe.Loupe;
import dev.loupe.instrument.explain.PhraseDeletion.PhraseRun;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.Engine;
import dev.loupe.world.Question;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Runs of neighbouring tokens, words or phrases, deleted or with their embeddings set to zero, of
 * which the highlighter takes deleted phrases: {@code PhraseTries MODEL QUERIES}. Prints recall and
 * precision of the planted trigger on the first half of the queries and on the other.
 */
public final class PhraseTries {
  /** A query's tokens that are of the trigger, and those that each way chooses. */
  private record Tried(List<Integer> planted, Map<String, List<Integer>> chosen) {}

  private PhraseTries() {}

  public static void main(String[] arguments) {
    Engine.useThreads(1);
    List<Question> questions = PlantedQuery.questions(arguments[1]);
    List<Tried> tried;
    try (LanguageModel model = Loupe.open(arguments[0])) {
      tried = questions.stream().map(each -> tried(model, each)).toList();
    }
    System.out.println("queries,units,share,recall,low,high,precision,low,high");
    int half = tried.size() / 2;
    for (String way : tried.getFirst().chosen().keySet()) {
      print("first", way, tried.subList(0, half));
      print("other", way, tried.subList(half, tried.size()));
    }
  }

  private static Tried tried(LanguageModel model, Question question) {
    PlantedQuery asked = PlantedQuery.of(model, question);
    String text = asked.text();
    QueryTokens query = asked.opening();
    Map<String, List<Integer>> chosen = new LinkedHashMap<>();
    for (Level level : List.of(Level.TOKEN, Level.WORD, Level.PHRASE)) {
      List<Unit> units =
          level == Level.TOKEN
              ? IntStream.range(0, query.places().length)
                  .mapToObj(i -> new Unit(Math.max(0, start(query, i)), end(query, i), Level.TOKEN))
                  .toList()
              : Segmenter.units(text, 0, text.length(), level);
      PhraseDeletion deleted =
          PhraseDeletion.of(
              model, query, units, PlantedQuery.COMPLIES, PlantedQuery.DECLINES, Run.silent(0));
      PhraseDeletion zeroed = zeroed(model, query, asked.refusal(), deleted);
      for (double share : new double[] {1, .98, .95, .92, .9, .8, .7}) {
        chosen.put(level.word() + "s deleted," + share, deleted.selected(query, share));
        chosen.put(level.word() + "s set to zero," + share, zeroed.selected(query, share));
      }
    }
    return new Tried(asked.planted(), chosen);
  }

  private static int start(QueryTokens query, int token) {
    return query.token(token).startChar() - query.offset();
  }

  private static int end(QueryTokens query, int token) {
    return query.token(token).endChar() - query.offset();
  }

  /** The same runs with the embeddings of their tokens set to zero. */
  private static PhraseDeletion zeroed(
      LanguageModel model, QueryTokens query, QueryTokens refusal, PhraseDeletion deleted) {
    double whole = margin(model, query, refusal, List.of());
    return new PhraseDeletion(
        deleted.phrases(),
        whole,
        deleted.runs().stream()
            .map(each ->
                new PhraseRun(
                    each.from(),
                    each.to(),
                    whole
                        - margin(
                            model, query, refusal, deleted.tokens(query, each.from(), each.to()))))
            .toList());
  }

  private static double margin(
      LanguageModel model, QueryTokens query, QueryTokens refusal, List<Integer> zero) {
    return logProbability(model, query, zero) - logProbability(model, refusal, zero);
  }

  private static double logProbability(LanguageModel model, QueryTokens query, List<Integer> zero) {
    return Arrays.stream(query.gradients(model).scaled(query.factors(zero, 0)).logProbabilities())
        .sum();
  }

  private static void print(String half, String way, List<Tried> queries) {
    ToIntFunction<Tried> right =
        each -> (int) chosen(each, way).stream().filter(each.planted()::contains).count();
    PlantedQuery.print(
        half + "," + way,
        queries.stream().mapToInt(right).sum(),
        queries.stream().mapToInt(each -> each.planted().size()).sum(),
        queries.stream().mapToInt(each -> chosen(each, way).size()).sum());
  }

  private static List<Integer> chosen(Tried tried, String way) {
    return tried.chosen().getOrDefault(way, List.of());
  }
}
