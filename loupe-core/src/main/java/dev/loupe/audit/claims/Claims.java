package dev.loupe.audit.claims;

import dev.loupe.audit.AnswerOptions;
import dev.loupe.prose.Clauses;
import dev.loupe.prose.Clauses.Clause;
import dev.loupe.prose.PartsOfSpeech;
import dev.loupe.prose.PartsOfSpeech.Word;
import dev.loupe.prose.Sentences;
import dev.loupe.prose.Stretch;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What an answer claims: the main clauses of its sentences. Questions and abstentions claim
 * nothing.
 *
 * @param claims in order
 * @param without sentences that claim nothing
 */
public record Claims(List<Claim> claims, List<String> without) {
  private static final Pattern ABSTENTION = Pattern.compile(AnswerOptions.USUAL_ABSTENTIONS);

  public Claims {
    claims = List.copyOf(claims);
    without = List.copyOf(without);
  }

  /**
   * One claim.
   *
   * @param at where it stands in the answer
   * @param text as a sentence of its own, with the subject that it shares with the clause before
   * @param context the sentence before, if the claim begins with a pronoun; else empty
   */
  public record Claim(Stretch at, String text, String context) {
    /** A claim that is the whole answer. */
    public static Claim of(String text) {
      return new Claim(new Stretch(0, text.length()), text, "");
    }

    /** What is looked for. */
    String query() {
      return context.isEmpty() ? text : context + " " + text;
    }
  }

  /** Of an answer, in English. */
  public static Claims of(String answer) {
    List<Claim> claims = new ArrayList<>();
    List<String> without = new ArrayList<>();
    String before = "";
    for (Stretch sentence : Sentences.of(answer)) {
      String own = sentence.of(answer);
      boolean saysSomething = own.codePoints().anyMatch(Character::isLetterOrDigit);
      if (!saysSomething || own.endsWith("?") || ABSTENTION.matcher(own).find()) {
        without.add(own);
        continue;
      }
      for (Clause clause : Clauses.of(own)) {
        claims.add(
            new Claim(
                clause.at().shifted(sentence.start()),
                clause.text(),
                beginsWithPronoun(clause.text()) ? before : ""));
      }
      before = own;
    }
    return new Claims(claims, without);
  }

  private static boolean beginsWithPronoun(String text) {
    List<Word> words = PartsOfSpeech.of(text);
    return !words.isEmpty() && words.getFirst().tag().equals("PRON");
  }
}
