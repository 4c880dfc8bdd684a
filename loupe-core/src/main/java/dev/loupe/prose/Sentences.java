package dev.loupe.prose;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opennlp.tools.sentdetect.SentenceDetectorME;
import opennlp.tools.sentdetect.SentenceModel;
import opennlp.tools.util.Span;

/**
 * Paragraphs and sentences. Sentences of text in Latin script are found by OpenNLP's English model,
 * others by the JDK's rules.
 */
public final class Sentences {
  private static final String MODEL = "/opennlp-en-ud-ewt-sentence-1.2-2.5.0.bin";
  private static final Pattern PARAGRAPH =
      Pattern.compile("\\S(?:.*?\\S)??(?=\\s*?\\R[^\\S\\r\\n]*\\R|\\s*\\z)", Pattern.DOTALL);

  private Sentences() {}

  /** The model on the class path, read once. */
  private static final class Models {
    static final SentenceModel SENTENCE = sentences();

    private static SentenceModel sentences() {
      try (InputStream in = PartsOfSpeech.resource(MODEL)) {
        return new SentenceModel(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What stands between blank lines, in a stretch of a text. */
  public static List<Stretch> paragraphs(String text, int start, int end) {
    List<Stretch> found = new ArrayList<>();
    Matcher matcher = PARAGRAPH.matcher(text).region(start, end);
    while (matcher.find()) {
      found.add(new Stretch(matcher.start(), matcher.end()));
    }
    return found;
  }

  /** The sentences of a whole text. */
  public static List<Stretch> of(String text) {
    return of(text, 0, text.length());
  }

  /** The sentences of a stretch of a text; none spans a blank line. */
  public static List<Stretch> of(String text, int start, int end) {
    List<Stretch> found = new ArrayList<>();
    for (Stretch paragraph : paragraphs(text, start, end)) {
      String own = paragraph.of(text);
      if (isLatin(own)) {
        for (Span span : new SentenceDetectorME(Models.SENTENCE).sentPosDetect(own)) {
          found.add(new Stretch(span.getStart(), span.getEnd()).shifted(paragraph.start()));
        }
      } else {
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
        found.addAll(between(breaks, text, paragraph.start(), paragraph.end()));
      }
    }
    return found;
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
  public static List<Stretch> between(BreakIterator breaks, String text, int start, int end) {
    List<Stretch> found = new ArrayList<>();
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
        found.add(new Stretch(a, b));
      }
      from = to;
    }
    return found;
  }
}
