package dev.loupe.cli.lens;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.lens.Lens;
import dev.loupe.instrument.lens.LensReport;
import dev.loupe.instrument.lens.LensRequest;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe lens}. */
@Command(
    name = "lens",
    header = "What would the model say if it ended after each block?",
    description = {
      "",
      "Reads the residual stream after each block through the last norm and the unembedding (the logit lens) and shows"
          + " which token comes first, at the last position and at those before it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe lens \"The capital of the country in which Kalport lies is\"",
      "  loupe lens --model smollm2 \"The capital of France is\" --json lens.json --html lens.html",
      "  loupe lens --prompt-file long.txt --at 40 --positions 8"
    })
public final class LensCommand extends InstrumentCommand<LensRequest, LensReport> {
  private static final int CELL = 11;
  private static final int LABEL = 9;
  private static final int BAR = 20;

  @Mixin private final PromptOptions prompt = new PromptOptions();

  @Option(
      names = "--at",
      paramLabel = "POSITION",
      order = 10,
      description =
          "Follow the prediction after this position: from 0, or negative from the end (default:"
              + " the last).")
  private @Nullable Integer at;

  @Option(
      names = "--positions",
      paramLabel = "COUNT",
      order = 11,
      converter = OptionConverters.Count.class,
      description =
          "Read this many positions, up to and including that of --at (default: ${DEFAULT-VALUE}).")
  private int positions = LensRequest.DEFAULT_POSITIONS;

  private String text = "";

  public LensCommand(Terminal terminal) {
    super(new Lens(), terminal);
  }

  @Override
  protected boolean readsOnePrompt() {
    return true;
  }

  @Override
  protected void read() {
    text = prompt.read(terminal());
  }

  @Override
  protected LensRequest request(Subject subject) {
    OptionalInt position = at == null ? OptionalInt.empty() : OptionalInt.of(at);
    return new LensRequest(text, false, position, positions);
  }

  @Override
  protected void show(Finding<LensReport> finding, SummaryLines lines) {
    LensReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.heading(
        "After each block",
        "first token at “%s” (%d); rank and probability of “%s”"
            .formatted(
                SummaryLines.printable(report.followed().text()),
                report.followed().position(),
                SummaryLines.printable(report.followed().predicted())));
    for (LensReport.Layer layer : report.layers().reversed()) {
      LensReport.Cell cell = layer.cells().getLast();
      Style style = layer.layer() >= report.settled() ? Style.BOLD : Style.DIM;
      lines.line(
          style,
          String.format(
              Locale.ROOT,
              "  %-" + LABEL + "s %-20s %s   %,7d  %s  %s",
              label(layer.layer()),
              Terminal.cut(SummaryLines.quoted(cell.text()), 20),
              SummaryLines.percent(cell.probability()),
              cell.rank(),
              SummaryLines.percent(cell.predicted()),
              "█".repeat((int) Math.round(cell.predicted() * BAR))));
    }
    grid(report, lines);
  }

  /** The first token by block and position, as many of the last positions as have room. */
  private void grid(LensReport report, SummaryLines lines) {
    int room = (terminal().width() - LABEL - 3) / CELL;
    int from = Math.max(0, report.positions().size() - room);
    lines.heading("First token by block and position", "");
    List<LensReport.Position> shown = report.positions().subList(from, report.positions().size());
    lines.line(Style.DIM, row("", shown.stream().map(LensReport.Position::text).toList()));
    for (LensReport.Layer layer : report.layers().reversed()) {
      lines.line(
          row(
              label(layer.layer()),
              layer.cells().subList(from, layer.cells().size()).stream()
                  .map(LensReport.Cell::text)
                  .toList()));
    }
  }

  private static String row(String label, List<String> cells) {
    StringBuilder row = new StringBuilder(("  %-" + LABEL + "s").formatted(label));
    for (String cell : cells) {
      String text = Terminal.cut(SummaryLines.printable(cell), CELL - 1);
      row.append(text).append(" ".repeat(CELL - text.codePointCount(0, text.length())));
    }
    return row.toString();
  }

  private static String label(int layer) {
    return layer == 0 ? "embedding" : "block " + layer;
  }
}
