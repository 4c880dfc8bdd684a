package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.SplitFeatures;
import dev.loupe.instrument.geometry.SplitReport;
import dev.loupe.instrument.geometry.SplitRequest;
import dev.loupe.instrument.geometry.TextsRequest;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features split}. */
@Command(
    name = "split",
    header = "Show how features split in larger dictionaries.",
    description = {
      "",
      "Hangs each feature of a larger dictionary below the nearest one of the next smaller: by"
          + " direction and by what it does. Tells which are new (no parent at a cosine, or: they"
          + " lower the smaller one's error when they are added to it) and how far the result may"
          + " be read as a tree. A dictionary of the same size from another seed (--other-seed)"
          + " shows how much of it has nothing to do with size."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features split almanac-sae-2048 almanac-sae-8192 --basis almanac-sae-512 --corpus"
          + " corpus.jsonl.gz",
      "  loupe features split almanac-sae-2048 --basis almanac-sae-512 --corpus corpus.jsonl.gz"
          + " --other-seed DIR"
    })
public final class FeaturesSplitCommand extends BasisCommand<SplitRequest, SplitReport> {
  @Parameters(
      arity = "1..*",
      paramLabel = "LARGER",
      description = "Larger dictionaries of the same model, the next larger one first.")
  private List<String> larger = List.of();

  @Option(
      names = "--other-seed",
      paramLabel = "BASIS",
      order = 9,
      split = ",",
      description =
          "Dictionaries trained alike but for the seed, each as large as one of the others.")
  private List<String> otherSeeds = List.of();

  @Mixin private final TextOptions texts = new TextOptions();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();
  @Mixin private final ChanceOptions chance = new ChanceOptions(5);

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      description =
          "Grow trees from this many features, those with the most children (default:"
              + " ${DEFAULT-VALUE}).")
  private int top = 5;

  @Option(
      names = "--concepts",
      paramLabel = "WORD",
      order = 31,
      split = ",",
      description = {
        "Grow trees from the features that tell these words best instead, on documents that hold"
            + " them;",
        "words with near twins show what splits (marina,port,cello,viola)."
      })
  private List<String> concepts = List.of();

  private Optional<TextsRequest> text = Optional.empty();

  FeaturesSplitCommand(Terminal terminal) {
    super(new SplitFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
    text = Optional.of(texts.required());
  }

  @Override
  protected SplitRequest request(Subject subject) {
    OtherDictionaries others = new OtherDictionaries(subject.weights(), this::atEnd);
    return new SplitRequest(
        larger.stream().map(others::open).toList(),
        otherSeeds.stream().map(others::open).toList(),
        text.orElseThrow(),
        chance.permutations(),
        chance.leastActive(),
        concepts,
        top);
  }

  @Override
  protected void show(Finding<SplitReport> finding, SummaryLines lines) {
    SplitReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    report.levels().forEach(level -> level(level, "in " + level.larger(), lines));
    report
        .baselines()
        .forEach(level -> level(level, "no larger, another seed: " + level.larger(), lines));
    for (SplitReport.Grandparents each : report.grandparents()) {
      lines.heading("Is it a tree?", "");
      row("nearest two sizes below is the parent's parent", each.agree(), lines);
    }
    if (!report.concepts().isEmpty()) {
      lines.heading(
          "Which feature tells the word best", "occurrences, then F1 and feature by size");
    }
    for (SplitReport.Concept each : report.concepts()) {
      String best =
          each.best().stream()
              .map(one -> String.format(Locale.ROOT, "%.2f %s", one.f1(), one.id()))
              .collect(Collectors.joining("   "));
      lines.row(
          String.format(
              Locale.ROOT,
              "  %-14s %,5d   %s",
              SummaryLines.printable(each.word()),
              each.occurrences(),
              best));
    }
    if (!report.trees().isEmpty()) {
      lines.heading(
          "Trees",
          "cosine, correlation with the parent, share of tokens; in brackets the best of another"
              + " seed");
      report.trees().forEach(branch -> branch(branch, 0, lines));
    }
  }

  private static void level(SplitReport.Level level, String what, SummaryLines lines) {
    lines.heading(
        "%s → %s".formatted(level.smaller(), what),
        String.format(Locale.ROOT, "%,d parents, %,d children", level.parents(), level.children()));
    for (SplitReport.Novel novel : level.novel()) {
      row(
          String.format(Locale.ROOT, "no parent at a cosine of %.1f", novel.threshold()),
          novel.share(),
          lines);
    }
    level.stitched().ifPresent(share -> row("lowers the smaller one's error", share, lines));
    row("parents with two children or more", level.split(), lines);
    row("same parent by activation", level.sameParent(), lines);
    lines.row(
        String.format(
            Locale.ROOT,
            "  %-48s %5.1f%%   by chance %.1f%%",
            "parent active where the child is",
            100 * level.contained(),
            100 * level.containedByChance()));
  }

  private static void row(String what, Estimate share, SummaryLines lines) {
    lines.row(
        String.format(
            Locale.ROOT,
            "  %-48s %5.1f%% [%.1f, %.1f]",
            what,
            100 * share.value(),
            100 * share.low(),
            100 * share.high()));
  }

  private static void branch(SplitReport.Branch branch, int depth, SummaryLines lines) {
    String tie = branch.parent().map(FeaturesSplitCommand::written).orElse("");
    String seed = branch.otherSeed().map(each -> " (" + written(each) + ")").orElse("");
    String fires =
        branch.fires().stream()
            .map(each -> String.format(Locale.ROOT, "%s %.2f", each.word(), each.f1()))
            .collect(Collectors.joining(", "));
    lines.lineWithNote(
        depth == 0 ? Style.BOLD : Style.PLAIN,
        String.format(
            Locale.ROOT,
            "  %s%-9s%s%s %6.3f%%",
            "   ".repeat(depth),
            branch.id(),
            tie,
            seed,
            100 * branch.frequency()),
        "  " + SummaryLines.printable(fires.isEmpty() ? branch.peak() : "tells " + fires));
    branch.children().forEach(child -> branch(child, depth + 1, lines));
    if (branch.more() > 0) {
      lines.row(
          String.format(
              Locale.ROOT, "  %s%d more children", "   ".repeat(depth + 1), branch.more()));
    }
  }

  private static String written(SplitReport.Tie tie) {
    return String.format(Locale.ROOT, "%.2f, %.2f", tie.cosine(), tie.correlation());
  }
}
