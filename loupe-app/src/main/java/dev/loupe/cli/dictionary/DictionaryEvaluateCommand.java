package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.evaluation.Replacement;
import dev.loupe.examination.Examination;
import dev.loupe.examination.Goal;
import dev.loupe.hub.Hub;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.dictionary.EvaluateDictionary;
import dev.loupe.instrument.dictionary.EvaluateRequest;
import dev.loupe.instrument.dictionary.EvaluationReport;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.world.World;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe dictionary evaluate}. */
@Command(
    name = "evaluate",
    header = "Measure a dictionary, and the model that runs on it, on held-out text.",
    description = {
      "",
      "Per layer: fraction of variance unexplained (FVU), active features per position (L0), dead features. For the model"
          + " with reconstructions in place: agreement of the next token, KL divergence and loss. A transcoder replaces all"
          + " MLPs at once, at every position that is not left out; an SAE replaces one layer at a time. Loss recovered is"
          + " (zeros - replaced) / (zeros - model).",
      "",
      "Shares have Wilson intervals, ratios bootstrap intervals over rows. With --world, the questions of that world are"
          + " asked with and without the replacement."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary evaluate my-clt/features-2048 corpus.jsonl.gz --model my-model",
      "  loupe dictionary evaluate my-clt/features-2048 world/corpus.jsonl.gz --model almanac --world 7 --json -"
    })
public final class DictionaryEvaluateCommand
    extends BasisCommand<EvaluateRequest, EvaluationReport> {
  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "The dictionary's folder, or the name of one that comes with Loupe.")
  private String dictionary = "";

  @Parameters(
      index = "1",
      paramLabel = "CORPUS",
      description = "A .jsonl, .jsonl.gz, .parquet or .txt file, or a folder of them.")
  private Path texts = Path.of("");

  @Mixin private final DictionaryCorpus corpus = new DictionaryCorpus();

  @Option(names = "--at", paramLabel = "PLACE", order = 8, description = "The same as --basis-at.")
  private Optional<String> at = Optional.empty();

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 22,
      description = "Ask the questions of this world too.")
  private @Nullable Long world;

  DictionaryEvaluateCommand(Terminal terminal) {
    super(new EvaluateDictionary(), terminal);
  }

  @Override
  protected void read() {
    basis().also(Optional.of(dictionary), at);
  }

  @Override
  protected EvaluateRequest request(Subject subject) {
    return new EvaluateRequest(corpus.of(texts));
  }

  @Override
  protected void show(Finding<EvaluationReport> finding, SummaryLines lines) {
    EvaluationLines.show(finding.answer(), terminal(), lines);
  }

  /** The questions of a world, asked of the model as it is and with the dictionary in place. */
  @Override
  protected Finding<EvaluationReport> known(
      Finding<EvaluationReport> finding, Subject subject, Hub hub, Run run) {
    if (world == null) {
      return finding;
    }
    World asked = World.of(world, 1);
    LanguageModel model = subject.weights();
    List<Goal> before = Goal.ofBase(new Examination(model, asked, false).run(run));
    List<Goal> after;
    try (Replacement replacement = Replacement.of(subject.dictionary().orElseThrow())) {
      LanguageModel replaced = model.with(replacement.hooks());
      after = Goal.ofBase(new Examination(replaced, asked, false).run(run));
    }
    Finding<EvaluationReport> known = finding;
    for (int i = 0; i < before.size(); i++) {
      Goal one = before.get(i);
      double replaced = after.get(i).reached();
      if (!Double.isNaN(one.reached()) && !Double.isNaN(replaced)) {
        known =
            known.with(
                Evidence.noted(
                    "With the dictionary in place, world %d: %s".formatted(world, one.what()),
                    Support.INTERVENED,
                    Estimate.exactly(replaced, ""),
                    String.format(Locale.ROOT, "%.3f without it", one.reached())));
      }
    }
    return known;
  }
}
