package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.Counted;
import dev.loupe.model.load.LanguageModel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The texts of a dictionary's training or evaluation, as the model's tokens. */
public final class DictionaryCorpus {
  private static final int USUAL_CONTEXT = 128;

  @Option(
      names = "--held-out",
      paramLabel = "SHARE",
      order = 13,
      description =
          "Hold out this share of documents, chosen by their ids, for the evaluation (default:"
              + " ${DEFAULT-VALUE}).")
  private double heldOut = 0.01;

  @Option(
      names = "--strict",
      order = 14,
      description = "Stop at the first broken record (default: skip broken records).")
  private boolean strict;

  @Option(
      names = "--context",
      paramLabel = "COUNT",
      order = 15,
      converter = OptionConverters.Count.class,
      description = "Tokens per row (default: 128, or fewer if the model reads fewer).")
  private @Nullable Integer context;

  @Option(
      names = "--rows",
      paramLabel = "COUNT",
      order = 16,
      converter = OptionConverters.Count.class,
      description = "Evaluate on at most this many rows (default: ${DEFAULT-VALUE}).")
  private int evaluated = 256;

  @Option(
      names = "--skip-first",
      paramLabel = "COUNT",
      order = 17,
      description =
          "Leave out the first positions of each row, where many models have activations tens of times"
              + " larger than elsewhere (default: ${DEFAULT-VALUE}).")
  private int skipFirst;

  @Option(
      names = "--without-separator",
      order = 18,
      description = "Leave out the token that begins a document, for the same reason.")
  private boolean withoutSeparator;

  @Option(
      names = "--skip-longer",
      paramLabel = "TIMES",
      order = 18,
      converter = OptionConverters.Positive.class,
      description =
          "Leave out positions whose activation norm is more than this many times the median, where"
              + " the dictionary reads or writes; 10 is usual (default: none).")
  private double skipLonger = Double.POSITIVE_INFINITY;

  @Option(
      names = "--document-start",
      paramLabel = "TOKEN",
      order = 19,
      description =
          "Begin every document with this token, given by its id or its text in the vocabulary"
              + " (default: the token that the model's tokenizer puts before a text, else the BOS"
              + " or EOS token that its files name).")
  private Optional<String> documentStart = Optional.empty();

  /** Positions that are neither learned from nor measured. */
  LeftOut leftOut(LanguageModel model) {
    LeftOut first = LeftOut.first(skipFirst, context(model)).longerThan(skipLonger);
    return withoutSeparator ? first.and(Set.of(documentStart(model).token())) : first;
  }

  /** Tokens of a row. */
  int context(LanguageModel model) {
    int most = model.transformer().config().context();
    if (context != null && context > most) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT, "rows of %,d tokens, but %s reads %,d", context, model.name(), most),
          "Choose shorter rows.");
    }
    return context == null ? Math.min(most, USUAL_CONTEXT) : context;
  }

  /** Evaluates a dictionary on some rows, with progress. */
  EvaluationSummary evaluate(
      LanguageModel model, Dictionary dictionary, PackedRows rows, long seed, Terminal terminal) {
    LeftOut leftOut = leftOut(model);
    long most = Math.min(evaluated, rows.count());
    DictionaryEvaluation evaluation =
        new DictionaryEvaluation(model.transformer(), dictionary, rows, most, leftOut, seed);
    try (ProgressLine progress = new ProgressLine(terminal, "evaluating rows", Counted.ROWS)) {
      return new EvaluationSummary(
          evaluation.run(done -> progress.at(done, most)), leftOut, documentStart(model));
    }
  }

  /** The token that begins every document. */
  DocumentStart documentStart(LanguageModel model) {
    return documentStart
        .map(asked -> DocumentStart.named(model.tokenizer(), asked))
        .orElseGet(() -> DocumentStart.of(model.tokenizer(), model.boundaries()));
  }

  /**
   * Encodes all documents.
   *
   * @param corpus a file or a folder
   * @param folder takes two files of tokens
   * @param stop whether the user asked the command to end
   */
  EncodedCorpus encode(
      Path corpus, LanguageModel model, Path folder, Terminal terminal, BooleanSupplier stop) {
    leftOut(model); // a bad option is named before the corpus is read
    DocumentStart start = documentStart(model);
    Corpus texts = Corpus.open(corpus, strict);
    DocumentEncoder encoder =
        new DocumentEncoder(model.tokenizer(), start.token(), model.chatTemplate());
    long[] seen = new long[1];
    EncodedCorpus encoded;
    try (ProgressLine progress =
        new ProgressLine(terminal, "reading the corpus", Counted.DOCUMENTS)) {
      encoded =
          EncodedCorpus.encode(
              texts,
              encoder,
              heldOut,
              folder,
              _ -> {
                if (stop.getAsBoolean()) {
                  throw new CancellationException("interrupted while the corpus was read");
                }
                progress.at(++seen[0], 0);
              });
    }
    if (encoded.reading().broken() > 0 && !terminal.quiet()) {
      terminal
          .err()
          .printf(
              Locale.ROOT,
              "%,d records of the corpus cannot be used.%n",
              encoded.reading().broken());
      encoded
          .reading()
          .firstBroken()
          .forEach(each -> terminal.err().println("  " + each.place() + " " + each.reason()));
    }
    return encoded;
  }
}
