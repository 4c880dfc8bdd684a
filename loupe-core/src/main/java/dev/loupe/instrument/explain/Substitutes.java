package dev.loupe.instrument.explain;

import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the model itself would say in the place of each unit, from the original text before it: as
 * many words, with the unit's own punctuation at the end. One text a unit, whatever else is left
 * out, so that every method plays one game.
 */
final class Substitutes {
  /** Tokens of one substitute: a longer unit has one that is shorter than itself. */
  static final int MOST_TOKENS = 64;

  /** Tokens that are taken to be enough for a word. */
  static final int TOKENS_OF_A_WORD = 5;

  private static final Pattern TAIL = Pattern.compile("[^\\p{L}\\p{N}]+\\z");

  private Substitutes() {}

  /** A text for each player, as many as {@link UnitText#players()}; one may be empty. */
  static List<String> of(UnitText text, Subject subject, Run run) {
    List<String> found = new ArrayList<>();
    try (Steps steps = run.steps("infilling", Counted.PROMPTS, text.players().size())) {
      for (int place : text.players()) {
        Unit unit = text.units().get(place);
        if (unit.level() == Level.EXCHANGE) {
          found.add(""); // a question with its answer: nothing that a text could stand for
          continue;
        }
        String own = unit.of(text.text());
        String before = before(text.text(), unit);
        boolean isToken = unit.level() == Level.TOKEN;
        int words = isToken ? 1 : words(own).size();
        String answer =
            subject
                .text()
                .answer(
                    List.of(prompt(isToken ? before : before.stripTrailing(), subject)),
                    isToken ? 1 : Math.min(MOST_TOKENS, TOKENS_OF_A_WORD * words + 1),
                    _ -> run.check())
                .getFirst()
                .text();
        found.add(isToken ? answer : fitted(answer, own, words));
        steps.at(found.size());
      }
    }
    return found;
  }

  private static String before(String text, Unit unit) {
    String before = text.substring(0, unit.start());
    return Conversation.isOne(text) ? Conversation.plain(before) : before;
  }

  /** A server may refuse a prompt without text. */
  private static Prompt prompt(String before, Subject subject) {
    return Prompt.of(before.isEmpty() && !subject.hasWeights() ? "\n" : before);
  }

  /** The first words of a continuation, ending as the unit ends. */
  static String fitted(String answer, String own, int words) {
    List<Unit> said = words(answer);
    if (said.isEmpty() || words == 0) {
      return "";
    }
    Unit last = said.get(Math.min(words, said.size()) - 1);
    String kept = answer.substring(said.getFirst().start(), last.end());
    return TAIL.matcher(kept).replaceFirst("") + own.substring(own.length() - tail(own));
  }

  private static int tail(String own) {
    Matcher matcher = TAIL.matcher(own);
    return matcher.find() ? matcher.end() - matcher.start() : 0;
  }

  private static List<Unit> words(String text) {
    return Segmenter.units(text, 0, text.length(), Level.WORD);
  }
}
