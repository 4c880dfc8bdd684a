package dev.loupe.cli.influence;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.AskQuestions;
import dev.loupe.instrument.influence.AskQuestionsReport;
import dev.loupe.instrument.influence.AskQuestionsRequest;
import dev.loupe.instrument.influence.AskRequest;
import dev.loupe.instrument.influence.CompareInfluenceReport;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe influence questions}. */
@Command(
    name = "questions",
    header = "Ask for many completions at once.",
    description = {
      "",
      "Scores every training document for each completion of a file, in one pass over the corpus:"
          + " it costs little more than one question."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe influence questions questions.jsonl --fit fit --model almanac-1m",
      "  loupe influence questions questions.jsonl --fit fit --model almanac-1m --top 20 --json"
          + " answers.json"
    })
public final class InfluenceQuestionsCommand
    extends InstrumentCommand<AskQuestionsRequest, AskQuestionsReport> {
  /** Documents of each sign in the terminal; the JSON and the page have all. */
  private static final int SHOWN = 3;

  @Parameters(
      paramLabel = "QUESTIONS",
      description =
          "JSON lines with `prompt` and `completion`, with its space (default: the model's most"
              + " probable next token).")
  private Path questions = Path.of("");

  @Option(
      names = "--fit",
      paramLabel = "FIT",
      required = true,
      order = 1,
      description = "The folder that 'influence fit' made.")
  private Path fit = Path.of("");

  @Mixin private final RankingOptions ranking = new RankingOptions();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description = "Keep this many documents of each sign (default: ${DEFAULT-VALUE}).")
  private int top = AskRequest.DEFAULT_TOP;

  InfluenceQuestionsCommand(Terminal terminal) {
    super(new AskQuestions(), terminal);
  }

  @Override
  protected AskQuestionsRequest request(Subject subject) {
    return new AskQuestionsRequest(questions, fit, ranking.corpus, top, ranking.relative);
  }

  @Override
  protected void show(Finding<AskQuestionsReport> finding, SummaryLines lines) {
    AskQuestionsReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.row(
        String.format(
            Locale.ROOT,
            "  %,d documents; the first %d of each sign, --json has %d",
            report.documents(),
            Math.min(SHOWN, top),
            top));
    for (AskQuestionsReport.Asked each : report.asked()) {
      lines.heading(
          SummaryLines.quoted(each.completion()) + " after " + SummaryLines.quoted(each.prompt()),
          String.format(Locale.ROOT, "loss %.2f nats", each.loss()));
      documents(each.positive(), lines);
      documents(each.negative(), lines);
    }
  }

  private static void documents(List<CompareInfluenceReport.Top> documents, SummaryLines lines) {
    for (CompareInfluenceReport.Top each :
        documents.subList(0, Math.min(SHOWN, documents.size()))) {
      lines.line(
          Style.PLAIN,
          String.format(
              Locale.ROOT,
              "  %+10.3g  %s  %s",
              each.influence(),
              SummaryLines.printable(each.id()),
              SummaryLines.printable(each.text())));
    }
  }
}
