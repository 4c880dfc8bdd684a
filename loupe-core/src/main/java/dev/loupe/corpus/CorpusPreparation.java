package dev.loupe.corpus;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.LongConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes a corpus ready in the folder of a training: the tokenizer's files in it, the encoded
 * documents in {@code corpus/} below. {@code corpus/prepared.json} records their inputs, so that a
 * resumed training finds them, and another one is refused before anything is overwritten.
 */
public final class CorpusPreparation {
  private static final List<String> TOKENIZER_FILES =
      List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja");

  private final Corpus corpus;
  private final TokenizerSource source;
  private final double heldOut;
  private final Path folder;

  /** Where the tokenizer comes from. */
  public sealed interface TokenizerSource {
    /**
     * It is trained on the corpus.
     *
     * @param besides texts that only the tokenizer is trained on, for words of a later training
     */
    record Trained(int vocabularySize, Optional<Corpus> besides) implements TokenizerSource {}

    /** It is in a folder, of a model for example. */
    record Copied(Path folder) implements TokenizerSource {}
  }

  /**
   * A preparation that has not begun.
   *
   * @param heldOut share of documents to hold out of training
   * @param folder of the training
   */
  public CorpusPreparation(Corpus corpus, TokenizerSource source, double heldOut, Path folder) {
    this.corpus = corpus;
    this.source = source;
    this.heldOut = heldOut;
    this.folder = folder;
  }

  /**
   * Writes what is missing.
   *
   * @param progress receives how many documents have been read, from 1 again in the second reading
   * @throws LoupeException if the folder holds something else, the corpus cannot be read, a
   *     vocabulary is too small or the disk refuses
   */
  public EncodedCorpus run(LongConsumer progress) {
    SequencedMap<String, String> wanted = description();
    Optional<Map<String, String>> found = found();
    found.ifPresentOrElse(there -> requireSame(there, wanted), this::requireFree);
    if (found.isEmpty()) {
      tokenizer(progress);
    }
    TokenizerFiles files = TokenizerFiles.in(folder);
    try (Tokenizer tokenizer = files.tokenizer()) {
      long[] seen = new long[1];
      int start = DocumentStart.of(tokenizer, files.boundaries(tokenizer)).token();
      DocumentEncoder encoder = new DocumentEncoder(tokenizer, start, files.chatTemplate());
      EncodedCorpus encoded =
          EncodedCorpus.encode(corpus, encoder, heldOut, place(), _ -> progress.accept(++seen[0]));
      write(wanted);
      return encoded;
    }
  }

  /** Deletes the encoded documents; a later run encodes them again with the same tokenizer. */
  public static void deleteTokens(EncodedCorpus encoded) {
    try {
      Files.deleteIfExists(encoded.training());
      Files.deleteIfExists(encoded.heldOut());
    } catch (IOException _) {
      // They are in nobody's way.
    }
  }

  /** Deletes everything that a preparation put into a folder, and the folder if that was all. */
  public static void delete(Path folder) {
    try {
      Path place = folder.resolve("corpus");
      for (String name : List.of("training.tokens", "held-out.tokens", "prepared.json")) {
        Files.deleteIfExists(place.resolve(name));
      }
      Files.deleteIfExists(place);
      for (String name : TOKENIZER_FILES) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.deleteIfExists(folder);
    } catch (IOException _) {
      // A leftover temporary folder does no harm.
    }
  }

  private Path place() {
    return folder.resolve("corpus");
  }

  private Path note() {
    return place().resolve("prepared.json");
  }

  private void tokenizer(LongConsumer progress) {
    switch (source) {
      case TokenizerSource.Trained(int size, Optional<Corpus> besides) -> {
        BpeTrainer trainer = new BpeTrainer(size, BpeTrainer.CHAT_TOKENS);
        long[] seen = new long[1];
        for (Corpus texts : besides.map(more -> List.of(corpus, more)).orElse(List.of(corpus))) {
          texts.read(document -> {
            document.texts().forEach(trainer::add);
            progress.accept(++seen[0]);
          });
        }
        trainer.train().write(folder);
      }
      case TokenizerSource.Copied(Path from) -> {
        TokenizerFiles.in(from).tokenizer().close();
        try {
          Files.createDirectories(folder);
          for (String name : TOKENIZER_FILES) {
            if (Files.exists(from.resolve(name))) {
              Files.copy(
                  from.resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
          }
        } catch (IOException e) {
          throw refused(e);
        }
      }
    }
  }

  private SequencedMap<String, String> description() {
    SequencedMap<String, String> description = new LinkedHashMap<>();
    description.put("corpus", size(corpus));
    description.put(
        "tokenizer",
        switch (source) {
          case TokenizerSource.Trained(int size, Optional<Corpus> besides) ->
              String.format(
                  Locale.ROOT,
                  "trained, %,d tokens%s",
                  size,
                  besides.map(more -> ", also on " + size(more)).orElse(""));
          case TokenizerSource.Copied(Path from) -> "of " + from.toAbsolutePath().normalize();
        });
    description.put("held-out share", Double.toString(heldOut));
    return description;
  }

  private static String size(Corpus texts) {
    long bytes = 0;
    try {
      for (Path file : texts.files()) {
        bytes += Files.size(file);
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(texts.location(), e);
    }
    return String.format(Locale.ROOT, "%d files of %,d bytes", texts.files().size(), bytes);
  }

  private Optional<Map<String, String>> found() {
    if (!Files.exists(note())) {
      return Optional.empty();
    }
    try {
      Map<String, String> there = new LinkedHashMap<>();
      JsonMapper.shared()
          .readTree(Files.readString(note()))
          .properties()
          .forEach(entry -> there.put(entry.getKey(), entry.getValue().asString()));
      return Optional.of(there);
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(note(), "Train into another folder.", e);
    }
  }

  private void requireSame(Map<String, String> there, SequencedMap<String, String> wanted) {
    wanted.forEach((name, value) -> {
      String was = there.getOrDefault(name, "not set");
      if (!was.equals(value)) {
        throw LoupeException.badInput(
            "%s: belongs to another training: its %s was %s, now it is %s"
                .formatted(folder, name, was, value),
            "Use the same settings to resume it, or train into another folder.");
      }
    });
  }

  /** A model that somebody else put there must not be overwritten. */
  private void requireFree() {
    for (String name : List.of("config.json", "tokenizer.json", "checkpoints")) {
      if (Files.exists(folder.resolve(name)) && !Files.exists(place())) {
        throw LoupeException.badInput(
            "%s: holds %s, which no training of a corpus wrote".formatted(folder, name),
            "Train into a folder that is new or empty.");
      }
    }
    try {
      Files.createDirectories(place());
    } catch (IOException e) {
      throw refused(e);
    }
  }

  private void write(SequencedMap<String, String> description) {
    try {
      Path aside = place().resolve("prepared.json.part");
      Files.writeString(
          aside,
          JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(description));
      Files.move(
          aside, note(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw refused(e);
    }
  }

  private LoupeException refused(IOException cause) {
    return FileFault.cannotWrite(folder, cause);
  }
}
