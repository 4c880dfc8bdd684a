package dev.loupe.cli;

import dev.loupe.Loupe;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.hub.Hub;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerJson;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.model.load.LanguageModel;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe steer}. */
@Command(
    name = "steer",
    header = "What happens if I change it?",
    description = {
      "",
      "Changes features, neurons or those of a dictionary, in the model's own run and shows the next tokens before"
          + " and after. What features leave out of the model stays in place."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe steer \"The capital of France is\" --ablate 12/873@4",
      "  loupe steer \"I feel\" --add 12/873=8 --max-tokens 20",
      "  loupe steer \"The capital of France is\" --patch 12/873@3 --from \"The capital of Spain is\"",
      "  loupe steer \"City: Ralmar | Country:\" --model my-model --basis my-clt --set 2/17@-1=4 --freeze direct"
    })
final class SteerCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final LoupeCommand root;

  @Mixin private final PromptOptions prompt = new PromptOptions();
  @Mixin private final ModelOption modelOption = new ModelOption();
  @Mixin private final SteerOptions options = new SteerOptions();
  @Mixin private final BasisOptions basis = new BasisOptions();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  SteerCommand(Terminal terminal, LoupeCommand root) {
    this.terminal = terminal;
    this.root = root;
  }

  @Override
  public Integer call() {
    SteerRequest request = options.request(prompt.read(terminal));
    try (Dictionary dictionary = basis.dictionary().map(terminal.caveats()::noting).orElse(null);
        LanguageModel model =
            new ModelAccess(terminal, root.quiet()).open(modelOption.name(), engine)) {
      Hub hub = Loupe.hub(Progress.silent());
      Steer steer =
          dictionary == null
              ? Loupe.steer(model, hub)
              : Loupe.steer(model, hub, dictionary, basis.anyName());
      SteerReport report = steer.run(request);
      if (!json.takesStandardOutput()) {
        SteerSummary.of(report, terminal).forEach(terminal.out()::println);
      }
      if (json.isWanted()) {
        StringWriter text = new StringWriter();
        SteerJson.write(report, text);
        json.write(terminal, text.toString());
      }
      return TraceCommand.exitCode(report.evidence()).number();
    }
  }
}
