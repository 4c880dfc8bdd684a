package dev.loupe.cli.features;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Interruption;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.Corpus;
import dev.loupe.instrument.features.ActivationIndexer;
import dev.loupe.instrument.features.FeatureSubject;
import dev.loupe.instrument.features.IndexCost;
import dev.loupe.instrument.features.IndexListener;
import dev.loupe.instrument.features.IndexSettings;
import dev.loupe.job.Counted;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features index}. */
@Command(
    name = "index",
    header = "Read a corpus once and keep what every feature does on it.",
    description = {
      "",
      "Keeps for each feature its strongest examples, examples of all strengths, a histogram, its frequency and the"
          + " neurons that go with it. The memory depends on the number of features, not on the corpus. The same"
          + " command goes on where an interrupted one ended."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features index corpus.jsonl.gz --out store --model almanac-3m --estimate",
      "  loupe features index corpus.jsonl.gz --out store --model almanac-3m --tokens 2M",
      "  loupe features index text/ --out sae-store --model gpt2 --dictionary my-sae --layer 6"
    })
public final class FeaturesIndexCommand implements Callable<Integer> {
  /** An index of many features takes its time to be saved. */
  private static final int PATIENCE_SECONDS = 60;

  private final Terminal terminal;

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
      description = "The folder of the index, new or begun.")
  private ResultFolder out = new ResultFolder(Path.of(""));

  @Mixin private final SubjectOptions subject = new SubjectOptions();

  @Option(
      names = "--tokens",
      paramLabel = "COUNT",
      order = 20,
      converter = OptionConverters.Amount.class,
      description = "Read so many tokens (default: all, at most 1M).")
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
          "Longest piece of a document that is read at once (default: 128, or what the model"
              + " reads).")
  private @Nullable Integer context;

  @Option(
      names = "--examples",
      paramLabel = "COUNT",
      order = 24,
      converter = OptionConverters.Count.class,
      description = "Strongest examples kept of each feature (default: ${DEFAULT-VALUE}).")
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
      description = "Stop at the first broken record of the corpus; otherwise it is passed over.")
  private boolean strict;

  @Option(
      names = "--estimate",
      order = 27,
      description = "Say the time, memory and disk that it would take, and stop.")
  private boolean estimate;

  @Mixin private final EngineOptions engine = new EngineOptions();

  FeaturesIndexCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Corpus opened = Corpus.open(corpus, strict);
    return subject.with(new ModelAccess(terminal), engine, with -> index(with, opened)).number();
  }

  private ExitCode index(FeatureSubject with, Corpus opened) {
    IndexSettings settings = settings(with);
    if (estimate) {
      print(IndexCost.estimate(with, opened, settings));
      return ExitCode.DONE;
    }
    boolean finished;
    try (Interruption interruption = new Interruption(PATIENCE_SECONDS);
        Progress progress = new Progress(interruption)) {
      finished = ActivationIndexer.run(with, opened, settings, out.path(), progress);
    }
    if (!terminal.quiet()) {
      terminal
          .out()
          .println(
              finished
                  ? "The index is in " + out.path()
                  : "Saved in " + out.path() + "; the same command goes on from here.");
    }
    return finished ? ExitCode.DONE : ExitCode.INTERRUPTED;
  }

  private IndexSettings settings(FeatureSubject with) {
    int longest = with.model().transformer().config().context();
    return new IndexSettings(
        layers,
        tokens == null ? OptionalLong.empty() : OptionalLong.of(tokens),
        share == null ? OptionalDouble.empty() : OptionalDouble.of(share),
        context == null ? Math.min(IndexSettings.DEFAULT.context(), longest) : context,
        examples,
        IndexSettings.DEFAULT.before(),
        IndexSettings.DEFAULT.after(),
        correlationMemory);
  }

  private void print(IndexCost cost) {
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%,d features, at most %,d tokens: about %s, %s of memory, %s of disk and twice that while it is made.%n",
            cost.features(),
            cost.tokens(),
            ProgressLine.duration(cost.seconds()),
            ProgressLine.bytes((double) cost.memoryBytes()),
            ProgressLine.bytes((double) cost.diskBytes()));
    if (!cost.correlations()) {
      terminal
          .out()
          .println(
              "Correlations with neurons need more than --correlation-memory and are left out.");
    }
  }

  /** Progress on standard error. */
  private final class Progress implements IndexListener, AutoCloseable {
    private final Interruption interruption;
    private final ProgressLine encoding = line("reading the corpus");
    private final ProgressLine indexing = line("indexing");

    Progress(Interruption interruption) {
      this.interruption = interruption;
    }

    private ProgressLine line(String what) {
      return new ProgressLine(terminal, what, Counted.TOKENS);
    }

    @Override
    public void encoding(long read) {
      encoding.at(read, 0);
    }

    @Override
    public void resumed(long read) {
      if (!terminal.quiet()) {
        terminal.err().printf(Locale.ROOT, "going on after %,d tokens%n", read);
      }
    }

    @Override
    public void reading(long read, long total) {
      encoding.close();
      indexing.at(read, total);
    }

    @Override
    public boolean stopRequested() {
      return interruption.asked();
    }

    @Override
    public void close() {
      encoding.close();
      indexing.close();
    }
  }
}
