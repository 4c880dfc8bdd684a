package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Hub;
import dev.loupe.hub.LocalModel;
import dev.loupe.model.Hooks;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.Leases;
import dev.loupe.tokenizer.BoundaryTokens;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.EmbeddingRows;
import dev.loupe.tokenizer.TokenSequence;
import dev.loupe.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * An open model: its network, its tokenizer, and what its files say about conversations. Owns
 * native memory: close it.
 *
 * <pre>{@code
 * try (var model = LanguageModel.open(hub.resolve(reference), LoadOptions.DEFAULT)) {
 *   TokenSequence prompt = model.encode("The capital of France is");
 *   Tensor logits = model.transformer().logits(TokenBatch.of(prompt.ids()), Hooks.NONE);
 * }
 * }</pre>
 *
 * It may be closed at any time and from any thread: its memory goes when the last {@link #lease} of
 * it ends.
 */
public final class LanguageModel implements AutoCloseable {
  private final LocalModel files;
  private final Transformer transformer;
  private final TextSide text;
  private final Leases leases;

  /**
   * What the files say about text.
   *
   * @param endTokens tokens at which generation ends
   * @param boundaries which tokens begin and end a text by name
   * @param generationNotes what the files ask of generation in vain
   */
  record TextSide(
      Tokenizer tokenizer,
      Optional<ChatTemplate> chatTemplate,
      Set<Integer> endTokens,
      BoundaryTokens boundaries,
      List<String> generationNotes) {
    TextSide {
      endTokens = Set.copyOf(endTokens);
      generationNotes = List.copyOf(generationNotes);
    }

    /** The same text side, which gives no token that the model has no embedding row for. */
    TextSide within(EmbeddingRows rows) {
      return new TextSide(tokenizer.of(rows), chatTemplate, endTokens, boundaries, generationNotes);
    }
  }

  private LanguageModel(LocalModel files, Transformer transformer, TextSide text, Leases leases) {
    this.files = files;
    this.transformer = transformer;
    this.text = text;
    this.leases = leases;
  }

  /**
   * Opens a model that is on this machine.
   *
   * @throws LoupeException if a file is missing or malformed, the family is unknown, or the weights
   *     do not fit the configuration
   */
  public static LanguageModel open(LocalModel files, LoadOptions options) {
    return open(files.name(), files.location(), () -> files, options);
  }

  /**
   * As {@link #open(LocalModel, LoadOptions)}, from a folder or a GGUF file.
   *
   * @throws LoupeException also if there is no model at {@code location}
   */
  public static LanguageModel open(Path location, LoadOptions options) {
    Supplier<LocalModel> files =
        () ->
            Files.isDirectory(location)
                ? Hub.onDisk(location)
                : new LocalModel(location.toString(), "local", location, List.of(location));
    return open(location.toString(), location, files, options);
  }

  /** Asks for the list of files last: the loader reports better what is wrong with one of them. */
  private static LanguageModel open(
      String name, Path location, Supplier<LocalModel> files, LoadOptions options) {
    Transformer transformer = ModelLoader.transformer(location, options);
    boolean opened = false;
    try {
      TextSide text =
          TextFiles.read(location)
              .within(new EmbeddingRows(name, transformer.config().vocabulary()));
      Leases leases =
          new Leases(
              "the model " + name,
              () -> {
                text.tokenizer().close();
                transformer.close();
              });
      LanguageModel model = new LanguageModel(files.get(), transformer, text, leases);
      opened = true;
      return model;
    } finally {
      if (!opened) {
        transformer.close();
      }
    }
  }

  /** The same model, which asks before every block of a run; either one's close ends both. */
  public LanguageModel watched(Runnable check) {
    return new LanguageModel(files, transformer.watched(check), text, leases);
  }

  /** The same model with hooks in every run; either one's close ends both. */
  public LanguageModel with(Hooks hooks) {
    return new LanguageModel(files, transformer.with(hooks), text, leases);
  }

  /**
   * Keeps weights and tokenizer in place until it is closed, even if the model is closed meanwhile.
   *
   * @throws LoupeException if the model is closed
   */
  public Lease lease() {
    return Lease.all(List.of(leases::lease, transformer::lease));
  }

  /** The name under which it was asked for. */
  public String name() {
    return files.name();
  }

  /** Where its files are; {@code Hub.identify} gives their SHA-256. */
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

  /** The tokens that the files call the beginning and the end of a text. */
  public BoundaryTokens boundaries() {
    return text.boundaries();
  }

  /**
   * What the model's {@code generation_config.json} sets and generation here does not apply, such
   * as a repetition penalty: a sentence each.
   */
  public List<String> generationNotes() {
    return text.generationNotes();
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
          String.format(
              Locale.ROOT,
              "the prompt has %,d tokens but %s was made for %,d",
              tokens.size(),
              name(),
              context),
          "Shorten the prompt, or choose a model with a longer context.");
    }
    return tokens;
  }

  /** Refuses new leases; the memory goes now, or when the last lease ends. */
  @Override
  public void close() {
    leases.close();
  }
}
