package dev.loupe.cli.train;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.corpus.PackedRows;
import dev.loupe.instrument.train.TrainModelRequest.Texts;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is read, and how its texts become rows of tokens. */
final class CorpusOptions {
  /** In which order documents are read. */
  enum ReadingOrder {
    GIVEN(PackedRows.Order.GIVEN),
    SHUFFLE(PackedRows.Order.SHUFFLED);

    private final PackedRows.Order order;

    ReadingOrder(PackedRows.Order order) {
      this.order = order;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      index = "0",
      paramLabel = "CORPUS",
      description =
          "A .jsonl, .jsonl.gz, .parquet or .txt file, or a folder of them. Records hold text, or"
              + " messages, or prompt and answer.")
  private Path corpus = Path.of("");

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      order = 10,
      description =
          "Use this tokenizer.json, or the one in this folder (default: train one on the corpus).")
  private Optional<Path> tokenizer = Optional.empty();

  @Option(
      names = "--vocabulary",
      paramLabel = "COUNT",
      order = 11,
      converter = OptionConverters.Count.class,
      description = "Vocabulary size of the tokenizer to train (default: ${DEFAULT-VALUE}).")
  private int vocabulary = 4096;

  @Option(
      names = "--tokenizer-also",
      paramLabel = "PATH",
      order = 11,
      description =
          "Train the tokenizer on these texts too, besides the corpus: for example on the"
              + " conversations of a later training.")
  private Optional<Path> besides = Optional.empty();

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      order = 12,
      description =
          "Order of the documents: as given, or shuffled by the seed (default: ${DEFAULT-VALUE}).")
  private ReadingOrder order = ReadingOrder.SHUFFLE;

  @Option(
      names = "--held-out",
      paramLabel = "SHARE",
      order = 13,
      description =
          "Hold out this share of documents, chosen by their ids, for the evaluation loss (default:"
              + " ${DEFAULT-VALUE}).")
  private double heldOut = 0.005;

  @Option(
      names = "--strict",
      order = 14,
      description = "Stop at the first broken record (default: report and skip broken records).")
  private boolean strict;

  /** As the library takes them. */
  Texts texts() {
    return new Texts(corpus, heldOut, strict, order.order, tokenizer, vocabulary, besides);
  }
}
