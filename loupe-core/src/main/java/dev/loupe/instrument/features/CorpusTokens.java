package dev.loupe.instrument.features;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.TokenFile;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.TokenSequence;
import dev.loupe.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** Turns as much of a corpus into tokens as an index reads. */
final class CorpusTokens {
  private CorpusTokens() {}

  /** Ends a reading of which nothing more is needed. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super("enough", null, false, false);
    }
  }

  /**
   * The token that begins every piece: the one that begins documents, or the one that the tokenizer
   * puts before a text.
   *
   * @throws LoupeException if the tokenizer has neither
   */
  static int start(LanguageModel model) {
    Tokenizer tokenizer = model.tokenizer();
    TokenSequence around = tokenizer.encode("a", true);
    int first = around.size() == 0 ? -1 : around.ids()[0];
    return tokenizer
        .id(BpeTrainer.END_OF_TEXT)
        .or(() -> first >= 0 && tokenizer.isControl(first) ? Optional.of(first) : Optional.empty())
        .orElseThrow(() ->
            LoupeException.badInput(
                tokenizer + " has no token that begins a text",
                "Choose a model that has one, as most have."));
  }

  /**
   * Writes a token file.
   *
   * @throws LoupeException if the corpus cannot be read or is shorter than was asked for, or the
   *     disk refuses
   */
  static void write(
      Corpus corpus, LanguageModel model, IndexSettings settings, Path file, LongConsumer tokens) {
    long most = settings.mostTokens();
    write(corpus, model, settings.share(), settings.tokens(), most, file, tokens);
  }

  /** As the other, but a corpus may be as short as it likes. */
  static void writeAtMost(
      long most, Corpus corpus, LanguageModel model, IndexSettings settings, Path file) {
    write(corpus, model, settings.share(), OptionalLong.empty(), most, file, _ -> {});
  }

  private static void write(
      Corpus corpus,
      LanguageModel model,
      double share,
      OptionalLong least,
      long most,
      Path file,
      LongConsumer tokens) {
    DocumentEncoder encoder =
        new DocumentEncoder(model.tokenizer(), start(model), model.chatTemplate());
    try (TokenFile.Writer writer = new TokenFile.Writer(file)) {
      try {
        corpus.read(document -> {
          if (writer.tokens() >= most) {
            throw new Enough();
          }
          if (share == 1 || EncodedCorpus.isHeldOut(document.id(), share)) {
            writer.add(document, encoder);
            tokens.accept(writer.tokens());
          }
        });
      } catch (Enough _) {
        // As much as was asked for.
      }
      long found = writer.tokens();
      if (found < least.orElse(0)) {
        throw LoupeException.badInput(
            "%s has %,d tokens, fewer than the %,d asked for"
                .formatted(corpus.location(), found, least.orElse(0)),
            "Ask for at most %d, or leave the number away to read all of it.".formatted(found));
      }
      if (found == 0) {
        throw LoupeException.badInput(
            "%s: none of the documents falls into a share of %s"
                .formatted(corpus.location(), share),
            "Choose a larger share.");
      }
      writer.finish();
    }
  }
}
