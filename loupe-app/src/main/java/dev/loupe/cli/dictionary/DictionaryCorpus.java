package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.instrument.dictionary.DictionaryTexts;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The texts of a dictionary's training or evaluation, as the model's tokens. */
final class DictionaryCorpus {
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

  /** With the corpus, as the library takes them. */
  DictionaryTexts of(Path corpus) {
    return new DictionaryTexts(
        corpus,
        heldOut,
        strict,
        context == null ? OptionalInt.empty() : OptionalInt.of(context),
        evaluated,
        skipFirst,
        withoutSeparator,
        skipLonger,
        documentStart);
  }
}
