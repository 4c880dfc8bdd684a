package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.IndexFeatures;
import dev.loupe.instrument.features.IndexReport;
import dev.loupe.instrument.features.IndexRequest;
import dev.loupe.instrument.features.IndexSettings;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features index}. */
@Command(
    name = "index",
    header = "Record what every feature does on a corpus.",
    description = {
      "",
      "For each feature, keeps its strongest examples, examples at all strengths, a histogram of activations, its"
          + " frequency, and the neurons that correlate with it. Memory depends on the number of features, not on the"
          + " size of the corpus. An interrupted run resumes with the same command."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features index corpus.jsonl.gz --out store --model almanac-3m --estimate",
      "  loupe features index corpus.jsonl.gz --out store --model almanac-3m --tokens 2M",
      "  loupe features index text/ --out sae-store --model gpt2 --dictionary my-sae --layer 6"
    })
public final class FeaturesIndexCommand extends BasisCommand<IndexRequest, IndexReport> {
  @Parameters(
      paramLabel = "CORPUS",
      description = "A file of JSON lines, Parquet or text, or a folder of such files.")
  private Path corpus = Path.of("");

  @Option(
      names = {"-o", "--out"},
      paramLabel = "STORE",
      converter = OptionConverters.OutputFolder.class,
      required = true,
      order = 1,
      description = "Output folder of the index; an index that was begun there resumes.")
  private ResultFolder out = new ResultFolder(Path.of(""));

  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  @Option(
      names = "--tokens",
      paramLabel = "COUNT",
      order = 20,
      converter = OptionConverters.Amount.class,
      description = "Read this many tokens (default: all, at most 1M).")
  private @Nullable Long tokens;

  @Option(
      names = "--share",
      paramLabel = "SHARE",
      order = 21,
      converter = OptionConverters.Share.class,
      description =
          "Read this share of the documents, drawn by their ids (default: such a share that the"
              + " tokens come from all of the corpus).")
  private @Nullable Double share;

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      order = 22,
      split = ",",
      description = "Index this layer; repeatable, or with commas (default: all).")
  private List<Integer> layers = List.of();

  @Option(
      names = "--context",
      paramLabel = "COUNT",
      order = 23,
      converter = OptionConverters.Count.class,
      description =
          "Longest piece of a document that the model reads at once, in tokens (default: 128, or"
              + " the model's context).")
  private @Nullable Integer context;

  @Option(
      names = "--examples",
      paramLabel = "COUNT",
      order = 24,
      converter = OptionConverters.Count.class,
      description =
          "Keep this many strongest examples of each feature (default: ${DEFAULT-VALUE}).")
  private int examples = IndexSettings.DEFAULT.examples();

  @Option(
      names = "--correlation-memory",
      paramLabel = "SIZE",
      order = 25,
      converter = OptionConverters.Memory.class,
      description =
          "Most memory for the correlations with neurons; where they need more they are left out"
              + " (default: 512MiB).")
  private long correlationMemory = IndexSettings.DEFAULT.correlationBytes();

  @Option(
      names = "--strict",
      order = 26,
      description = "Stop at the first broken record (default: skip broken records).")
  private boolean strict;

  FeaturesIndexCommand(Terminal terminal) {
    super(new IndexFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
  }

  @Override
  protected IndexRequest request(Subject subject) {
    int longest = subject.transformer().config().context();
    IndexSettings usual = IndexSettings.DEFAULT;
    return new IndexRequest(
        corpus,
        out.path(),
        strict,
        new IndexSettings(
            layers,
            tokens == null ? OptionalLong.empty() : OptionalLong.of(tokens),
            share == null ? OptionalDouble.empty() : OptionalDouble.of(share),
            context == null ? Math.min(usual.context(), longest) : context,
            examples,
            usual.before(),
            usual.after(),
            correlationMemory));
  }

  @Override
  protected void show(Finding<IndexReport> finding, SummaryLines lines) {
    IndexReport index = finding.answer();
    lines.lineWithNote(Style.BOLD, "The index is in " + out.path(), "");
    lines.row(
        String.format(
            Locale.ROOT,
            "  %,d features of %s, layers %s",
            index.features(),
            index.basis(),
            index.layers().stream().map(String::valueOf).collect(Collectors.joining(", "))));
    lines.row(
        String.format(
            Locale.ROOT,
            "  %,d tokens; %,d features were never active",
            index.tokens(),
            index.neverActive()));
    lines.row("  See one: loupe features show LAYER/FEATURE --store " + out.path());
  }
}
