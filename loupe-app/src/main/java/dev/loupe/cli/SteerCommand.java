package dev.loupe.cli;

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
      "  loupe steer \"City: Ralmar | Country:\" --model my-model --basis my-clt --set 2/17@-1=4 --freeze direct"
    })
final class SteerCommand extends InstrumentCommand<SteerRequest, SteerReport> {
  @Mixin private final PromptOptions prompt = new PromptOptions();
  @Mixin private final SteerOptions options = new SteerOptions();
  private @Nullable SteerRequest request;

  SteerCommand(Terminal terminal) {
    super(new Steer(), terminal);
  }

  @Override
  void read() {
    request = options.request(prompt.read(terminal()));
  }

  @Override
  SteerRequest request(Subject subject) {
    return Objects.requireNonNull(request);
  }

  @Override
  void show(Finding<SteerReport> finding, SummaryLines lines) {
    new SteerSummary(finding, lines).write();
  }
}
