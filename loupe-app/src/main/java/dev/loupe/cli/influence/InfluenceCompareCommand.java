package dev.loupe.cli.influence;

import dev.loupe.Loupe;
import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.CompareInfluence;
import dev.loupe.instrument.influence.CompareInfluenceReport;
import dev.loupe.instrument.influence.CompareInfluenceRequest;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe influence compare}. */
@Command(
    name = "compare",
    header = "Compare which documents taught several models the same completion.",
    description = {
      "",
      "Puts one completion, or the planted questions of a world, to models of several sizes that"
          + " were trained on the same documents: how far their top documents are the same, share"
          + " words with the question, and share its theme."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe influence compare \"The capital of Ildavia is\" --completion \" Pervale\" --model"
          + " almanac-1m --with almanac-3m,almanac --fits fits",
      "  loupe influence compare --planted world/planted.json --model almanac-1m --with"
          + " almanac-3m,almanac --fits fits"
    })
public final class InfluenceCompareCommand
    extends InstrumentCommand<CompareInfluenceRequest, CompareInfluenceReport> {
  @Parameters(
      paramLabel = "PROMPT",
      arity = "0..1",
      description = "The text before the completion; left out with --planted.")
  private String prompt = "";

  @Option(
      names = {"--with", "--models"},
      paramLabel = "MODEL",
      required = true,
      split = ",",
      order = 2,
      description = "Compare with these models; repeatable, or with commas.")
  private List<String> others = List.of();

  @Option(
      names = "--fits",
      paramLabel = "FOLDER",
      required = true,
      order = 3,
      description = "The folder that holds a fit of each model, by the model's name.")
  private Path fits = Path.of("");

  @Option(
      names = "--completion",
      paramLabel = "TEXT",
      order = 10,
      description =
          "Put this continuation to all, with its space (default: the first model's most probable"
              + " next token).")
  private Optional<String> completion = Optional.empty();

  @Option(
      names = "--planted",
      paramLabel = "FILE",
      order = 11,
      description =
          "Ask the planted questions of a world (planted.json), of which teachers, paraphrases and"
              + " decoys are known.")
  private Optional<Path> planted = Optional.empty();

  @Mixin private final RankingOptions ranking = new RankingOptions();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description =
          "Compare this many documents of each question and model (default: ${DEFAULT-VALUE}).")
  private int top = CompareInfluenceRequest.DEFAULT_TOP;

  InfluenceCompareCommand(Terminal terminal) {
    super(new CompareInfluence(), terminal);
  }

  @Override
  protected CompareInfluenceRequest request(Subject subject) {
    return new CompareInfluenceRequest(
        prompt,
        completion,
        planted,
        fit(subject.weights().name()),
        others.stream().map(this::fitted).toList(),
        ranking.corpus,
        top,
        ranking.relative);
  }

  private CompareInfluenceRequest.Fitted fitted(String name) {
    LanguageModel model = open(name);
    atEnd(model::close);
    return new CompareInfluenceRequest.Fitted(
        Loupe.subject(model, Loupe.hub(Progress.silent())), fit(model.name()));
  }

  /** Names on a hub have slashes; the last part is the folder's name. */
  private Path fit(String model) {
    return fits.resolve(model.substring(model.lastIndexOf('/') + 1));
  }

  @Override
  protected void show(Finding<CompareInfluenceReport> finding, SummaryLines lines) {
    CompareInfluenceReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.row(
        String.format(
            Locale.ROOT,
            "  %,d documents, of which the top %d count",
            report.documents(),
            report.top()));
    lines.heading("Models", "the top documents of each");
    lines.head("  %-16s %-24s %-28s %s".formatted("", "loss", "words of the question", "of all"));
    for (CompareInfluenceReport.OfModel each : report.models()) {
      lines.row(
          "  %-16s %-24s %-28s %s"
              .formatted(
                  name(each.model()),
                  written(each.loss()),
                  written(each.words()),
                  written(each.wordsOfAll())));
    }
    lines.head(
        "  %-16s %-24s %-28s %s"
            .formatted("", "has the answer", "teachers found", "theme before words"));
    for (CompareInfluenceReport.OfModel each : report.models()) {
      lines.row(
          "  %-16s %-24s %-28s %s"
              .formatted(
                  name(each.model()),
                  written(each.answer()),
                  written(each.teachers()),
                  written(each.theme())));
    }
    lines.heading("Pairs", "of models");
    lines.head(
        "  %-33s %-24s %-28s %s".formatted("", "same documents", "same labels", "order of all"));
    for (CompareInfluenceReport.OfPair each : report.pairs()) {
      lines.row(
          "  %-33s %-24s %-28s %s"
              .formatted(
                  name(each.first()) + ", " + name(each.second()),
                  written(each.documents()),
                  written(each.labels()),
                  written(each.order())));
    }
    if (report.questions() == 1) {
      for (CompareInfluenceReport.OfModel each : report.models()) {
        lines.heading(each.model(), "top documents");
        for (CompareInfluenceReport.Top document : each.found().getFirst().documents()) {
          String start =
              String.format(
                  Locale.ROOT,
                  "  %10.4g %s ",
                  document.influence(),
                  SummaryLines.printable(document.id()));
          lines.row(
              start
                  + Terminal.cut(
                      SummaryLines.printable(document.text()),
                      Math.max(10, terminal().width() - start.length())));
        }
      }
    }
  }

  private static String name(String model) {
    return Terminal.cut(SummaryLines.printable(model), 16);
  }

  private static String written(Estimate estimate) {
    if (!Double.isFinite(estimate.value())) {
      return "–";
    }
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", estimate.value(), estimate.low(), estimate.high())
        : String.format(Locale.ROOT, "%.3f", estimate.value());
  }
}
