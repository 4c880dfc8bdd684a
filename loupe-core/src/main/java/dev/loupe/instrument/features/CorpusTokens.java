package dev.loupe.instrument.features;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.TokenFile;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongConsumer;

/** Turns as much of a corpus into tokens as an index reads. */
final class CorpusTokens {
  /** Documents whose tokens and characters are counted to know how many tokens there are. */
  private static final int TRIED = 400;

  private static final double TRIED_SHARE = 0.02;

  /** The first documents are counted whatever their ids: a corpus may have few. */
  private static final int FIRST = 20;

  /** Documents drawn above what the estimate says. */
  private static final double MORE = 1.05;

  private CorpusTokens() {}

  /** Ends a reading of which nothing more is needed. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super("enough", null, false, false);
    }
  }

  /**
   * The token that begins every piece.
   *
   * @throws LoupeException if the model has none
   */
  static int start(LanguageModel model) {
    return DocumentStart.of(model.tokenizer(), model.boundaries()).token();
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
    double share = settings.share().orElseGet(() -> share(corpus, model, most));
    while (true) {
      long found = write(corpus, model, share, settings.tokens().orElse(1), most, file, tokens);
      if (found > 0) {
        return;
      }
      // Chance drew shorter documents than those of the estimate.
      share = Math.min(1, MORE * share);
    }
  }

  /** As the other, from the beginning of the corpus, which may be as short as it likes. */
  static void writeAtMost(long most, Corpus corpus, LanguageModel model, Path file) {
    write(corpus, model, 1, 1, most, file, _ -> {});
  }

  /** The share of documents that holds so many tokens, by their characters. */
  private static double share(Corpus corpus, LanguageModel model, long most) {
    long[] counts = new long[3];
    double total =
        corpus
            .read(document -> {
              boolean drawn =
                  counts[0] < FIRST || EncodedCorpus.isHeldOut(document.id(), TRIED_SHARE);
              if (drawn && counts[0] < TRIED) {
                counts[0]++;
                for (String text : document.texts()) {
                  counts[1] += text.length();
                  counts[2] += model.tokenizer().textIds(text).length;
                }
              }
            })
            .characters();
    double tokens = total * counts[2] / Math.max(1, counts[1]);
    return Math.min(1, MORE * most / tokens);
  }

  /**
   * @return how many tokens were written; 0, and no file, if a share below 1 held too few
   */
  private static long write(
      Corpus corpus,
      LanguageModel model,
      double share,
      long least,
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
      if (writer.tokens() >= least) {
        writer.finish();
        return writer.tokens();
      }
      if (share < 1) {
        return 0;
      }
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s has %,d tokens, fewer than the %,d asked for",
              corpus.location(),
              writer.tokens(),
              least),
          "Ask for at most %d, or leave the number away to read all of it."
              .formatted(writer.tokens()));
    }
  }
}
