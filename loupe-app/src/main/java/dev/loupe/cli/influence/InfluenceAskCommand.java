package dev.loupe.cli.influence;

import dev.loupe.cli.option.BasisOptions;
import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.AskInfluence;
import dev.loupe.instrument.influence.AskReport;
import dev.loupe.instrument.influence.AskRequest;
import dev.loupe.instrument.influence.Preselection;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe influence ask}. */
@Command(
    name = "ask",
    header = "Score every training document for a completion.",
    description = {
      "",
      "Lists the documents whose weight in training lowers the loss of the completion most, and"
          + " those that raise it, each token in the colour of its influence."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe influence ask \"The capital of Ildavia is\" --fit fit --model almanac-1m",
      "  loupe influence ask \"The capital of Ildavia is\" --completion \" Pervale\" --fit fit"
          + " --model almanac-1m",
      "  loupe influence ask \"The capital of Ildavia is\" --fit fit --model almanac-1m --html"
          + " influence.html"
    })
public final class InfluenceAskCommand extends InstrumentCommand<AskRequest, AskReport> {
  /** Share of a document's largest token from which a token is coloured. */
  private static final double COLOURED = 0.2;

  /** Under the columns of figures. */
  private static final String INDENT = "             ";

  /** Labels that are shown. */
  private static final int LABELS = 10;

  @Mixin private final PromptOptions prompt = new PromptOptions();

  @Option(
      names = "--fit",
      paramLabel = "FIT",
      required = true,
      order = 2,
      description = "The folder that 'loupe influence fit' made.")
  private Path fit = Path.of("");

  @Option(
      names = "--completion",
      paramLabel = "TEXT",
      order = 10,
      description =
          "Explain the loss of this continuation, with its space (default: the model's most"
              + " probable next token).")
  private Optional<String> completion = Optional.empty();

  @Mixin private final RankingOptions ranking = new RankingOptions();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 12,
      converter = OptionConverters.Count.class,
      description = "Show this many documents of each sign (default: ${DEFAULT-VALUE}).")
  private int top = AskRequest.DEFAULT_TOP;

  @Option(
      names = "--damping",
      paramLabel = "VALUE",
      order = 13,
      converter = OptionConverters.Positive.class,
      description =
          "Add this to the curvature of every map (default: a tenth of the map's mean curvature).")
  private @Nullable Double damping;

  @Option(
      names = "--exact",
      order = 15,
      description = "Score every document exactly, also where the fit has an index.")
  private boolean exact;

  @Option(
      names = "--distinct",
      order = 15,
      description = "Do not show documents that say nearly what one of larger influence says.")
  private boolean distinct;

  /** Ways to go beyond EK-FAC. */
  enum Method {
    /** Conjugate gradients. */
    CG
  }

  @Option(
      names = "--refine",
      paramLabel = "METHOD",
      order = 16,
      description =
          "cg: conjugate gradients on the damped Gauss–Newton matrix of up to 2,000 documents,"
              + " preconditioned by EK-FAC.")
  private @Nullable Method refinement;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      order = 17,
      converter = OptionConverters.Count.class,
      description = "Iterations of --refine at most (default: ${DEFAULT-VALUE}).")
  private int iterations = 20;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      order = 18,
      converter = OptionConverters.Count.class,
      description =
          "Split the influence of each document shown over the neurons through which it acts, and"
              + " name this many of the largest.")
  private int neurons;

  @Option(
      names = "--filter",
      paramLabel = "BY",
      order = 15,
      description =
          "Score only the documents nearest to prompt and completion by bm25 (words) or embedding"
              + " (mean residual stream), and 200 random others to estimate how many are missed;"
              + " all others with --exact, which gives the recall against the full scan.")
  private Preselection.@Nullable By filter;

  @Option(
      names = "--candidates",
      paramLabel = "COUNT",
      order = 15,
      converter = OptionConverters.Count.class,
      description = "Documents that --filter selects (default: ${DEFAULT-VALUE}).")
  private int candidates = AskRequest.DEFAULT_CANDIDATES;

  @Option(
      names = "--features",
      paramLabel = "COUNT",
      order = 18,
      converter = OptionConverters.Count.class,
      description =
          "Split the influence of each document shown over the features of the dictionary (--basis)"
              + " through which it acts, and name this many of the largest.")
  private int features;

  @Mixin private final BasisOptions basis = new BasisOptions();

  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      order = 17,
      description =
          "Score by SOURCE over the checkpoints in this folder of 'loupe train', which must have"
              + " made the model by AdamW; without damping, every document exactly.")
  private Optional<Path> checkpoints = Optional.empty();

  @Option(
      names = "--flip",
      paramLabel = "PHRASE",
      order = 19,
      description =
          "Score the documents shown again with this phrase and the completion in each other's"
              + " place.")
  private Optional<String> flip = Optional.empty();

  private String text = "";

  InfluenceAskCommand(Terminal terminal) {
    super(new AskInfluence(), terminal);
  }

  @Override
  protected void read() {
    text = prompt.read(terminal());
  }

  /** Nothing but the split needs a dictionary. */
  @Override
  protected Optional<BasisOptions> asked() {
    return features > 0 ? Optional.of(basis) : Optional.empty();
  }

  @Override
  protected AskRequest request(Subject subject) {
    return new AskRequest(
        text,
        completion,
        fit,
        ranking.corpus,
        top,
        damping == null ? OptionalDouble.empty() : OptionalDouble.of(damping),
        ranking.relative,
        exact,
        distinct,
        refinement == null ? 0 : iterations,
        neurons,
        features,
        Optional.ofNullable(filter),
        candidates,
        checkpoints,
        flip);
  }

  @Override
  protected void show(Finding<AskReport> finding, SummaryLines lines) {
    AskReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.row(
        String.format(
            Locale.ROOT,
            "  loss %.4f nats; %,d documents scored",
            report.loss(),
            report.sequences()));
    if (report.tail().hasInterval()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  the largest hundredth of influence falls as a power law of exponent %.2f [%.2f,"
                  + " %.2f]",
              report.tail().value(),
              report.tail().low(),
              report.tail().high()));
    }
    report
        .index()
        .ifPresent(index ->
            lines.row(
                String.format(
                    Locale.ROOT,
                    "  the fit's index has %,d bytes a document; over random documents Spearman"
                        + " %.3f with exact scores, largest gap %.2g of the largest influence",
                    index.bytesOfADocument(),
                    index.order().value(),
                    index.gap())));
    report
        .refinement()
        .ifPresent(refined ->
            lines.row(
                String.format(
                    Locale.ROOT,
                    "  refined: %d iterations of conjugate gradients over %,d documents, residual"
                        + " %.2g; cosine %.3f with EK-FAC's product",
                    refined.iterations(),
                    refined.documents(),
                    refined.residual(),
                    refined.cosine())));
    report
        .filter()
        .ifPresent(filtered ->
            lines.row(
                String.format(
                    Locale.ROOT,
                    "  %,d of %,d documents selected by %s",
                    filtered.selected(),
                    filtered.documents(),
                    filtered.by())));
    report
        .checkpoints()
        .ifPresent(over ->
            lines.row(
                String.format(
                    Locale.ROOT,
                    "  SOURCE over %d checkpoints, steps %,d to %,d; learning rates sum to %.4g",
                    over.steps().size(),
                    over.steps().getFirst(),
                    over.steps().getLast(),
                    over.rates())));
    documents("Documents that make it likelier", report.positive(), lines);
    documents("Documents that make it less likely", report.negative(), lines);
    report.flip().ifPresent(flip -> flipped(flip, lines));
    lines.heading("By linear map", "sums over the documents listed");
    lines.head(
        String.format(
            Locale.ROOT, "  %-28s %12s %12s %12s", "map", "positive", "negative", "damping"));
    for (AskReport.OfMap map : report.maps()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %-28s %12.4g %12.4g %12.3g",
              map.name(),
              map.positive(),
              map.negative(),
              map.damping()));
    }
    labels(report, lines);
  }

  private void flipped(AskReport.Flip flip, SummaryLines lines) {
    lines.heading(
        "With “%s” and “%s” in each other's place"
            .formatted(
                SummaryLines.printable(flip.phrase()), SummaryLines.printable(flip.completion())),
        "influence before and after; text");
    if (flip.documents().isEmpty()) {
      lines.row("  No document that makes it likelier has both.");
    }
    for (AskReport.Flipped each : flip.documents()) {
      String start =
          String.format(Locale.ROOT, "  %10.4g %10.4g  ", each.influence(), each.flipped());
      String said = SummaryLines.printable(each.text());
      lines.row(start + Terminal.cut(said, Math.max(10, terminal().width() - start.length())));
    }
  }

  private static void labels(AskReport report, SummaryLines lines) {
    if (report.labels().size() < 2) {
      return;
    }
    lines.heading("By label", "sums over all documents, by the label that comes first");
    lines.head(
        String.format(
            Locale.ROOT, "  %-28s %12s %12s %12s", "label", "documents", "positive", "negative"));
    for (AskReport.OfLabel label : report.labels().stream().limit(LABELS).toList()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %-28s %,12d %12.4g %12.4g",
              Terminal.cut(SummaryLines.printable(label.name()), 28),
              label.documents(),
              label.positive(),
              label.negative()));
    }
  }

  private void documents(
      String heading, List<AskReport.Influential> documents, SummaryLines lines) {
    lines.heading(heading, "share of the influence of that sign; cosine of gradients; text");
    for (AskReport.Influential each : documents) {
      String start =
          String.format(
              Locale.ROOT,
              "  %10.4g %s %6.3f  %s ",
              each.influence(),
              SummaryLines.percent(each.share()),
              each.cosine(),
              SummaryLines.printable(each.id()));
      lines.row(start + coloured(each, Math.max(10, terminal().width() - start.length())));
      each.neurons().ifPresent(split -> lines.wrapped(Style.PLAIN, INDENT, through(split)));
      each.features().ifPresent(split -> lines.wrapped(Style.PLAIN, INDENT, through(split)));
    }
  }

  private static String through(AskReport.ByFeature split) {
    StringBuilder line = new StringBuilder("through features");
    for (AskReport.OfFeature each : split.largest()) {
      line.append(
          String.format(
              Locale.ROOT, " %d/%d %+.3g,", each.layer(), each.feature(), each.influence()));
    }
    return line.append(
            String.format(
                Locale.ROOT,
                " others %+.3g, error %+.3g, outside of the dictionary %+.3g",
                split.others(),
                split.error(),
                split.outside()))
        .toString();
  }

  private static String through(AskReport.ByNeuron split) {
    StringBuilder line = new StringBuilder("through neurons");
    for (AskReport.OfNeuron each : split.largest()) {
      line.append(
          String.format(
              Locale.ROOT, " %d/%d %+.3g,", each.layer(), each.neuron(), each.influence()));
    }
    return line.append(
            String.format(
                Locale.ROOT,
                " others %+.3g, outside of neurons %+.3g",
                split.others(),
                split.outside()))
        .toString();
  }

  /** The text to so many columns; influence at a position is shown on the token it predicts. */
  private String coloured(AskReport.Influential document, int room) {
    List<AskReport.OfToken> tokens = document.tokens();
    double largest =
        tokens.stream().mapToDouble(token -> Math.abs(token.influence())).max().orElse(0);
    StringBuilder line = new StringBuilder();
    int left = room;
    for (int t = 1; t < tokens.size() && left > 0; t++) {
      String token = SummaryLines.printable(tokens.get(t).text());
      String cut = Terminal.cut(token, left);
      left -= token.codePointCount(0, token.length());
      double influence = tokens.get(t - 1).influence();
      line.append(
          Math.abs(influence) >= COLOURED * largest && largest > 0
              ? terminal().styled(Style.bySign(influence), cut)
              : cut);
    }
    return line.toString();
  }
}
