package dev.loupe.cli.audit;

import dev.loupe.audit.ConfidenceTarget;
import dev.loupe.audit.Rubric;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.RecordJson;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe audit rubric}. */
@Command(
    name = "rubric",
    header = "Rewrite a binary grading instruction into one with confidence targets.",
    description = {
      "",
      "Prints the instruction with three grades and the score at each target, the sentences that the"
          + " model's own instruction needs, and the sentences of the original that reward guessing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit rubric grading.txt",
      "  loupe audit rubric grading.txt --target 0.5,0.9 --json -"
    })
final class AuditRubricCommand implements Callable<Integer> {
  private static final long LONGEST = 1 << 20;

  private final Terminal terminal;

  @Parameters(paramLabel = "FILE", description = "The grading instruction, as text.")
  private Path file = Path.of("");

  @Option(
      names = "--target",
      paramLabel = "T",
      split = ",",
      converter = OptionConverters.ShareFromZero.class,
      description = "Confidence targets above 0. Default: 0.5,0.75,0.9.")
  private List<Double> targets = ConfidenceTarget.USUAL;

  @Mixin private final JsonOption json = new JsonOption();

  @Spec private @Nullable CommandSpec command;

  AuditRubricCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (targets.stream().anyMatch(each -> each <= 0 || each >= 1)) {
      throw UsageError.of(command, "--target takes numbers above 0 and below 1.");
    }
    String instruction = read();
    Rubric rubric = Rubric.of(instruction, targets);
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      lines.heading("For the grader", "the original, with targets");
      rubric
          .withGrader(instruction)
          .lines()
          .forEach(line -> lines.wrapped(Style.PLAIN, "  ", SummaryLines.printable(line)));
      lines.heading("For the model", "add one of these to its instruction");
      rubric.forTheModel().forEach(each -> lines.wrapped(Style.PLAIN, "  ", each));
      if (!rubric.against().isEmpty()) {
        lines.heading("To strike", "these reward guessing or forbid abstaining");
        rubric
            .against()
            .forEach(each -> lines.wrapped(Style.PLAIN, "! ", SummaryLines.printable(each)));
      }
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, RecordJson.of("loupe.audit/1", "rubric", rubric));
    return ExitCode.DONE.number();
  }

  private String read() {
    try {
      if (Files.size(file) > LONGEST) {
        throw LoupeException.badInput(
            file + ": is longer than a megabyte", "Give the instruction alone.");
      }
      String text = Files.readString(file);
      if (text.isBlank()) {
        throw LoupeException.badInput(file + ": is empty", "Give the instruction as text.");
      }
      return text;
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }
}
