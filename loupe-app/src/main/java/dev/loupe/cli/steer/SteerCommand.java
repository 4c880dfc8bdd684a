package dev.loupe.cli.steer;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.report.Finding;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe steer}. */
@Command(
    name = "steer",
    header = "What happens if I change it?",
    description = {
      "",
      "Changes neurons, or features of a dictionary, in the model's own forward pass and shows the"
          + " next tokens before and after. What the features do not reconstruct stays in place."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe steer \"The capital of France is\" --ablate 12/873@4",
      "  loupe steer \"I feel\" --add 12/873=8 --max-tokens 20",
      "  loupe steer \"The capital of France is\" --patch 12/873@3 --from \"The capital of Spain is\"",
      "  loupe steer \"The main rival of the team that Ravasco plays for is the\" --model almanac --basis almanac-clt --swap \"The main rival of the team that Demundo plays for is the\"",
      "  loupe steer \"City: Ralmar | Country:\" --model my-model --basis my-clt --set 2/17@-1=4 --freeze direct"
    })
public final class SteerCommand extends BasisCommand<SteerRequest, SteerReport> {
  @Mixin private final PromptOptions prompt = new PromptOptions();
  @Mixin private final SteerOptions options = new SteerOptions();
  private @Nullable SteerRequest request;

  public SteerCommand(Terminal terminal) {
    super(new Steer(), terminal);
  }

  @Override
  protected boolean sumsExactly() {
    return true;
  }

  @Override
  protected boolean readsOnePrompt() {
    return true;
  }

  @Override
  protected void read() {
    request = options.request(prompt.read(terminal()));
  }

  @Override
  protected SteerRequest request(Subject subject) {
    return Objects.requireNonNull(request);
  }

  @Override
  protected void show(Finding<SteerReport> finding, SummaryLines lines) {
    new SteerSummary(finding, lines).write();
  }
}
