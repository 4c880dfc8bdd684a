package dev.loupe.prose;

import dev.loupe.prose.PartsOfSpeech.Word;
import java.util.ArrayList;
import java.util.List;

/**
 * The main clauses of an English sentence: it is cut at a semicolon, and at a coordinating
 * conjunction (with its comma) that has a verb on both sides. A clause without a subject of its own
 * says the same of the subject of the first: what stands before its first verb.
 */
public final class Clauses {
  private Clauses() {}

  /**
   * One clause.
   *
   * @param at where it stands
   * @param text of it as a sentence of its own, with the subject that it shares
   */
  public record Clause(Stretch at, String text) {}

  /** The clauses of a sentence, in order; the sentence itself where it has one. */
  public static List<Clause> of(String sentence) {
    List<Word> words = PartsOfSpeech.of(sentence);
    List<Integer> borders = borders(sentence, words);
    if (borders.isEmpty()) {
      return List.of(new Clause(new Stretch(0, sentence.length()), sentence));
    }
    String subject = subject(sentence, words);
    List<Clause> clauses = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= borders.size(); i++) {
      boolean isLast = i == borders.size();
      int to = isLast ? words.size() : borders.get(i);
      int first = from;
      while (first < to && isJoint(sentence, words.get(first))) {
        first++;
      }
      int last = to - 1;
      while (last > first && isSign(sentence, words.get(last)) && !isLast) {
        last--;
      }
      if (first <= last) {
        Stretch at = new Stretch(words.get(first).at().start(), words.get(last).at().end());
        String own = at.of(sentence);
        boolean sharesSubject = !clauses.isEmpty() && beginsWithVerb(words, first, to);
        clauses.add(new Clause(at, sharesSubject ? subject + " " + own : own));
      }
      from = to;
    }
    return clauses;
  }

  /** Numbers of the words that begin a further clause. */
  private static List<Integer> borders(String sentence, List<Word> words) {
    List<Integer> borders = new ArrayList<>();
    int from = 0;
    for (int i = 1; i < words.size() - 1; i++) {
      boolean isJoint =
          words.get(i).tag().equals("CCONJ") || words.get(i).at().of(sentence).equals(";");
      if (isJoint && hasVerb(words, from, i) && hasVerb(words, i + 1, nextJoint(words, i + 1))) {
        if (beginsWithVerb(words, i + 1, words.size()) || beginsWithSubject(words, i + 1)) {
          borders.add(i);
          from = i;
        }
      }
    }
    return borders;
  }

  private static int nextJoint(List<Word> words, int from) {
    int at = from;
    while (at < words.size() && !words.get(at).tag().equals("CCONJ")) {
      at++;
    }
    return at;
  }

  private static boolean hasVerb(List<Word> words, int from, int to) {
    return words.subList(from, to).stream().anyMatch(Word::isVerb);
  }

  /** Whether adverbs at most stand before the first verb. */
  private static boolean beginsWithVerb(List<Word> words, int from, int to) {
    int at = from;
    while (at < to && List.of("ADV", "PART", "CCONJ", "PUNCT").contains(words.get(at).tag())) {
      at++;
    }
    return at < to && words.get(at).isVerb();
  }

  /** Whether a noun or a pronoun stands before the first verb. */
  private static boolean beginsWithSubject(List<Word> words, int from) {
    for (Word word : words.subList(from, words.size())) {
      if (word.isVerb()) {
        return false;
      }
      if (List.of("NOUN", "PROPN", "PRON").contains(word.tag())) {
        return true;
      }
    }
    return false;
  }

  private static String subject(String sentence, List<Word> words) {
    for (Word word : words) {
      if (word.isVerb()) {
        return sentence.substring(0, word.at().start()).strip();
      }
    }
    return "";
  }

  private static boolean isJoint(String sentence, Word word) {
    return word.tag().equals("CCONJ") || isSign(sentence, word);
  }

  private static boolean isSign(String sentence, Word word) {
    String text = word.at().of(sentence);
    return text.equals(",") || text.equals(";");
  }
}
