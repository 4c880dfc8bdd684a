package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.hub.LocalModel;
import dev.loupe.model.Hooks;
import dev.loupe.model.Transformer;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.TokenSequence;
import dev.loupe.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model in hand: its network, its tokenizer, and what its files say about conversations. Owns
 * native memory: close it.
 *
 * <pre>{@code
 * try (var model = LanguageModel.open(hub.resolve(reference), LoadOptions.DEFAULT)) {
 *   TokenSequence prompt = model.encode("The capital of France is");
 *   Tensor logits = model.transformer().logits(TokenBatch.of(prompt.ids()), Hooks.NONE);
 * }
 * }</pre>
 */
public final class LanguageModel implements AutoCloseable {
  private final LocalModel files;
  private final Transformer transformer;
  private final TextSide text;

  /**
   * What the files say about text.
   *
   * @param endTokens tokens at which generation ends
   */
  record TextSide(
      Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate, Set<Integer> endTokens) {
    TextSide {
      endTokens = Set.copyOf(endTokens);
    }
  }

  private LanguageModel(LocalModel files, Transformer transformer, TextSide text) {
    this.files = files;
    this.transformer = transformer;
    this.text = text;
  }

  /**
   * Opens a model that lies on this machine.
   *
   * @throws LoupeException if a file is missing or malformed, the family is unknown, or the weights
   *     do not fit the configuration
   */
  public static LanguageModel open(LocalModel files, LoadOptions options) {
    Transformer transformer = ModelLoader.transformer(files.location(), options);
    boolean opened = false;
    try {
      LanguageModel model = new LanguageModel(files, transformer, TextFiles.read(files.location()));
      opened = true;
      return model;
    } finally {
      if (!opened) {
        transformer.close();
      }
    }
  }

  /** As {@link #open(LocalModel, LoadOptions)}, from a folder or a GGUF file. */
  public static LanguageModel open(Path location, LoadOptions options) {
    return open(new LocalModel(location.toString(), "local", location, List.of(location)), options);
  }

  /** The same model with hooks in every run; either one's close ends both. */
  public LanguageModel with(Hooks hooks) {
    return new LanguageModel(files, transformer.with(hooks), text);
  }

  /** The name under which it was asked for. */
  public String name() {
    return files.name();
  }

  /** Where its files lie; {@code Hub.identify} tells their SHA-256. */
  public LocalModel files() {
    return files;
  }

  /** The network. */
  public Transformer transformer() {
    return transformer;
  }

  /** Text to tokens and back. */
  public Tokenizer tokenizer() {
    return text.tokenizer();
  }

  /** How conversations are written, for models that say so. */
  public Optional<ChatTemplate> chatTemplate() {
    return text.chatTemplate();
  }

  /** Tokens at which generation ends. */
  public Set<Integer> endTokens() {
    return text.endTokens();
  }

  /**
   * The tokens of a prompt, with the extra tokens that the model's tokenizer puts around a text.
   *
   * @throws LoupeException if there are none, or more than the model has positions for
   */
  public TokenSequence encode(String prompt) {
    TokenSequence tokens = tokenizer().encode(prompt, true);
    int context = transformer.config().context();
    if (tokens.size() == 0) {
      throw LoupeException.badInput("the prompt is empty", "Give at least one word.");
    }
    if (tokens.size() > context) {
      throw LoupeException.badInput(
          "the prompt has %,d tokens but %s was made for %,d"
              .formatted(tokens.size(), name(), context),
          "Shorten the prompt, or choose a model with a longer context.");
    }
    return tokens;
  }

  @Override
  public void close() {
    text.tokenizer().close();
    transformer.close();
  }
}
