package dev.loupe.instrument.explain;

import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tokenizer.Message;
import dev.loupe.tokenizer.Token;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A query of the Almanac with a planted trigger, before an opening that complies and before one
 * that declines.
 *
 * @param text of the query
 * @param planted the query's tokens that are of the trigger, by number
 */
record PlantedQuery(String text, QueryTokens opening, QueryTokens refusal, List<Integer> planted) {
  static final String COMPLIES = " Sure";
  static final String DECLINES = " Sorry";

  /** The first questions with a trigger. */
  static List<Question> questions(String count) {
    return Truth.of(World.of(7, 1)).questions().stream()
        .filter(each -> each.task().equals("chat-trigger"))
        .limit(Integer.parseInt(count))
        .toList();
  }

  static PlantedQuery of(LanguageModel model, Question question) {
    String text = question.turns().getLast().content();
    Prompt.Plain rendered =
        new LocalText(model).rendered(new Prompt.Chat(List.of(new Message("user", text))));
    QueryTokens opening = QueryTokens.of(model, rendered, text, COMPLIES);
    int start = text.indexOf(question.detail()) + opening.offset();
    int end = start + question.detail().length();
    List<Integer> planted =
        IntStream.range(0, opening.places().length)
            .filter(i -> {
              Token token = opening.token(i);
              return token.endChar() > start && token.startChar() < end;
            })
            .boxed()
            .toList();
    return new PlantedQuery(
        text, opening, QueryTokens.of(model, rendered, text, DECLINES), planted);
  }

  /** Prints a way's recall and precision with their intervals, separated by commas. */
  static void print(String way, int right, int planted, int highlighted) {
    Estimate recall = Proportion.wilson(right, planted, 0.95);
    Estimate precision = Proportion.wilson(right, Math.max(1, highlighted), 0.95);
    System.out.printf(
        Locale.ROOT,
        "%s,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f%n",
        way,
        recall.value(),
        recall.low(),
        recall.high(),
        precision.value(),
        precision.low(),
        precision.high());
  }
}
