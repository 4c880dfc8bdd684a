package dev.loupe.cli.train;

import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Interruption;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.CorpusPreparation;
import dev.loupe.corpus.CorpusPreparation.TokenizerSource;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.Reading;
import dev.loupe.corpus.TokenFile;
import dev.loupe.corpus.TrainingRows;
import dev.loupe.hub.LocalModel;
import dev.loupe.job.Counted;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Probe;
import dev.loupe.model.training.QuestionProbe;
import dev.loupe.model.training.Trainer;
import dev.loupe.model.training.TrainingCost;
import dev.loupe.model.training.TrainingPlan;
import dev.loupe.report.HtmlPage;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe train}. */
@Command(
    name = "train",
    header = "Train a small GPT-2 model on a corpus, or go on from one.",
    description = {
      "",
      "Trains a tokenizer and a network, and writes a folder that Loupe and Hugging Face's"
          + " transformers open, with metrics.jsonl and report.html. Interrupted or killed, the"
          + " same command goes on from the last checkpoint, to the same weights bit for bit."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe train corpus.jsonl.gz --out my-model",
      "  loupe train corpus.jsonl.gz --out my-model --layers 8 --width 256 --tokens 15M --estimate",
      "  loupe train world/corpus.jsonl.gz --out almanac --order given --probes"
          + " world/questions.jsonl",
      "  loupe train chat.jsonl --from my-model --out my-chat --passes 2 --learning-rate 5e-4"
    })
public final class TrainCommand implements Callable<Integer> {
  /** A step, an evaluation and a checkpoint may still have to end. */
  private static final int PATIENCE_SECONDS = 120;

  private final Terminal terminal;

  @Mixin private final TrainOptions options = new TrainOptions();
  @Mixin private final CorpusOptions corpusOptions = new CorpusOptions();
  @Mixin private final NetworkOptions network = new NetworkOptions();
  @Mixin private final OptimiserOptions optimiser = new OptimiserOptions();
  @Mixin private final JsonOption json = new JsonOption();

  public TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    network.check();
    Corpus corpus = corpusOptions.open();
    Optional<Path> model = network.from().map(this::locate);
    Engine.useThreads(1); // the trainer's own threads use one of the engine each
    try (Interruption interruption = new Interruption(PATIENCE_SECONDS)) {
      if (!options.estimate()) {
        return train(corpus, model, options.out(), interruption).number();
      }
      Path folder = Files.createTempDirectory("loupe-estimate-");
      try {
        return train(corpus, model, folder, interruption).number();
      } finally {
        CorpusPreparation.delete(folder);
      }
    } catch (CancellationException _) {
      return ExitCode.INTERRUPTED.number();
    }
  }

  private ExitCode train(
      Corpus corpus, Optional<Path> model, Path folder, Interruption interruption) {
    TokenizerSource source = corpusOptions.tokenizer(model);
    EncodedCorpus encoded = prepare(corpus, source, folder, interruption);
    TokenizerFiles files = TokenizerFiles.in(folder);
    try (Tokenizer tokenizer = files.tokenizer();
        TokenFile training = TokenFile.open(encoded.training());
        TokenFile heldOut = TokenFile.open(encoded.heldOut())) {
      tell(encoded.reading(), source, tokenizer);
      ModelShape shape = network.shape(model, tokenizer.vocabularySize());
      PackedRows rows = rows(training, shape, corpusOptions.order());
      Optional<TrainingRows> held =
          heldOut.size() == 0
              ? Optional.empty()
              : Optional.of(rows(heldOut, shape, PackedRows.Order.GIVEN));
      TrainingPlan plan = plan(folder, shape, rows, model, endToken(tokenizer, encoded.reading()));
      List<Probe> probes = probes(tokenizer, rows);
      if (options.estimate()) {
        print(TrainingCost.estimate(plan, rows, held), plan);
        return ExitCode.DONE;
      }
      return train(plan, rows, held, probes, encoded, interruption);
    }
  }

  private Path locate(String name) {
    HubAccess access = new HubAccess(terminal);
    try (HubAccess.HubProgress progress = access.progress()) {
      LocalModel files = access.open(progress).resolve(HubAccess.reference(name));
      return files.location();
    }
  }

  private EncodedCorpus prepare(
      Corpus corpus, TokenizerSource source, Path folder, Interruption interruption) {
    CorpusPreparation preparation =
        new CorpusPreparation(corpus, source, corpusOptions.heldOut(), folder);
    try (ProgressLine progress =
        new ProgressLine(terminal, "reading the corpus", Counted.DOCUMENTS)) {
      return preparation.run(documents -> {
        if (interruption.asked()) {
          throw new CancellationException("interrupted while the corpus was read");
        }
        progress.at(documents, 0);
      });
    }
  }

  /** What was passed over is said, never dropped in silence. */
  private void tell(Reading reading, TokenizerSource source, Tokenizer tokenizer) {
    if (terminal.quiet()) {
      return;
    }
    if (source instanceof TokenizerSource.Trained(int asked, _)
        && tokenizer.vocabularySize() < asked) {
      terminal
          .err()
          .printf(
              Locale.ROOT,
              "The corpus repeats itself enough for %,d tokens only, not %,d.%n",
              tokenizer.vocabularySize(),
              asked);
    }
    if (reading.broken() > 0) {
      terminal
          .err()
          .printf(
              Locale.ROOT,
              "%,d of %,d records of the corpus cannot be used:%n",
              reading.broken(),
              reading.broken() + reading.documents());
      reading
          .firstBroken()
          .forEach(each -> terminal.err().println("  " + each.place() + " " + each.reason()));
      if (reading.broken() > reading.firstBroken().size()) {
        terminal.err().println("  … and others.");
      }
    }
  }

  private PackedRows rows(TokenFile tokens, ModelShape shape, PackedRows.Order order) {
    return PackedRows.of(tokens, network.context(shape), order, options.seed());
  }

  /** The end of an answer in a chat model, the start of the next document in another. */
  private static OptionalInt endToken(Tokenizer tokenizer, Reading reading) {
    String end = reading.conversations() > 0 ? BpeTrainer.TURN_END : BpeTrainer.END_OF_TEXT;
    return tokenizer.id(end).map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  private TrainingPlan plan(
      Path folder, ModelShape shape, PackedRows rows, Optional<Path> model, OptionalInt endToken) {
    int steps = optimiser.steps(rows.count(), rows.context());
    return new TrainingPlan(
        folder,
        shape,
        NetworkOptions.start(model, options.seed()),
        optimiser.optimisation(steps),
        options.execution(optimiser.batch()),
        options.cadence(steps),
        endToken);
  }

  private List<Probe> probes(Tokenizer tokenizer, TrainingRows rows) {
    return options
        .probes()
        .<Probe>map(file ->
            QuestionProbe.read(
                file,
                tokenizer,
                rows.documentStart().orElseThrow(),
                rows.context(),
                options.probeQuestions(),
                options.seed()))
        .map(List::of)
        .orElse(List.of());
  }

  private ExitCode train(
      TrainingPlan plan,
      PackedRows rows,
      Optional<TrainingRows> held,
      List<Probe> probes,
      EncodedCorpus encoded,
      Interruption interruption) {
    Trainer.Result result;
    TrainingProgress progress = new TrainingProgress(terminal, interruption::asked);
    try (progress) {
      result = Trainer.run(plan, rows, held, probes, progress);
    }
    TrainingSummary summary = new TrainingSummary(plan, rows, encoded, result, progress);
    String report = summary.json();
    HtmlPage.write(plan.folder().resolve("report.html"), report);
    json.write(terminal, report);
    if (!json.takesStandardOutput()) {
      summary.lines(terminal).forEach(terminal.out()::println);
    }
    if (!result.finished()) {
      return ExitCode.INTERRUPTED;
    }
    CorpusPreparation.deleteTokens(encoded);
    return ExitCode.DONE;
  }

  private void print(TrainingCost cost, TrainingPlan plan) {
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%,d parameters, %,d tokens in %,d steps of %s: about %s, %s of memory, %s of disk.%n",
            cost.parameters(),
            cost.tokens(),
            plan.steps(),
            plan.execution().dtype() == DType.BF16 ? "bfloat16" : "float32",
            ProgressLine.duration(cost.whole().toMillis() / 1e3),
            ProgressLine.bytes((double) cost.memoryBytes()),
            ProgressLine.bytes((double) cost.diskBytes()));
    options
        .probes()
        .ifPresent(
            _ -> terminal.out().println("The questions of --probes take their time on top."));
  }
}
