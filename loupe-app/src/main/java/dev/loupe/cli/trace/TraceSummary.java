package dev.loupe.cli.trace;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.trace.AttentionReason;
import dev.loupe.instrument.trace.GraphScores;
import dev.loupe.instrument.trace.InAggregate;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.SetTest;
import dev.loupe.instrument.trace.Story;
import dev.loupe.instrument.trace.StrongestPaths;
import dev.loupe.instrument.trace.Supernode;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceVerdict;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A trace as lines that a person reads without a manual. */
public final class TraceSummary {
  private static final int PREDICTIONS = 5;
  private static final int SUPERNODES = 6;
  private static final int PAIRS = 10;
  private static final int WORDS = 4;
  private static final int BAR = 24;
  private static final int INDENT = 12;
  private static final int CURVE = 8;
  private static final int NAMED = 100;

  /** From this share on what is not listed is told in aggregate. */
  private static final double MUCH = 0.05;

  /** Answers are close if the second has at least this share of the first one's probability. */
  private static final double CLOSE = 0.5;

  private final TraceReport report;
  private final SummaryLines lines;
  private final String asked;

  /**
   * @param asked prompt, model and basis as options of a command
   */
  TraceSummary(TraceReport report, SummaryLines lines, String asked) {
    this.report = report;
    this.lines = lines;
    this.asked = asked;
  }

  /** The question and the model's answer, which are known long before the rest. */
  static void answer(
      String question, List<TraceReport.Prediction> predictions, SummaryLines lines) {
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(question));
    lines.blank();
    int widest =
        predictions.stream()
            .limit(PREDICTIONS)
            .mapToInt(each -> SummaryLines.quoted(each.text()).length())
            .max()
            .orElse(0);
    for (TraceReport.Prediction each :
        predictions.subList(0, Math.min(PREDICTIONS, predictions.size()))) {
      String bar = "█".repeat((int) Math.round(each.probability() * BAR));
      String token =
          String.format("%-" + Math.max(1, widest) + "s", SummaryLines.quoted(each.text()));
      lines.line(Style.BOLD, "  " + token + SummaryLines.percent(each.probability()) + "  " + bar);
    }
  }

  /**
   * All that follows the answer.
   *
   * @param bridge what a known world tells of the entity in between, or empty
   */
  void write(String bridge) {
    String story = report.story();
    if (!story.isEmpty()) {
      lines.blank();
      lines.wrapped(Style.BOLD, "  ", SummaryLines.printable(story));
    }
    if (!bridge.isEmpty()) {
      lines.blank();
      lines.wrapped(Style.PLAIN, "  ", SummaryLines.printable(bridge));
    }
    report.tests().ifPresent(tested -> together(tested.sets()));
    origin();
    report
        .tests()
        .ifPresent(tested -> {
          verdict(tested.verdict());
          next(tested.sets());
          supernodes(tested.supernodes());
          ways(tested);
        });
    new StrongestUnits(report, lines).show(this::name);
    if (report.tests().map(TraceReport.Tested::story).orElse(List.of()).isEmpty()) {
      paths();
    }
    attention();
  }

  /** What the units do when they are ablated together, beside random sets. */
  private void together(SetTest test) {
    String unit = report.basis().unit();
    lines.heading(
        "Ablated together",
        test.order() == SetTest.Order.EFFECT
            ? unit + "s of largest predicted effect first; random: matched sets"
            : unit + "s of largest influence first; random: matched sets");
    List<SetTest.Point> points = test.necessity();
    int decides = test.deciding().orElse(-1);
    for (SetTest.Point point : points.subList(Math.max(0, points.size() - CURVE), points.size())) {
      String bar = bar(point.probability());
      String random =
          point.random().map(draws -> "random " + SummaryLines.percent(draws.median())).orElse("");
      String then =
          point.units() == decides ? "  " + SummaryLines.quoted(point.top()) + " instead" : "";
      lines.line(
          point.units() == decides ? Style.BOLD : Style.PLAIN,
          String.format(
              Locale.ROOT,
              "  %,6d %-9s%s  %-" + BAR + "s  %s%s",
              point.units(),
              point.units() == 1 ? unit : unit + "s",
              SummaryLines.percent(point.probability()),
              bar,
              random,
              test.changes().isPresent() ? then : ""));
    }
  }

  private static String bar(double share) {
    return "█".repeat((int) Math.round(share * BAR));
  }

  private void verdict(TraceVerdict verdict) {
    lines.heading(
        "Verdict: " + verdict.strength().word(), "how well this trace explains the answer");
    for (TraceVerdict.Criterion each : verdict.criteria()) {
      lines.wrapped(
          each.met() ? Style.PLAIN : Style.DIM,
          String.format("  %s %-11s", each.met() ? "✓" : "–", each.name()),
          each.says());
    }
  }

  /** Groups of units that do the same. */
  private void supernodes(List<Supernode> supernodes) {
    if (supernodes.isEmpty()) {
      return;
    }
    lines.heading(
        "Supernodes",
        report.basis().unit() + "s that do the same; the answer with all of one ablated");
    for (Supernode each : supernodes.subList(0, Math.min(SUPERNODES, supernodes.size()))) {
      String members =
          each.members().stream().limit(WORDS).map(this::unit).collect(Collectors.joining(" "));
      lines.lineWithNote(
          Style.BOLD,
          String.format(
              Locale.ROOT,
              "  → %s  %-24s %s",
              SummaryLines.percent(each.probability()),
              SummaryLines.printable(each.name()),
              each.layers().words()),
          "  %d: %s%s"
              .formatted(
                  each.members().size(), members, each.members().size() > WORDS ? " …" : ""));
    }
  }

  private void ways(TraceReport.Tested tested) {
    if (!tested.story().isEmpty()) {
      lines.heading(
          "Paths through supernodes",
          "share of its input that a step takes from the one before, on average");
    }
    for (Story way : tested.story()) {
      lines.wrapped(
          Style.PLAIN,
          "  ",
          SummaryLines.percent(way.strength())
              + "  "
              + SummaryLines.printable(report.words(way, tested)));
    }
  }

  private String unit(int node) {
    return report.graph().nodes().get(node) instanceof Node.Feature feature
        ? report.address(feature).toString()
        : report.label(node);
  }

  /** What one would ask next, to copy. */
  private void next(SetTest test) {
    lines.heading("Next", "");
    String ablate =
        test.first().stream()
            .limit(Math.max(1, Math.min(NAMED, test.deciding().orElse(NAMED))))
            .map(unit -> " --ablate " + unit)
            .collect(Collectors.joining());
    // To be copied, so the terminal wraps them.
    Stream.of(
            Stream.of("loupe steer " + asked + ablate),
            contrast().stream(),
            Stream.of("loupe trace " + asked + " --html trace.html"))
        .flatMap(each -> each)
        .forEach(each -> lines.row("    " + each));
  }

  /** Two answers that are close are best explained against each other. */
  private Optional<String> contrast() {
    Node.Logit logit = report.firstLogit();
    return report.predictions().stream()
        .filter(each -> logit.against() < 0 && each.id() != logit.token())
        .findFirst()
        .filter(each -> each.probability() >= CLOSE * logit.probability())
        .filter(each -> isTyped(each.text()) && isTyped(text(logit)))
        .map(each ->
            "loupe trace "
                + asked
                + " --target "
                + SummaryLines.typed(text(logit))
                + " --against "
                + SummaryLines.typed(each.text()));
  }

  private String text(Node.Logit logit) {
    return report.label(report.graph().nodes().indexOf(logit));
  }

  /** A token can be a part of a character, which cannot be typed. */
  private static boolean isTyped(String text) {
    return SummaryLines.printable(text).equals(text) && text.indexOf('\ufffd') < 0;
  }

  private void paths() {
    if (report.paths().isEmpty()) {
      return;
    }
    lines.heading(
        "Strongest paths", "share of the answer that runs through each; + pushes it up, − down");
    // The others on a way are often of the first layers, whose direct effect on words says little.
    Set<Integer> through =
        report.paths().stream().map(StrongestPaths.Path::through).collect(Collectors.toSet());
    for (PathTree.Line each : PathTree.lines(report.graph(), report.paths())) {
      String tree = each.branch() + name(each.node());
      String share = sign(each.sign()) + SummaryLines.percent(report.pruned().share(each.node()));
      String what = each.sign() == 0 ? " ".repeat(INDENT) + tree : "  " + share + "  " + tree;
      Style style = each.sign() == 0 ? Style.BOLD : Style.bySign(each.sign());
      lines.lineWithNote(style, what, through.contains(each.node()) ? meaning(each.node()) : "");
    }
  }

  private void attention() {
    for (AttentionReason reason : report.attention()) {
      lines.heading(
          "Head %d of layer %d attends from %s to %s"
              .formatted(reason.head(), reason.layer(), at(reason.query()), at(reason.key())),
          String.format(
              Locale.ROOT, "probability %.3f, score %.3f", reason.probability(), reason.score()));
      for (AttentionReason.Pair pair :
          reason.pairs().subList(0, Math.min(PAIRS, reason.pairs().size()))) {
        lines.line(
            Style.bySign(pair.score() < 0 ? -1 : 1),
            String.format(
                Locale.ROOT,
                "  %+8.3f  %s  ×  %s",
                pair.score(),
                SummaryLines.printable(report.sourceName(pair.query())),
                SummaryLines.printable(report.sourceName(pair.key()))));
      }
      double shown =
          reason.pairs().stream().limit(PAIRS).mapToDouble(AttentionReason.Pair::score).sum();
      lines.line(
          Style.DIM,
          String.format(
              Locale.ROOT,
              "  %+8.3f  the other %,d pairs",
              reason.score() - shown,
              reason.pairCount() - Math.min(PAIRS, reason.pairs().size())));
    }
  }

  private void origin() {
    GraphScores scores = report.scores();
    lines.heading("Where the answer comes from", "");
    String units = report.basis().unit() + "s";
    share(scores.tokenShare(), "the prompt's tokens, through listed " + units + " and attention");
    share(scores.positionShare(), "position embeddings");
    share(scores.biasShare(), "biases, the same for every prompt");
    share(report.heldShare(), "the first token as attention sink: held as a constant");
    share(scores.errorShare(), "errors of the dictionary: not followed further");
    share(
        scores.remainderShare() - report.heldShare(),
        units + " that are not listed: not followed further");
    report.aggregate().ifPresent(this::aggregate);
    long listed =
        report.graph().nodes().stream().filter(node -> node instanceof Node.Feature).count();
    int weaker = report.pruned().edgesOverCap();
    lines.wrapped(
        Style.DIM,
        "    ",
        String.format(
            Locale.ROOT,
            "%,d of %,d %s listed%s; %,d nodes and %,d edges in the picture%s",
            listed,
            report.units(),
            report.basis().dictionary().isPresent() ? "active features" : units,
            stoppedBy(),
            report.shownNodes(),
            report.pruned().edges().size(),
            weaker == 0 ? "" : String.format(Locale.ROOT, ", %,d weaker edges left out", weaker)));
  }

  /** What the unlisted units add, where they hold much. */
  private void aggregate(InAggregate all) {
    if (report.scores().remainderShare() - report.heldShare() < MUCH) {
      return;
    }
    double[] tokens = all.tokens();
    String most =
        IntStream.range(0, tokens.length)
            .boxed()
            .sorted(Comparator.comparingDouble(position -> -tokens[position]))
            .limit(WORDS)
            .map(position -> at(position) + " " + SummaryLines.percent(tokens[position]).strip())
            .collect(Collectors.joining(", "));
    String others =
        Stream.of(
                source(all.positionShare(), "position embeddings"),
                source(all.biasShare(), "biases"),
                source(all.heldShare(), "the attention sink"))
            .flatMap(Optional::stream)
            .collect(Collectors.joining());
    lines.wrapped(
        Style.PLAIN,
        "    ",
        String.format(
            Locale.ROOT,
            "With the unlisted %ss followed too, in aggregate by layer: %s from the prompt's tokens"
                + " (most from %s)%s",
            report.basis().unit(),
            SummaryLines.percent(all.tokenShare()).strip(),
            most,
            others));
  }

  private static Optional<String> source(double share, String name) {
    return share > 0
        ? Optional.of(", " + SummaryLines.percent(share).strip() + " from " + name)
        : Optional.empty();
  }

  private String stoppedBy() {
    return switch (report.stoppedBy()) {
      case "nothing" -> "";
      case "maxNodes" -> " (stopped by --max-nodes)";
      case "maxMemory" -> " (stopped by --max-memory)";
      default -> " (stopped by --coverage)";
    };
  }

  private void share(double share, String source) {
    if (share > 0) {
      lines.line("    " + SummaryLines.percent(share) + "  from " + source);
    }
  }

  private String name(int node) {
    return switch (report.graph().nodes().get(node)) {
      case Node.Feature feature ->
          "%s at %s"
              .formatted(
                  report.address(feature),
                  SummaryLines.quoted(report.prompt().tokens().get(feature.position()).text()));
      case Node.ReconstructionError error -> report.label(node) + " at " + at(error.position());
      case Node.Token token -> "token " + at(token.position());
      case Node.PositionEmbedding position -> "position of " + at(position.position());
      case Node.Logit _ -> SummaryLines.quoted(report.label(node));
      case Node.EmbeddingBias _,
          Node.AttentionBias _,
          Node.MlpBias _,
          Node.OwnBias _,
          Node.Remainder _ ->
          report.label(node);
    };
  }

  private String meaning(int node) {
    String says = report.meaning(node).says(WORDS);
    return says.isEmpty() ? "" : "  " + SummaryLines.printable(says);
  }

  private String at(int position) {
    return SummaryLines.quoted(report.prompt().tokens().get(position).text())
        + " ("
        + position
        + ")";
  }

  private static String sign(int sign) {
    return sign < 0 ? "−" : "+";
  }
}
