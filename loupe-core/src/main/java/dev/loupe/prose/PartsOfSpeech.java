package dev.loupe.prose;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import opennlp.tools.postag.POSModel;
import opennlp.tools.postag.POSTaggerME;
import opennlp.tools.tokenize.SimpleTokenizer;
import opennlp.tools.util.Span;

/** The words of a sentence with their universal parts of speech, by OpenNLP's English model. */
public final class PartsOfSpeech {
  private static final String MODEL = "/opennlp-en-ud-ewt-pos-1.2-2.5.0.bin";

  /** Tags of verbs. */
  public static final Set<String> VERBS = Set.of("VERB", "AUX");

  private PartsOfSpeech() {}

  /**
   * A run of letters, digits or signs.
   *
   * @param at in the sentence
   * @param tag such as {@code NOUN}
   */
  public record Word(Stretch at, String tag) {
    /** Whether it is a verb or an auxiliary. */
    public boolean isVerb() {
      return VERBS.contains(tag);
    }
  }

  /** The model on the class path, read once, and apart from the smaller one for sentences. */
  private static final class Models {
    static final POSModel TAGS = tags();

    private static POSModel tags() {
      try (InputStream in = resource(MODEL)) {
        return new POSModel(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static InputStream resource(String name) throws IOException {
    InputStream in = PartsOfSpeech.class.getResourceAsStream(name);
    if (in == null) {
      throw new IOException(name + " is not on the class path");
    }
    return in;
  }

  /** The words of a sentence, in order. */
  public static List<Word> of(String sentence) {
    Span[] tokens = SimpleTokenizer.INSTANCE.tokenizePos(sentence);
    String[] tags = new POSTaggerME(Models.TAGS).tag(Span.spansToStrings(tokens, sentence));
    List<Word> words = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      words.add(new Word(new Stretch(tokens[i].getStart(), tokens[i].getEnd()), tags[i]));
    }
    return words;
  }
}
