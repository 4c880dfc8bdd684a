package dev.loupe.cli;

import dev.loupe.Loupe;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.hub.Hub;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.study.Asked;
import dev.loupe.instrument.study.GreaterThan;
import dev.loupe.instrument.study.GreaterThanJson;
import dev.loupe.instrument.study.GreaterThanReport;
import dev.loupe.instrument.study.GreaterThanRequest;
import dev.loupe.instrument.study.StudyCost;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.HtmlPage;
import dev.loupe.world.World;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code loupe study greater-than}. */
@Command(
    name = "greater-than",
    header = "Which features make a year end after it began?",
    description = {
      "",
      "“The war lasted from the year 1742 to the year 17” must go on with a year after 42 (Hanna et al. 2023)."
          + " Measures how well the model does it, ranks the features that carry the year to the last position, maps what each"
          + " does to the years 00 to 99, patches heads and MLPs, and takes groups of features away beside random groups.",
      "",
      "Models of the Almanac are asked their world's questions; others need --nouns."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe study greater-than",
      "  loupe study greater-than --html study.html --json study.json",
      "  loupe study greater-than --basis my-clt --top 80",
      "  loupe study greater-than --model gpt2 --nouns nouns.txt --prompts 4 --estimate"
    })
final class StudyGreaterThanCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final LoupeCommand root;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final ModelOption modelOption = new ModelOption();
  @Mixin private final BasisOptions basis = new BasisOptions();

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 10,
      description = "Ask the questions of this world (default: that of a shipped model).")
  private @Nullable Long world;

  @Option(
      names = "--nouns",
      paramLabel = "FILE",
      order = 11,
      description = "Ask about these nouns, one a line, for models with the vocabulary of GPT-2.")
  private Optional<Path> nouns = Optional.empty();

  @Option(
      names = "--prompts",
      paramLabel = "COUNT",
      order = 12,
      converter = OptionConverters.Count.class,
      description = "Prompts of each YY, at most (default: ${DEFAULT-VALUE}).")
  private int prompts = GreaterThanRequest.DEFAULT_PROMPTS;

  @Option(
      names = "--tested",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description =
          "Prompts of each YY for the interventions, at most (default: ${DEFAULT-VALUE}).")
  private int tested = GreaterThanRequest.DEFAULT_TESTED;

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 14,
      converter = OptionConverters.Count.class,
      description = "Features to look at closely (default: ${DEFAULT-VALUE}).")
  private int top = GreaterThanRequest.DEFAULT_TOP;

  @Option(
      names = "--draws",
      paramLabel = "COUNT",
      order = 15,
      converter = OptionConverters.Count.class,
      description = "Random groups to hold each group against (default: ${DEFAULT-VALUE}).")
  private int draws = GreaterThanRequest.DEFAULT_DRAWS;

  @Option(
      names = "--estimate",
      order = 16,
      description = "Say the time and memory that it would take, and stop.")
  private boolean estimate;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 710,
      description = "Write the study as one self-contained page with all maps.")
  private Optional<ResultFile> html = Optional.empty();

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  StudyGreaterThanCommand(Terminal terminal, LoupeCommand root) {
    this.terminal = terminal;
    this.root = root;
  }

  @Override
  public Integer call() {
    if (nouns.isPresent() && world != null) {
      throw UsageError.of(spec, "--nouns and --world ask about different things: leave out one.");
    }
    try (Dictionary dictionary = basis.dictionary().map(terminal.caveats()::noting).orElse(null);
        LanguageModel model =
            new ModelAccess(terminal, root.quiet()).open(modelOption.name(), engine)) {
      Hub hub = Loupe.hub(Progress.silent());
      GreaterThan study =
          dictionary == null
              ? Loupe.greaterThan(model, hub)
              : Loupe.greaterThan(model, hub, dictionary, basis.anyName());
      GreaterThanRequest request = request(model, hub);
      if (estimate) {
        print(study.estimate(request));
        return ExitCode.DONE.number();
      }
      GreaterThanReport report = run(study, request);
      write(report);
      return TraceCommand.exitCode(report.evidence()).number();
    }
  }

  private GreaterThanRequest request(LanguageModel model, Hub hub) {
    if (nouns.isPresent()) {
      List<String> words = nouns(nouns.get());
      return request(
          Asked.of(words, prompts, model.tokenizer(), engine.seed()),
          "%,d nouns of %s, centuries 11 to 17, drawn by seed %d"
              .formatted(words.size(), nouns.get().getFileName(), engine.seed()));
    }
    OptionalLong seed = world == null ? OptionalLong.empty() : OptionalLong.of(world);
    World asked =
        HubAccess.world(hub, modelOption.name(), seed)
            .orElseThrow(() ->
                LoupeException.badInput(
                    "no world of " + model.name() + " is known, and no nouns are given",
                    "Give --nouns FILE, one noun a line, or for a model of the Almanac --world SEED."));
    return request(
        Loupe.greaterThanQuestions(asked, prompts),
        "the Almanac's questions, world " + asked.seed());
  }

  private GreaterThanRequest request(List<Asked> asked, String source) {
    return new GreaterThanRequest(asked, source, top, tested, draws, engine.seed());
  }

  private static List<String> nouns(Path file) {
    try {
      return FileText.lines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .distinct()
          .toList();
    } catch (IOException e) {
      throw FileFault.cannotRead(file, "Name a text file with one noun a line.", e);
    }
  }

  private GreaterThanReport run(GreaterThan study, GreaterThanRequest request) {
    Map<GreaterThan.Step, ProgressLine> lines = new EnumMap<>(GreaterThan.Step.class);
    try {
      return study.run(
          request,
          (step, done, total) -> {
            ProgressLine line =
                lines.computeIfAbsent(
                    step,
                    each ->
                        new ProgressLine(
                            terminal,
                            root.quiet(),
                            each.label(),
                            each == GreaterThan.Step.RANKING || each == GreaterThan.Step.MAPPING
                                ? ProgressLine.Unit.PROMPTS
                                : ProgressLine.Unit.RUNS));
            line.at(done, total);
            if (done == total) {
              line.close();
            }
          });
    } finally {
      lines.values().forEach(ProgressLine::close);
    }
  }

  private void write(GreaterThanReport report) {
    if (!json.takesStandardOutput()) {
      GreaterThanSummary.of(report, terminal).forEach(terminal.out()::println);
    }
    if (json.isWanted() || html.isPresent()) {
      StringWriter text = new StringWriter();
      GreaterThanJson.write(report, text);
      json.write(terminal, text.toString());
      html.ifPresent(
          file -> HtmlPage.write(HtmlPage.Kind.GREATER_THAN, file.path(), text.toString()));
    }
  }

  private void print(StudyCost cost) {
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%,d prompts, %,d of them tested in at most %,d changed runs: about %s and %s of memory beside the model.%n",
            cost.prompts(),
            cost.tested(),
            cost.runs(),
            ProgressLine.duration(cost.seconds()),
            ProgressLine.bytes((double) cost.bytes()));
  }
}
