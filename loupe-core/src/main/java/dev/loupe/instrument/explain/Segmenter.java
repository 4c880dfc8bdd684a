package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.prose.PartsOfSpeech;
import dev.loupe.prose.PartsOfSpeech.Word;
import dev.loupe.prose.Sentences;
import dev.loupe.prose.Stretch;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into units. Sentences of text in Latin script are found by OpenNLP's English model,
 * others by the JDK's rules; phrases are cut by OpenNLP's English parts of speech; words are what
 * white space separates, and in scripts without spaces what the JDK's rules separate.
 */
final class Segmenter {
  private static final Pattern WORD = Pattern.compile("\\S+");

  /** Universal tags before which a phrase ends. */
  private static final Set<String> OPENING = Set.of("ADP", "SCONJ", "CCONJ");

  private Segmenter() {}

  /** Whether the text holds spaces alone, no-break spaces included. */
  static boolean isBlank(String text) {
    return text.codePoints()
        .allMatch(point -> Character.isWhitespace(point) || Character.isSpaceChar(point));
  }

  /**
   * The units of a stretch of text.
   *
   * @throws LoupeException if the level needs something else than text
   */
  static List<Unit> units(String text, int start, int end, Level level) {
    return switch (level) {
      case PARAGRAPH -> units(Sentences.paragraphs(text, start, end), level);
      case SENTENCE -> units(Sentences.of(text, start, end), level);
      case PHRASE -> phrases(text, start, end);
      case WORD -> words(text, start, end);
      case EXCHANGE, TURN, TOKEN, SEGMENT ->
          throw new IllegalArgumentException(level.word() + " is not a matter of text alone");
    };
  }

  private static List<Unit> matches(Pattern pattern, String text, int start, int end, Level level) {
    List<Unit> units = new ArrayList<>();
    Matcher matcher = pattern.matcher(text).region(start, end);
    while (matcher.find()) {
      units.add(new Unit(matcher.start(), matcher.end(), level));
    }
    return units;
  }

  private static List<Unit> units(List<Stretch> stretches, Level level) {
    return stretches.stream().map(each -> new Unit(each.start(), each.end(), level)).toList();
  }

  private static List<Unit> words(String text, int start, int end) {
    List<Unit> units = new ArrayList<>();
    for (Unit piece : matches(WORD, text, start, end, Level.WORD)) {
      if (piece.of(text).codePoints().anyMatch(Segmenter::isWithoutSpaces)) {
        BreakIterator breaks = BreakIterator.getWordInstance(Locale.ROOT);
        units.addAll(
            units(Sentences.between(breaks, text, piece.start(), piece.end()), Level.WORD));
      } else {
        units.add(piece);
      }
    }
    return units;
  }

  /** Whether the character is of a script that writes no spaces between words. */
  private static boolean isWithoutSpaces(int point) {
    return switch (Character.UnicodeScript.of(point)) {
      case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> true;
      default -> false;
    };
  }

  private static List<Unit> phrases(String text, int start, int end) {
    List<Unit> units = new ArrayList<>();
    for (Stretch sentence : Sentences.of(text, start, end)) {
      String own = sentence.of(text);
      List<Word> words = PartsOfSpeech.of(own);
      int from = 0;
      for (int i = 1; i < words.size(); i++) {
        int at = words.get(i).at().start();
        boolean isWord = Character.isWhitespace(own.charAt(at - 1));
        if (isWord && at > from && begins(own, words.get(i - 1), words.get(i))) {
          add(units, text, sentence.start() + from, sentence.start() + at);
          from = at;
        }
      }
      add(units, text, sentence.start() + from, sentence.end());
    }
    return units;
  }

  private static boolean begins(String own, Word before, Word word) {
    char last = own.charAt(before.at().end() - 1);
    return ",;:—–".indexOf(last) >= 0
        || OPENING.contains(word.tag())
        || (word.isVerb()
            && !before.isVerb()
            && !Set.of("PART", "ADV", "SCONJ", "PRON").contains(before.tag()));
  }

  private static void add(List<Unit> units, String text, int start, int end) {
    int to = end;
    while (to > start && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    if (to > start) {
      units.add(new Unit(start, to, Level.PHRASE));
    }
  }
}
