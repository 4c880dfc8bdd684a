package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.MatchFeatures;
import dev.loupe.instrument.geometry.MatchReport;
import dev.loupe.instrument.geometry.MatchRequest;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features match}. */
@Command(
    name = "match",
    header = "Find the same features in another dictionary or model.",
    description = {
      "",
      "Finds each feature's best partner and partners one to one, by decoder direction and, with --corpus, by correlation"
          + " of activations on the same text. Everything is found again by chance: with whole texts permuted, or one side"
          + " rotated. Features that are too seldom active to be judged are left out and counted."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features match almanac-sae-2048 --basis almanac-sae-512",
      "  loupe features match almanac-plt --basis almanac-clt --corpus corpus.jsonl.gz",
      "  loupe features match almanac-3m-clt --other-model almanac-3m --corpus corpus.jsonl.gz --json match.json"
    })
public final class FeaturesMatchCommand extends BasisCommand<MatchRequest, MatchReport> {
  @Parameters(
      paramLabel = "OTHER",
      description =
          "The other dictionary: a folder, a name of one that comes with Loupe, or neurons.")
  private String other = "";

  @Option(
      names = "--other-model",
      paramLabel = "MODEL",
      order = 9,
      description =
          "The model of the other dictionary, with the same tokens; needs --corpus (default: the same model).")
  private Optional<String> otherModel = Optional.empty();

  @Mixin private final TextOptions texts = new TextOptions();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();
  @Mixin private final ChanceOptions chance = new ChanceOptions(MatchRequest.USUAL_PERMUTATIONS);

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      order = 22,
      split = ",",
      description = "Match features of this layer; repeatable, or with commas (default: all).")
  private List<Integer> layers = List.of();

  @Option(
      names = "--other-layer",
      paramLabel = "LAYER",
      order = 23,
      split = ",",
      description =
          "With those of this layer of the other; repeatable, or with commas (default: all).")
  private List<Integer> otherLayers = List.of();

  @Option(
      names = "--least",
      paramLabel = "VALUE",
      order = 25,
      description =
          "Partners must be above this cosine or correlation (default: ${DEFAULT-VALUE}).")
  private double least = MatchRequest.USUAL_LEAST;

  @Option(
      names = "--pairs",
      paramLabel = "COUNT",
      order = 29,
      description =
          "Write this many pairs to --json and --html, the best ones (default: ${DEFAULT-VALUE}).")
  private int pairs = 200;

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "Print this many pairs (default: ${DEFAULT-VALUE}).")
  private int top = 10;

  FeaturesMatchCommand(Terminal terminal) {
    super(new MatchFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
  }

  @Override
  protected MatchRequest request(Subject subject) {
    LanguageModel model = subject.weights();
    if (otherModel.isPresent()) {
      model = open(otherModel.get());
      atEnd(model::close);
    }
    return new MatchRequest(
        new OtherDictionaries(model, this::atEnd).open(other),
        texts.asked(),
        layers,
        otherLayers,
        chance.permutations(),
        least,
        chance.leastActive(),
        pairs);
  }

  @Override
  protected void show(Finding<MatchReport> finding, SummaryLines lines) {
    MatchReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    side(report.first(), lines);
    side(report.second(), lines);
    report
        .byActivation()
        .ifPresent(
            figures -> figures("By what they do", "correlation of activations", figures, lines));
    report
        .byCosine()
        .ifPresent(
            figures -> figures("By what they write", "cosine of directions", figures, lines));
    report
        .arrangement()
        .ifPresent(each -> {
          lines.heading("Arrangement of partners in the two spaces", each.pairs() + " pairs");
          lines.row(
              String.format(
                  Locale.ROOT,
                  "  SVCCA %.3f, partners shuffled %.3f, p = %.3f",
                  each.svcca(),
                  each.svccaChance(),
                  each.svccaP()));
          lines.row(
              String.format(
                  Locale.ROOT,
                  "  RSA   %.3f, partners shuffled %.3f, p = %.3f",
                  each.rsa(),
                  each.rsaChance(),
                  each.rsaP()));
        });
  }

  private static void side(MatchReport.Side side, SummaryLines lines) {
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "%s: %,d features, %,d dead, %,d too rare, %,d matched",
            side.basis(),
            side.features(),
            side.dead(),
            side.rare(),
            side.matched()));
  }

  private void figures(
      String heading, String measure, MatchReport.Figures figures, SummaryLines lines) {
    lines.heading(heading, measure);
    String chance =
        figures
            .chance()
            .map(each ->
                String.format(
                    Locale.ROOT,
                    "; by chance %.3f and %.3f (p = %.3f, %.3f)%s",
                    each.meanBest(),
                    each.meanAssigned(),
                    each.meanBestP(),
                    each.meanAssignedP(),
                    each.significant().isPresent()
                        ? String.format(
                            Locale.ROOT,
                            "; %,d features above chance at 5%%",
                            each.significant().getAsInt())
                        : ""))
            .orElse("");
    lines.wrapped(
        Style.PLAIN,
        "",
        String.format(
            Locale.ROOT,
            "Mean of the best partners %.3f (back %.3f), of %,d pairs one to one %.3f%s.",
            figures.meanBest(),
            figures.meanBestBack(),
            figures.assigned(),
            figures.meanAssigned(),
            chance));
    lines.head("  AT LEAST   BEST PARTNER            ONE TO ONE");
    for (MatchReport.Share share : figures.shares()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %8.1f   %5.1f%% [%4.1f, %5.1f]     %5.1f%% [%4.1f, %5.1f]",
              share.threshold(),
              100 * share.best().value(),
              100 * share.best().low(),
              100 * share.best().high(),
              100 * share.assigned().value(),
              100 * share.assigned().low(),
              100 * share.assigned().high()));
    }
    figures.pairs().stream()
        .limit(top)
        .forEach(pair ->
            lines.row(
                String.format(
                    Locale.ROOT, "  %6.3f  %-9s %s", pair.value(), pair.first(), pair.second())));
  }
}
