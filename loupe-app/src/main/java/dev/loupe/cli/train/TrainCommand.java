package dev.loupe.cli.train;

import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.cli.terminal.TerminalRun;
import dev.loupe.hub.LocalModel;
import dev.loupe.instrument.train.ModelTraining;
import dev.loupe.instrument.train.TrainModel;
import dev.loupe.instrument.train.TrainModelRequest;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe train}. */
@Command(
    name = "train",
    header = "Train a small GPT-2 model on a corpus, from scratch or from another model.",
    description = {
      "",
      "Trains a tokenizer and a network, and writes a folder that Loupe and Hugging Face's"
          + " transformers open, with metrics.jsonl and report.html. An interrupted or killed training"
          + " resumes with the same command from the last checkpoint, to the same weights bit for bit."
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
  private final Terminal terminal;

  @Mixin private final TrainOptions options = new TrainOptions();
  @Mixin private final CorpusOptions corpus = new CorpusOptions();
  @Mixin private final NetworkOptions network = new NetworkOptions();
  @Mixin private final OptimiserOptions optimiser = new OptimiserOptions();
  @Mixin private final JsonOption json = new JsonOption();

  public TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Optional<Path> from = network.from().map(this::locate);
    TrainModelRequest request =
        new TrainModelRequest(
            corpus.texts(),
            options.out(),
            network.network(from),
            optimiser.length(),
            optimiser.optimiser(),
            options.measuring(),
            options.computing());
    try (TerminalRun run = new TerminalRun(terminal, options.seed(), _ -> {})) {
      SummaryLines lines = new SummaryLines(terminal);
      if (options.estimate()) {
        lines.cost(new TrainModel().estimate(request, run), 0);
        lines.lines().forEach(terminal.out()::println);
        return ExitCode.DONE.number();
      }
      Finding<ModelTraining> finding = new TrainModel().train(request, run);
      show(finding.answer(), lines);
      lines.evidence(finding.evidence(), finding.caveats());
      lines.provenance(finding.provenance());
      json.write(terminal, FindingJson.of(finding));
      if (!json.takesStandardOutput()) {
        lines.lines().forEach(terminal.out()::println);
      }
      return ExitCode.of(finding.evidence()).number();
    }
  }

  private Path locate(String name) {
    HubAccess access = new HubAccess(terminal);
    try (HubAccess.HubProgress progress = access.progress()) {
      LocalModel files = access.open(progress).resolve(HubAccess.reference(name));
      return files.location();
    }
  }

  private static void show(ModelTraining training, SummaryLines lines) {
    lines.line(
        Style.BOLD,
        String.format(
            Locale.ROOT,
            "%d layers × %d, %,d parameters: step %,d of %,d",
            training.plan().shape().layers(),
            training.plan().shape().width(),
            training.plan().shape().parameters(),
            training.result().step(),
            training.plan().steps()));
    if (Double.isFinite(training.result().loss())) {
      lines.line(
          String.format(Locale.ROOT, "loss of the last step  %.4f", training.result().loss()));
    }
    lines.line("Model and report.html are in " + training.plan().folder());
  }
}
