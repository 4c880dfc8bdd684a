package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.dictionary.DictionaryTraining;
import dev.loupe.instrument.dictionary.EvaluationReport;
import dev.loupe.instrument.dictionary.TrainDictionary;
import dev.loupe.instrument.dictionary.TrainRequest;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code loupe dictionary train}. */
@Command(
    name = "train",
    header = "Train SAEs, transcoders or a cross-layer transcoder on a model.",
    description = {
      "",
      "Activations are streamed from the model over the corpus and shuffled in a buffer of bounded memory."
          + " DIR/features-N holds the dictionary in the field's format; metrics.jsonl, evaluation.json and report.html"
          + " record the training. An interrupted or killed training resumes with the same command from the last"
          + " checkpoint, to the same dictionary bit for bit."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary train corpus.jsonl.gz --model my-model --kind clt --out my-clt --estimate",
      "  loupe dictionary train corpus.jsonl.gz --model my-model --kind clt --out my-clt --end-to-end 0.3",
      "  loupe dictionary train texts/ --model smollm2 --kind sae --layers 15 --features 4096,16384 --out saes"
    })
public final class DictionaryTrainCommand
    extends InstrumentCommand<TrainRequest, DictionaryTraining> {
  @Parameters(
      paramLabel = "CORPUS",
      description = "A .jsonl, .jsonl.gz, .parquet or .txt file, or a folder of them.")
  private Path texts = Path.of("");

  @Mixin private final DictionaryCorpus corpus = new DictionaryCorpus();
  @Mixin private final DictionaryRunOptions run = new DictionaryRunOptions();
  @Mixin private final DictionaryPlanOptions options = new DictionaryPlanOptions();

  private Optional<TrainRequest> request = Optional.empty();

  DictionaryTrainCommand(Terminal terminal) {
    super(new TrainDictionary(), terminal);
  }

  @Override
  protected void read() {
    request =
        Optional.of(
            new TrainRequest(
                corpus.of(texts),
                run.out(),
                options.shape(),
                options.learning(),
                run.reading(),
                run.checkpointEvery(),
                run.written()));
  }

  @Override
  protected TrainRequest request(Subject subject) {
    return request.orElseThrow();
  }

  /** Each size as soon as it has been measured. */
  @Override
  protected void showEarly(Object part, SummaryLines lines) {
    if (part instanceof EvaluationReport report) {
      lines.line(
          String.format(
              Locale.ROOT,
              "%,d features a layer:",
              report.result().layers().getFirst().features()));
      EvaluationLines.show(report, terminal(), lines);
    }
  }

  @Override
  protected void show(Finding<DictionaryTraining> finding, SummaryLines lines) {
    lines.line("Dictionaries and report.html are in " + run.out());
  }
}
