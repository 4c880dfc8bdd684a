package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.IndexLabels;
import dev.loupe.instrument.geometry.MapFeatures;
import dev.loupe.instrument.geometry.MapReport;
import dev.loupe.instrument.geometry.MapRequest;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe features map}. */
@Command(
    name = "map",
    header = "Lay features out in a plane, those that write alike near each other.",
    description = {
      "",
      "UMAP of decoder directions by cosine, of one dictionary or several of one model. --html"
          + " writes the map as a page to explore, --json its coordinates and the true neighbours"
          + " of each feature. With --corpus every feature has its frequency and the words where it"
          + " is strongest, and dead ones are left out."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features map --basis almanac-sae-2048 --corpus corpus.jsonl.gz --html map.html",
      "  loupe features map --basis almanac-sae-512 --with almanac-sae-2048,almanac-sae-8192 --json"
          + " map.json"
    })
public final class FeaturesMapCommand extends BasisCommand<MapRequest, MapReport> {
  private static final int COLUMNS = 72;
  private static final int ROWS = 24;
  private static final String SHADES = " ·:+*#@";

  @Option(
      names = "--with",
      paramLabel = "BASIS",
      order = 9,
      split = ",",
      description =
          "Further dictionaries of the same model in the same map; repeatable, or with commas.")
  private List<String> with = List.of();

  @Mixin private final TextOptions texts = new TextOptions();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  @Option(
      names = "--neighbours",
      paramLabel = "COUNT",
      order = 20,
      description = "Keep this many neighbours of each feature near (default: ${DEFAULT-VALUE}).")
  private int neighbours = MapRequest.USUAL_NEIGHBOURS;

  @Option(
      names = "--epochs",
      paramLabel = "COUNT",
      order = 21,
      description = "Epochs of the layout (default: 500 below 10,000 features, else 200).")
  private @Nullable Integer epochs;

  @Option(
      names = "--labels",
      paramLabel = "STORE",
      order = 22,
      split = ",",
      description = {
        "Take labels from these indexes ('loupe features label' writes them), one for each"
            + " dictionary in their order.",
        "Other features are labelled by the token on which half of their activation lies, if one"
            + " does."
      })
  private List<Path> labels = List.of();

  FeaturesMapCommand(Terminal terminal) {
    super(new MapFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
  }

  @Override
  protected MapRequest request(Subject subject) {
    OtherDictionaries others = new OtherDictionaries(subject.weights(), this::atEnd);
    List<Subject> further = with.stream().map(others::open).toList();
    List<Subject> all = Stream.concat(Stream.of(subject), further.stream()).toList();
    return new MapRequest(
        further,
        texts.asked(),
        IntStream.range(0, labels.size())
            .mapToObj(i -> IndexLabels.read(labels.get(i), all.get(Math.min(i, all.size() - 1))))
            .toList(),
        neighbours,
        epochs == null ? OptionalInt.empty() : OptionalInt.of(epochs));
  }

  @Override
  protected void show(Finding<MapReport> finding, SummaryLines lines) {
    MapReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.row(
        String.format(
            Locale.ROOT,
            "%,d features; %.1f%% of the %d nearest are kept (by chance %.2f%%), trustworthiness"
                + " %.3f",
            report.points().x().size(),
            100 * report.preserved(),
            report.neighbours(),
            100 * report.preservedByChance(),
            report.trustworthiness()));
    lines.heading("How many features where", "the page of --html can be explored");
    int[][] counts = new int[ROWS][COLUMNS];
    fill(counts, report.points().x(), report.points().y());
    int most = 1;
    for (int[] row : counts) {
      for (int count : row) {
        most = Math.max(most, count);
      }
    }
    for (int[] row : counts) {
      StringBuilder line = new StringBuilder("  ");
      for (int count : row) {
        double share = Math.log1p(count) / Math.log1p(most);
        line.append(SHADES.charAt((int) Math.ceil(share * (SHADES.length() - 1))));
      }
      lines.row(line.toString().stripTrailing());
    }
  }

  private static void fill(int[][] counts, List<Double> x, List<Double> y) {
    double left = x.stream().mapToDouble(each -> each).min().orElse(0);
    double right = x.stream().mapToDouble(each -> each).max().orElse(1);
    double top = y.stream().mapToDouble(each -> each).min().orElse(0);
    double bottom = y.stream().mapToDouble(each -> each).max().orElse(1);
    for (int i = 0; i < x.size(); i++) {
      int column = (int) ((COLUMNS - 1) * (x.get(i) - left) / Math.max(1e-9, right - left));
      int row = (int) ((ROWS - 1) * (y.get(i) - top) / Math.max(1e-9, bottom - top));
      counts[row][column]++;
    }
  }
}
