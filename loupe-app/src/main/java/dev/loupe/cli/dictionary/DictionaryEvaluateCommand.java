package dev.loupe.cli.dictionary;

import dev.loupe.Loupe;
import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.ModelOption;
import dev.loupe.cli.option.PlaceOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Interruption;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.CorpusPreparation;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.ModelMatch;
import dev.loupe.dictionary.evaluation.Replacement;
import dev.loupe.examination.Examination;
import dev.loupe.examination.Goal;
import dev.loupe.hub.Progress;
import dev.loupe.job.Counted;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code loupe dictionary evaluate}. */
@Command(
    name = "evaluate",
    header = "Measure a dictionary on held-out text, and the model that it replaces.",
    description = {
      "",
      "By layer: the residual share of variance (FVU), active features a position (L0), features that never fire. In the"
          + " model: how often its next token stays the same, the divergence and the loss, with all MLPs of a"
          + " transcoder replaced at once, at every position that is not left out, or with one layer of an SAE after the other. Loss"
          + " recovered is (zeros − replaced) / (zeros − model).",
      "",
      "Shares have Wilson's intervals, ratios the bootstrap's over rows. With --world the questions of that world are"
          + " asked with and without the replacement."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary evaluate my-clt/features-2048 corpus.jsonl.gz --model my-model",
      "  loupe dictionary evaluate my-clt/features-2048 world/corpus.jsonl.gz --model almanac --world 7 --json -"
    })
public final class DictionaryEvaluateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(index = "0", paramLabel = "DIR", description = "The dictionary's folder.")
  private Path folder = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "CORPUS",
      description = "A .jsonl, .jsonl.gz, .parquet or .txt file, or a folder of them.")
  private Path texts = Path.of("");

  @Mixin private final DictionaryCorpus corpus = new DictionaryCorpus();
  @Mixin private final PlaceOption place = new PlaceOption();

  @Mixin private final ModelOption model = new ModelOption();

  @Option(
      names = "--any-name",
      order = 21,
      description = "The model may have another name than the dictionary records.")
  private boolean anyName;

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 22,
      description = "Ask the questions of this world too.")
  private @Nullable Long world;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  DictionaryEvaluateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Path tokens = Files.createTempDirectory("loupe-evaluate-");
    try (Dictionary dictionary = terminal.caveats().noting(place.open(folder));
        LanguageModel opened = new ModelAccess(terminal).open(model.name(), engine);
        Interruption interruption = new Interruption()) {
      ModelMatch.require(
          dictionary,
          opened.name(),
          opened.transformer(),
          () -> Loupe.hub(Progress.silent()).identify(opened.files()).sha256(),
          anyName);
      EncodedCorpus encoded =
          corpus.encode(texts, opened, tokens.resolve("corpus"), terminal, interruption::asked);
      evaluate(opened, dictionary, encoded);
      return ExitCode.DONE.number();
    } catch (CancellationException _) {
      return ExitCode.INTERRUPTED.number();
    } finally {
      CorpusPreparation.delete(tokens);
    }
  }

  private void evaluate(LanguageModel opened, Dictionary dictionary, EncodedCorpus encoded) {
    ObjectNode report = EvaluationSummary.object().put("schema", "loupe.dictionary-evaluation/1");
    report.put("dictionary", folder.toString()).put("model", opened.name());
    try (TokenFile heldOut = TokenFile.open(encoded.heldOut());
        TokenFile training = TokenFile.open(encoded.training())) {
      PackedRows rows =
          PackedRows.of(
              heldOut.size() == 0 ? training : heldOut,
              corpus.context(opened),
              PackedRows.Order.SHUFFLED, // a corpus in the order of a curriculum begins one-sided
              engine.seed());
      EvaluationSummary summary =
          corpus.evaluate(opened, dictionary, rows, engine.seed(), terminal);
      summary.write(report);
      if (!json.takesStandardOutput()) {
        summary.lines(terminal).forEach(terminal.out()::println);
      }
    }
    if (world != null) {
      ask(opened, dictionary, world, report);
    }
    json.write(
        terminal, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(report));
  }

  private void ask(LanguageModel opened, Dictionary dictionary, long seed, ObjectNode report) {
    World asked = World.of(seed, 1);
    List<Goal> before = Goal.ofBase(examined(opened, asked));
    List<Goal> after = Goal.ofBase(examined(opened.with(Replacement.of(dictionary)), asked));
    ObjectNode node = report.putObject("world").put("seed", seed);
    if (!json.takesStandardOutput()) {
      terminal.out().println();
      terminal
          .out()
          .println(
              terminal.styled(
                  Style.DIM, "%-40s %8s %10s".formatted("QUESTIONS", "MODEL", "REPLACED")));
    }
    for (int i = 0; i < before.size(); i++) {
      Goal one = before.get(i);
      double replaced = after.get(i).reached();
      if (!Double.isNaN(one.reached()) && !Double.isNaN(replaced)) {
        node.putObject(one.what()).put("model", one.reached()).put("replaced", replaced);
      }
      if (!json.takesStandardOutput()) {
        terminal
            .out()
            .printf(Locale.ROOT, "%-40s %8.3f %10.3f%n", one.what(), one.reached(), replaced);
      }
    }
  }

  private Examination.Result examined(LanguageModel subject, World asked) {
    Examination examination = new Examination(subject, asked, false);
    try (ProgressLine progress = new ProgressLine(terminal, "asking", Counted.STEPS)) {
      return examination.run(done -> progress.at(done, examination.size()));
    }
  }
}
