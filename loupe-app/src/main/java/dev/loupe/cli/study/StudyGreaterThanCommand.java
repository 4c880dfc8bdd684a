package dev.loupe.cli.study;

import dev.loupe.Loupe;
import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.Asked;
import dev.loupe.instrument.study.GreaterThan;
import dev.loupe.instrument.study.GreaterThanReport;
import dev.loupe.instrument.study.GreaterThanRequest;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code loupe study greater-than}. */
@Command(
    name = "greater-than",
    header = "Which features make a war end after it began?",
    description = {
      "",
      "“The war lasted from the year 1742 to the year 17” must continue with a year after 42 (Hanna"
          + " et al. 2023). Measures how well the model does it, ranks the features that carry the"
          + " year to the last position, maps what each does to the years 00 to 99, patches heads"
          + " and MLPs, and ablates groups of features beside random groups.",
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
public final class StudyGreaterThanCommand
    extends BasisCommand<GreaterThanRequest, GreaterThanReport> {

  @Spec private @Nullable CommandSpec spec;

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
      description = "Ask about these nouns, one per line, for models with the vocabulary of GPT-2.")
  private Optional<Path> nouns = Optional.empty();

  @Option(
      names = "--prompts",
      paramLabel = "COUNT",
      order = 12,
      converter = OptionConverters.Count.class,
      description = "Use at most this many prompts per YY (default: ${DEFAULT-VALUE}).")
  private int prompts = GreaterThanRequest.DEFAULT_PROMPTS;

  @Option(
      names = "--tested",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description = "Intervene on at most this many prompts per YY (default: ${DEFAULT-VALUE}).")
  private int tested = GreaterThanRequest.DEFAULT_TESTED;

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 14,
      converter = OptionConverters.Count.class,
      description =
          "Analyse this many features in detail, the strongest (default: ${DEFAULT-VALUE}).")
  private int top = GreaterThanRequest.DEFAULT_TOP;

  @Option(
      names = "--draws",
      paramLabel = "COUNT",
      order = 15,
      converter = OptionConverters.Count.class,
      description = "Compare each group with this many random groups (default: ${DEFAULT-VALUE}).")
  private int draws = GreaterThanRequest.DEFAULT_DRAWS;

  StudyGreaterThanCommand(Terminal terminal) {
    super(new GreaterThan(), terminal);
  }

  @Override
  protected boolean sumsExactly() {
    return true;
  }

  @Override
  protected void read() {
    if (nouns.isPresent() && world != null) {
      throw UsageError.of(spec, "--nouns and --world ask about different things: leave out one.");
    }
  }

  @Override
  protected GreaterThanRequest request(Subject subject) {
    LanguageModel model = subject.weights();
    if (nouns.isPresent()) {
      List<String> words = nouns(nouns.get());
      return request(
          Asked.of(words, prompts, model.tokenizer(), seed()),
          String.format(
              Locale.ROOT,
              "%,d nouns of %s, centuries 11 to 17, drawn by seed %d",
              words.size(),
              nouns.get().getFileName(),
              seed()));
    }
    OptionalLong asked = world == null ? OptionalLong.empty() : OptionalLong.of(world);
    World known =
        HubAccess.world(Loupe.hub(Progress.silent()), modelName(), asked)
            .orElseThrow(() ->
                LoupeException.badInput(
                    "no world of " + model.name() + " is known, and no nouns are given",
                    "Give --nouns FILE, one noun per line, or for a model of the Almanac --world"
                        + " SEED."));
    return request(
        Loupe.greaterThanQuestions(known, prompts),
        "the Almanac's questions, world " + known.seed());
  }

  private GreaterThanRequest request(List<Asked> asked, String source) {
    return new GreaterThanRequest(asked, source, top, tested, draws);
  }

  private static List<String> nouns(Path file) {
    try {
      return FileText.lines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .distinct()
          .toList();
    } catch (IOException e) {
      throw FileFault.cannotRead(file, "Name a text file with one noun per line.", e);
    }
  }

  @Override
  protected void show(Finding<GreaterThanReport> finding, SummaryLines lines) {
    new GreaterThanSummary(finding.answer(), lines).write();
  }
}
