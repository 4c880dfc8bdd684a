package dev.loupe.cli.dictionary;

import dev.loupe.Loupe;
import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.ModelOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Interruption;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.CorpusPreparation;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.dictionary.training.DictionaryCost;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryTrainer;
import dev.loupe.hub.Progress;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.HtmlPage;
import dev.loupe.report.ReportFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
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
          + " DIR/features-N holds the dictionary in the field's format; metrics.jsonl and report.html tell how it"
          + " went. Interrupted or killed, the same command goes on from the last checkpoint, to the same"
          + " dictionary bit for bit."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary train corpus.jsonl.gz --model my-model --kind clt --out my-clt --estimate",
      "  loupe dictionary train corpus.jsonl.gz --model my-model --kind clt --out my-clt --end-to-end 0.3",
      "  loupe dictionary train texts/ --model smollm2 --kind sae --layers 15 --features 4096,16384 --out saes"
    })
public final class DictionaryTrainCommand implements Callable<Integer> {
  /** A step and a checkpoint may still have to end. */
  private static final int PATIENCE_SECONDS = 120;

  private final Terminal terminal;

  @Mixin private final ModelOption model = new ModelOption();

  @Parameters(
      paramLabel = "CORPUS",
      description = "A .jsonl, .jsonl.gz, .parquet or .txt file, or a folder of them.")
  private Path texts = Path.of("");

  @Mixin private final DictionaryCorpus corpus = new DictionaryCorpus();
  @Mixin private final DictionaryRunOptions run = new DictionaryRunOptions();
  @Mixin private final DictionaryPlanOptions options = new DictionaryPlanOptions();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  DictionaryTrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    options.check();
    try (LanguageModel opened = new ModelAccess(terminal).open(model.name(), engine);
        Interruption interruption = new Interruption(PATIENCE_SECONDS)) {
      if (!run.estimate()) {
        return train(opened, run.out(), interruption).number();
      }
      Path folder = Files.createTempDirectory("loupe-estimate-");
      try {
        return train(opened, folder, interruption).number();
      } finally {
        CorpusPreparation.delete(folder);
      }
    } catch (CancellationException _) {
      return ExitCode.INTERRUPTED.number();
    }
  }

  private ExitCode train(LanguageModel opened, Path folder, Interruption interruption) {
    EncodedCorpus encoded =
        corpus.encode(texts, opened, folder.resolve("corpus"), terminal, interruption::asked);
    try (TokenFile training = TokenFile.open(encoded.training());
        TokenFile heldOut = TokenFile.open(encoded.heldOut())) {
      PackedRows rows = rows(training, opened);
      if (!terminal.quiet()) {
        terminal.err().println(corpus.documentStart(opened).words());
      }
      DictionaryPlan plan = plan(opened, folder, rows);
      if (run.estimate()) {
        print(DictionaryCost.estimate(plan, opened.transformer(), rows), plan);
        return ExitCode.DONE;
      }
      DictionaryTrainer.Result result;
      try (DictionaryProgress progress = new DictionaryProgress(terminal, interruption::asked)) {
        result = DictionaryTrainer.run(plan, opened.transformer(), rows, progress);
      }
      if (!result.finished()) {
        terminal.err().println("Run the same command again to go on.");
        return ExitCode.INTERRUPTED;
      }
      evaluate(opened, plan, rows, result, heldOut);
    }
    CorpusPreparation.deleteTokens(encoded);
    return ExitCode.DONE;
  }

  /** Shuffled: a corpus in the order of a curriculum begins one-sided. */
  private PackedRows rows(TokenFile tokens, LanguageModel opened) {
    return PackedRows.of(tokens, corpus.context(opened), PackedRows.Order.SHUFFLED, engine.seed());
  }

  private DictionaryPlan plan(LanguageModel opened, Path folder, PackedRows rows) {
    int steps = run.steps(rows.count() * rows.context());
    return new DictionaryPlan(
        folder,
        options.layout(opened.transformer()),
        options.sizes(),
        options.sparsity(),
        options.optimisation(steps, run.batch()),
        run.stream(corpus.leftOut(opened), engine.seed()),
        options.endToEnd(steps),
        run.checkpointEvery(steps),
        new DictionaryPlan.Result(
            opened.name(),
            Loupe.hub(Progress.silent()).identify(opened.files()).sha256(),
            run.written(),
            options.format()));
  }

  private void evaluate(
      LanguageModel opened,
      DictionaryPlan plan,
      PackedRows trained,
      DictionaryTrainer.Result result,
      TokenFile heldOut) {
    SequencedMap<Integer, DictionaryEvaluation.Result> evaluations = new LinkedHashMap<>();
    if (heldOut.size() > 0) {
      PackedRows rows = rows(heldOut, opened);
      for (int size : plan.sizes()) {
        try (Dictionary dictionary = DictionaryFiles.open(plan.folder(size), Optional.empty())) {
          EvaluationSummary summary =
              corpus.evaluate(opened, dictionary, rows, engine.seed(), terminal);
          evaluations.put(size, summary.result());
          if (!json.takesStandardOutput()) {
            terminal.out().printf(Locale.ROOT, "%,d features a layer:%n", size);
            summary.lines(terminal).forEach(terminal.out()::println);
          }
        }
      }
    }
    String report =
        DictionaryReport.json(plan, trained, corpus.documentStart(opened), result, evaluations);
    ReportFile.write(
        plan.folder().resolve("evaluation.json"), writer -> writer.write(report + "\n"));
    HtmlPage.write(plan.folder().resolve("report.html"), report);
    json.write(terminal, report);
    if (!json.takesStandardOutput() && !terminal.quiet()) {
      terminal.out().println("Dictionaries and report.html are in " + plan.folder());
    }
  }

  private void print(DictionaryCost cost, DictionaryPlan plan) {
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%,d parameters, %,d steps of %,d positions: about %s, %s of memory, %s of disk.%n",
            cost.parameters(),
            plan.steps(),
            plan.stream().batch(),
            ProgressLine.duration(cost.whole().toMillis() / 1e3),
            ProgressLine.bytes((double) cost.memoryBytes()),
            ProgressLine.bytes((double) cost.diskBytes()));
  }
}
