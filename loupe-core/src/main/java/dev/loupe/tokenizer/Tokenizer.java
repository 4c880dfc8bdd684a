package dev.loupe.tokenizer;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Text to tokens and back, as a {@code tokenizer.json} describes it. Holds native memory until it
 * is closed; every method may be called from several threads at once.
 */
public final class Tokenizer implements AutoCloseable {
  private static final long LARGEST_FILE = 512L << 20;

  private final String name;
  private final String json;
  private final Vocabulary vocabulary;
  private final NativeTokenizer tokenizer;
  private final Map<Integer, String> textById = new ConcurrentHashMap<>();
  private final Set<Integer> controlTokens;
  private final long[] anchor;
  private final String anchorText;
  private final Optional<EmbeddingRows> rows;
  private @Nullable NativeTokenizer plainTokenizer;
  private volatile @Nullable WordCache words;

  private Tokenizer(
      String name,
      String json,
      Vocabulary vocabulary,
      NativeTokenizer tokenizer,
      Optional<EmbeddingRows> rows) {
    this.name = name;
    this.rows = rows;
    this.json = json;
    this.vocabulary = vocabulary;
    this.tokenizer = tokenizer;
    this.controlTokens =
        vocabulary.added().stream()
            .filter(Vocabulary.AddedToken::special)
            .map(Vocabulary.AddedToken::id)
            .collect(Collectors.toUnmodifiableSet());
    this.anchor = tokenizer.encodeIds("a", false);
    this.anchorText = tokenizer.decode(anchor, false);
  }

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @throws LoupeException if the file is missing, unreadable or not a tokenizer
   */
  public static Tokenizer open(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST_FILE) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "%s has %,d bytes; a tokenizer has at most %,d",
                file,
                size,
                LARGEST_FILE),
            "choose the tokenizer.json of a model");
      }
      return parse(FileText.read(file), file.toString());
    } catch (NoSuchFileException e) {
      throw LoupeException.badInput(
          file + " does not exist", "choose a model folder that holds a tokenizer.json", e);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  /**
   * Reads the text of a {@code tokenizer.json}.
   *
   * @param json the document
   * @param name what errors call it, for example the file that it came from
   * @throws LoupeException if it is not a tokenizer
   */
  public static Tokenizer parse(String json, String name) {
    Vocabulary vocabulary;
    try {
      vocabulary = Vocabulary.read(json, name);
    } catch (JacksonException e) {
      throw malformed(name, JsonText.why(e) + at(e), e);
    }
    if (vocabulary.ids().isEmpty()) {
      throw malformed(name, "it has no model.vocab", null);
    }
    NativeTokenizer tokenizer;
    try {
      tokenizer = new NativeTokenizer(json);
    } catch (LoupeException e) {
      throw e;
    } catch (RuntimeException e) {
      throw malformed(name, String.valueOf(e.getMessage()), e);
    }
    return new Tokenizer(name, json, vocabulary, tokenizer, Optional.empty());
  }

  /** Also what the files beside a {@code tokenizer.json} ask for; takes the place of this one. */
  Tokenizer with(JsonNode config, JsonNode specialTokensMap) {
    String changed = TokenizerConfig.withTokens(json, vocabulary, config, specialTokensMap);
    if (changed.equals(json)) {
      return this;
    }
    close();
    return parse(changed, name);
  }

  /**
   * The same tokenizer as that of a model: every encoding with a token that the model has no
   * embedding row for is refused, so that no instrument meets one. Takes the place of this one,
   * whose memory it shares; close it alone.
   */
  public Tokenizer of(EmbeddingRows model) {
    return new Tokenizer(name, json, vocabulary, tokenizer, Optional.of(model));
  }

  /**
   * Fails if the model of this tokenizer has no embedding row for one of the tokens.
   *
   * @throws LoupeException naming the first such token
   */
  public int[] requireRows(int... ids) {
    rows.ifPresent(known -> known.require(ids, id -> piece(id).orElse("")));
    return ids;
  }

  /**
   * Encodes a text; control tokens in it are recognised.
   *
   * @param addSpecialTokens whether to add what the tokenizer puts around a text, for example a
   *     begin-of-text token
   */
  public TokenSequence encode(String text, boolean addSpecialTokens) {
    return sequence(text, tokenizer.encode(wellFormed(text), addSpecialTokens));
  }

  /** One text, or a pair of texts, as an encoder model reads it, special tokens included. */
  public EncoderInput encodeForEncoder(String text, Optional<String> second) {
    return tokenizer.encodeForEncoder(wellFormed(text), second.map(Tokenizer::wellFormed));
  }

  /** Encodes a text in which control tokens are ordinary characters; adds nothing around it. */
  public TokenSequence encodeAsText(String text) {
    return sequence(text, plainTokenizer().encode(wellFormed(text), false));
  }

  /** The numbers alone, as {@link #encode} gives them: for corpora. */
  public int[] ids(String text, boolean addSpecialTokens) {
    return requireRows(WordCache.toInts(tokenizer.encodeIds(wellFormed(text), addSpecialTokens)));
  }

  /** The numbers alone, as {@link #encodeAsText} gives them: for corpora. */
  public int[] textIds(String text) {
    NativeTokenizer plain = plainTokenizer();
    WordCache cache = words;
    return requireRows(
        cache != null
            ? cache.ids(wellFormed(text))
            : WordCache.toInts(plain.encodeIds(wellFormed(text), false)));
  }

  /** Whether a token is a control token, which no text spells. */
  public boolean isControl(int id) {
    return controlTokens.contains(id);
  }

  /**
   * The text of some tokens. Numbers that the vocabulary does not have are skipped.
   *
   * @param skipSpecial whether control tokens are left out
   */
  public String decode(int[] ids, boolean skipSpecial) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      // A negative number would be read as an unsigned one: it names no token either way.
      wide[i] = ids[i] & 0xFFFF_FFFFL;
    }
    return tokenizer.decode(wide, skipSpecial);
  }

  /** Decodes tokens one at a time, for text that appears while it is generated. */
  public StreamingDecoder streamingDecoder(boolean skipSpecial) {
    return new StreamingDecoder(this, skipSpecial);
  }

  /**
   * The text of one token as it stands inside a text: a leading blank is kept, partial characters
   * show as U+FFFD.
   */
  public String tokenText(int id) {
    return textById.computeIfAbsent(id, this::readTokenText);
  }

  /** The number of a token, spelt as written in the vocabulary. */
  public Optional<Integer> id(String piece) {
    return Optional.ofNullable(vocabulary.ids().get(piece));
  }

  /** A token as written in the vocabulary. */
  public Optional<String> piece(int id) {
    return Optional.ofNullable(vocabulary.tokens().get(id));
  }

  /** How many tokens there are, added ones included. */
  public int vocabularySize() {
    return vocabulary.tokens().size();
  }

  /**
   * The number of the one token that a text consists of.
   *
   * @throws LoupeException if it is none or several, saying how it splits
   */
  public int singleToken(String text) {
    List<Token> tokens = encode(text, false).tokens();
    if (tokens.size() == 1) {
      return tokens.getFirst().id();
    }
    if (tokens.isEmpty()) {
      throw LoupeException.badInput(
          "target \"%s\" has no token".formatted(text), "name a word of the answer");
    }
    String pieces =
        tokens.stream().map(t -> '"' + t.text() + '"').collect(Collectors.joining(" + "));
    String spaced = " " + text;
    if (!text.startsWith(" ") && textOfOneToken(spaced)) {
      throw LoupeException.badInput(
          "target \"%s\" is %d tokens: %s; \"%s\", with its space, is one token"
              .formatted(text, tokens.size(), pieces, spaced),
          "use the word as it stands inside a text: \"%s\"".formatted(spaced));
    }
    throw LoupeException.badInput(
        "target \"%s\" is %d tokens: %s".formatted(text, tokens.size(), pieces),
        "use the first piece \"%s\", or another word".formatted(tokens.getFirst().text()));
  }

  private boolean textOfOneToken(String text) {
    return tokenizer.encodeIds(wellFormed(text), false).length == 1;
  }

  @Override
  public synchronized void close() {
    tokenizer.close();
    if (plainTokenizer != null) {
      plainTokenizer.close();
    }
  }

  /** Names where the tokenizer came from. */
  @Override
  public String toString() {
    return "Tokenizer[" + name + ", " + vocabularySize() + " tokens]";
  }

  private synchronized NativeTokenizer plainTokenizer() {
    if (plainTokenizer == null) {
      plainTokenizer = new NativeTokenizer(PlainText.withoutControlTokens(json, vocabulary));
      words = WordCache.suits(json) ? new WordCache(plainTokenizer) : null;
    }
    return plainTokenizer;
  }

  private TokenSequence sequence(String text, List<NativeTokenizer.Encoded> encoded) {
    requireRows(encoded.stream().mapToInt(NativeTokenizer.Encoded::id).toArray());
    int[] charAt = charIndexByCodePoint(text);
    List<Token> tokens = new ArrayList<>(encoded.size());
    for (NativeTokenizer.Encoded token : encoded) {
      tokens.add(
          new Token(
              token.id(),
              token.piece(),
              tokenText(token.id()),
              token.start(),
              token.end(),
              charAt[token.start()],
              charAt[token.end()],
              token.added()));
    }
    return new TokenSequence(text, tokens);
  }

  /**
   * Decoders drop a leading blank and join word pieces, so a token is decoded behind an anchor
   * whose text is then taken away.
   */
  private String readTokenText(int id) {
    String piece = vocabulary.tokens().get(id);
    if (piece == null) {
      return "<no token " + id + ">";
    }
    if (vocabulary.added().stream().anyMatch(token -> token.id() == id)) {
      return piece;
    }
    long[] anchored = new long[anchor.length + 1];
    System.arraycopy(anchor, 0, anchored, 0, anchor.length);
    anchored[anchor.length] = id;
    String text = tokenizer.decode(anchored, false);
    return text.startsWith(anchorText)
        ? text.substring(anchorText.length())
        : tokenizer.decode(new long[] {id}, false);
  }

  private static int[] charIndexByCodePoint(String text) {
    int count = text.codePointCount(0, text.length());
    int[] index = new int[count + 1];
    for (int i = 0, at = 0; i <= count; i++) {
      index[i] = at;
      if (i < count) {
        at += Character.charCount(text.codePointAt(at));
      }
    }
    return index;
  }

  /** Half a surrogate pair has no UTF-8 form; it is read as one replacement character. */
  private static String wellFormed(String text) {
    StringBuilder copy = null;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        copy = copy == null ? new StringBuilder(text) : copy;
        copy.setCharAt(i, '\uFFFD');
      }
      i += Character.charCount(point);
    }
    return copy == null ? text : copy.toString();
  }

  private static String at(JacksonException error) {
    return error.getLocation() == null
        ? ""
        : " at line %d, column %d"
            .formatted(error.getLocation().getLineNr(), error.getLocation().getColumnNr());
  }

  private static LoupeException malformed(String name, String why, @Nullable Throwable cause) {
    String message = name + " is not a tokenizer: " + why;
    String remedy = "fetch the model's tokenizer.json again";
    return cause == null
        ? LoupeException.badInput(message, remedy)
        : LoupeException.badInput(message, remedy, cause);
  }
}
