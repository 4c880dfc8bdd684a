package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.MatchNeurons;
import dev.loupe.instrument.geometry.NeuronsReport;
import dev.loupe.instrument.geometry.NeuronsRequest;
import dev.loupe.instrument.geometry.TextsRequest;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe features neurons}. */
@Command(
    name = "neurons",
    header = "Compare features with the single neuron that resembles each most.",
    description = {
      "",
      "Correlates every feature with every neuron of the layers before it. The best of thousands is large by chance on"
          + " little text, so the best with whole texts permuted stands beside it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features neurons --basis almanac-sae-2048 --corpus corpus.jsonl.gz",
      "  loupe features neurons --layer 3 --corpus corpus.jsonl.gz --tokens 8000"
    })
public final class FeaturesNeuronsCommand extends BasisCommand<NeuronsRequest, NeuronsReport> {
  private static final int BAR = 40;

  @Mixin private final TextOptions texts = new TextOptions();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();
  @Mixin private final ChanceOptions chance = new ChanceOptions(5);

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      order = 22,
      split = ",",
      description = "Look at features of this layer; repeatable, or with commas (default: all).")
  private List<Integer> layers = List.of();

  private Optional<TextsRequest> text = Optional.empty();

  FeaturesNeuronsCommand(Terminal terminal) {
    super(new MatchNeurons(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
    text = Optional.of(texts.required());
  }

  @Override
  protected NeuronsRequest request(Subject subject) {
    return new NeuronsRequest(
        text.orElseThrow(), layers, chance.permutations(), chance.leastActive());
  }

  @Override
  protected void show(Finding<NeuronsReport> finding, SummaryLines lines) {
    NeuronsReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "%,d features (%,d dead, %,d too rare), %,d neurons before them, %,d tokens",
            report.judged(),
            report.dead(),
            report.rare(),
            report.neurons(),
            report.positions()));
    lines.row(
        String.format(
            Locale.ROOT,
            "No neuron correlates above %.1f with %.1f%% [%.1f, %.1f] of them; whatever the sign %.1f%%; with texts"
                + " permuted %.1f%%",
            report.threshold(),
            100 * report.atMost().value(),
            100 * report.atMost().low(),
            100 * report.atMost().high(),
            100 * report.atMostAbsolute().value(),
            100 * report.atMostByChance()));
    lines.heading("Best correlation with a neuron", "absolute");
    int most = report.histogram().stream().mapToInt(each -> each).max().orElse(1);
    for (int i = 0; i < report.histogram().size(); i++) {
      int count = report.histogram().get(i);
      lines.row(
          String.format(
              Locale.ROOT,
              "  %.1f to %.1f %,7d %s",
              i / 10.0,
              (i + 1) / 10.0,
              count,
              "█".repeat((int) Math.round((double) BAR * count / Math.max(1, most)))));
    }
  }
}
