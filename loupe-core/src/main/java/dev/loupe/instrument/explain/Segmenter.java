package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opennlp.tools.postag.POSModel;
import opennlp.tools.postag.POSTaggerME;
import opennlp.tools.sentdetect.SentenceDetectorME;
import opennlp.tools.sentdetect.SentenceModel;
import opennlp.tools.tokenize.SimpleTokenizer;
import opennlp.tools.util.Span;

/**
 * Cuts text into units. Sentences of text in Latin script are found by OpenNLP's English model,
 * others by the JDK's rules; phrases are cut by OpenNLP's English parts of speech; words are what
 * white space separates, and in scripts without spaces what the JDK's rules separate.
 */
final class Segmenter {
  private static final String SENTENCES = "/opennlp-en-ud-ewt-sentence-1.2-2.5.0.bin";
  private static final String TAGS = "/opennlp-en-ud-ewt-pos-1.2-2.5.0.bin";
  private static final Pattern PARAGRAPH =
      Pattern.compile("\\S(?:.*?\\S)??(?=\\s*?\\R[^\\S\\r\\n]*\\R|\\s*\\z)", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("\\S+");

  /** Universal tags before which a phrase ends. */
  private static final Set<String> OPENING = Set.of("ADP", "SCONJ", "CCONJ");

  private static final Set<String> VERBS = Set.of("VERB", "AUX");

  private Segmenter() {}

  /** A model on the class path, read once. */
  private static final class Models {
    static final SentenceModel SENTENCE = sentences();

    private static SentenceModel sentences() {
      try (InputStream in = resource(SENTENCES)) {
        return new SentenceModel(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The larger one apart: phrases are asked for seldom. */
  private static final class Tags {
    static final POSModel MODEL = tags();

    private static POSModel tags() {
      try (InputStream in = resource(TAGS)) {
        return new POSModel(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream in = Segmenter.class.getResourceAsStream(name);
    if (in == null) {
      throw new IOException(name + " is not on the class path");
    }
    return in;
  }

  /**
   * The units of a stretch of text.
   *
   * @throws LoupeException if the level needs something else than text
   */
  static List<Unit> units(String text, int start, int end, Level level) {
    return switch (level) {
      case PARAGRAPH -> matches(PARAGRAPH, text, start, end, level);
      case SENTENCE -> sentences(text, start, end);
      case PHRASE -> phrases(text, start, end);
      case WORD -> words(text, start, end);
      case TOKEN, SEGMENT ->
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

  private static List<Unit> sentences(String text, int start, int end) {
    List<Unit> units = new ArrayList<>();
    for (Unit paragraph : units(text, start, end, Level.PARAGRAPH)) {
      String own = paragraph.of(text);
      if (isLatin(own)) {
        for (Span span : new SentenceDetectorME(Models.SENTENCE).sentPosDetect(own)) {
          units.add(
              new Unit(
                  paragraph.start() + span.getStart(),
                  paragraph.start() + span.getEnd(),
                  Level.SENTENCE));
        }
      } else {
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
        addBreaks(breaks, text, paragraph.start(), paragraph.end(), Level.SENTENCE, units);
      }
    }
    return units;
  }

  private static boolean isLatin(String text) {
    long letters = text.codePoints().filter(Character::isLetter).count();
    long latin =
        text.codePoints()
            .filter(point ->
                Character.isLetter(point)
                    && Character.UnicodeScript.of(point) == Character.UnicodeScript.LATIN)
            .count();
    return 2 * latin >= letters;
  }

  /** The stretches between breaks, without the white space around them. */
  private static void addBreaks(
      BreakIterator breaks, String text, int start, int end, Level level, List<Unit> units) {
    breaks.setText(text.substring(start, end));
    int from = breaks.first();
    for (int to = breaks.next(); to != BreakIterator.DONE; to = breaks.next()) {
      int a = start + from;
      int b = start + to;
      while (a < b && Character.isWhitespace(text.charAt(a))) {
        a++;
      }
      while (b > a && Character.isWhitespace(text.charAt(b - 1))) {
        b--;
      }
      if (a < b) {
        units.add(new Unit(a, b, level));
      }
      from = to;
    }
  }

  private static List<Unit> words(String text, int start, int end) {
    List<Unit> units = new ArrayList<>();
    for (Unit piece : matches(WORD, text, start, end, Level.WORD)) {
      if (piece.of(text).codePoints().anyMatch(Segmenter::isWithoutSpaces)) {
        BreakIterator breaks = BreakIterator.getWordInstance(Locale.ROOT);
        addBreaks(breaks, text, piece.start(), piece.end(), Level.WORD, units);
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
    for (Unit sentence : sentences(text, start, end)) {
      String own = sentence.of(text);
      Span[] tokens = SimpleTokenizer.INSTANCE.tokenizePos(own);
      String[] tags = new POSTaggerME(Tags.MODEL).tag(Span.spansToStrings(tokens, own));
      int from = 0;
      for (int i = 1; i < tokens.length; i++) {
        int at = tokens[i].getStart();
        boolean isWord = Character.isWhitespace(own.charAt(at - 1));
        if (isWord && at > from && begins(own, tokens, tags, i)) {
          add(units, text, sentence.start() + from, sentence.start() + at);
          from = at;
        }
      }
      add(units, text, sentence.start() + from, sentence.end());
    }
    return units;
  }

  private static boolean begins(String own, Span[] tokens, String[] tags, int i) {
    char before = own.charAt(tokens[i - 1].getEnd() - 1);
    return ",;:—–".indexOf(before) >= 0
        || OPENING.contains(tags[i])
        || (VERBS.contains(tags[i])
            && !VERBS.contains(tags[i - 1])
            && !Set.of("PART", "ADV", "SCONJ", "PRON").contains(tags[i - 1]));
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
