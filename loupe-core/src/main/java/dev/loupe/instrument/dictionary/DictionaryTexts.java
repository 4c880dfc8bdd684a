package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.load.LanguageModel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The texts of a dictionary's training or evaluation, as the model's tokens.
 *
 * @param corpus a file of JSON lines, Parquet or text, or a folder of such files
 * @param heldOut share of documents, chosen by their ids, that nothing is learned from
 * @param strict whether the first broken record ends the work; otherwise it is passed over
 * @param context tokens of a row; 128, or as many as the model reads, when empty
 * @param rows on which a dictionary is measured, at most
 * @param skipFirst positions of each row that are left out: many models have activations there that
 *     are tens of times larger than elsewhere
 * @param withoutSeparator whether the token that begins a document is left out, for the same reason
 * @param skipLonger positions are left out whose activation norm is more than so many times the
 *     median; infinite for none
 * @param documentStart the token that begins every document, by number or as the vocabulary spells
 *     it; the model's own when empty
 */
public record DictionaryTexts(
    Path corpus,
    double heldOut,
    boolean strict,
    OptionalInt context,
    int rows,
    int skipFirst,
    boolean withoutSeparator,
    double skipLonger,
    Optional<String> documentStart) {
  private static final int USUAL_CONTEXT = 128;

  /** All positions of all documents, one in a hundred held out. */
  public static DictionaryTexts of(Path corpus) {
    return new DictionaryTexts(
        corpus,
        0.01,
        false,
        OptionalInt.empty(),
        256,
        0,
        false,
        Double.POSITIVE_INFINITY,
        Optional.empty());
  }

  /** Positions that are neither learned from nor measured. */
  LeftOut leftOut(LanguageModel model) {
    LeftOut first = LeftOut.first(skipFirst, context(model)).longerThan(skipLonger);
    return withoutSeparator ? first.and(Set.of(start(model).token())) : first;
  }

  /** Tokens of a row. */
  int context(LanguageModel model) {
    int most = model.transformer().config().context();
    if (context.orElse(0) > most) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "rows of %,d tokens, but %s reads %,d",
              context.getAsInt(),
              model.name(),
              most),
          "Choose shorter rows (`context`).");
    }
    return context.orElse(Math.min(most, USUAL_CONTEXT));
  }

  /** The token that begins every document. */
  DocumentStart start(LanguageModel model) {
    return documentStart
        .map(asked -> DocumentStart.named(model.tokenizer(), asked))
        .orElseGet(() -> DocumentStart.of(model.tokenizer(), model.boundaries()));
  }

  /** Rows of a file of tokens, shuffled: a corpus in the order of a curriculum begins one-sided. */
  PackedRows rows(TokenFile tokens, LanguageModel model, long seed) {
    return PackedRows.of(tokens, context(model), PackedRows.Order.SHUFFLED, seed);
  }

  /**
   * Encodes all documents.
   *
   * @param folder takes two files of tokens
   */
  EncodedCorpus encode(LanguageModel model, Path folder, Run run) {
    leftOut(model); // a bad setting is named before the corpus is read
    DocumentEncoder encoder =
        new DocumentEncoder(model.tokenizer(), start(model).token(), model.chatTemplate());
    Corpus texts = Corpus.open(corpus, strict);
    long[] seen = new long[1];
    EncodedCorpus encoded;
    try (Steps steps = run.steps("reading the corpus", Counted.DOCUMENTS, 0)) {
      encoded = EncodedCorpus.encode(texts, encoder, heldOut, folder, _ -> steps.at(++seen[0]));
    }
    encoded.reading().remarks().forEach(run::note);
    return encoded;
  }
}
