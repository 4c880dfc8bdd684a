package dev.loupe.cli.world;

import dev.loupe.Loupe;
import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.ModelOption;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.Examination;
import dev.loupe.examination.Examination.Part;
import dev.loupe.examination.Examination.Result;
import dev.loupe.examination.ExaminationLog;
import dev.loupe.examination.Goal;
import dev.loupe.examination.TraceExamination;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Progress;
import dev.loupe.job.Counted;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.world.World;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe world evaluate}. */
@Command(
    name = "evaluate",
    header = "Ask a model every test question of the world.",
    description = {
      "",
      "An answer is right when greedy generation would begin with it; shares have Wilson's 95%% interval. Facts give"
          + " the calibration as well. The goals are those set for the largest of the models that are to be shipped.",
      "",
      "With --instrument an instrument is held against the truth instead: trace, over questions of two hops that the"
          + " model answers right, against silencing every neuron at every position in a run of its own."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world evaluate",
      "  loupe world evaluate --model ./my-chat --chat",
      "  loupe world evaluate --model ./my-model --json -",
      "  loupe world evaluate --instrument trace --questions 200 --resume trace.jsonl"
    })
public final class WorldEvaluateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final ModelOption model = new ModelOption();

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 2,
      description = "The world it was trained on (default: ${DEFAULT-VALUE}).")
  private long world = 7;

  @Option(
      names = "--scale",
      paramLabel = "X",
      order = 3,
      description = "The world's size (default: ${DEFAULT-VALUE}).")
  private double scale = 1;

  @Option(
      names = "--chat",
      order = 4,
      description = "Ask in conversations: for models trained on them.")
  private boolean chat;

  @Option(
      names = "--instrument",
      paramLabel = "NAME",
      order = 5,
      description = "Hold this instrument against the truth: ${COMPLETION-CANDIDATES}.")
  private Optional<Instrument> instrument = Optional.empty();

  @Option(
      names = "--questions",
      paramLabel = "COUNT",
      order = 6,
      converter = OptionConverters.Count.class,
      description =
          "Questions at most for --instrument, drawn by --seed (default: ${DEFAULT-VALUE}).")
  private int questions = 200;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 7,
      description =
          "Keep each question's figures of --instrument in this file at once; those that it holds are not"
              + " measured again.")
  private Optional<ResultFile> resume = Optional.empty();

  /** What can be held against the truth. */
  enum Instrument {
    TRACE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  WorldEvaluateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (resume.isPresent() && instrument.isEmpty()) {
      throw LoupeException.badInput(
          "--resume is for --instrument", "Leave it out: the questions themselves take a minute.");
    }
    if (chat && instrument.isPresent()) {
      throw LoupeException.badInput("--instrument asks no conversations", "Leave out --chat.");
    }
    World asked = World.of(world, scale);
    try (LanguageModel opened = new ModelAccess(terminal).open(model.name(), engine)) {
      if (instrument.isPresent()) {
        return trace(opened, asked);
      }
      Examination examination = new Examination(opened, asked, chat);
      Result result;
      try (ProgressLine progress = new ProgressLine(terminal, "asking", Counted.STEPS)) {
        result = examination.run(done -> progress.at(done, examination.size()));
      }
      List<Goal> goals = chat ? Goal.ofChat(result) : Goal.ofBase(result);
      if (!json.takesStandardOutput()) {
        print(result, goals);
      }
      json.write(terminal, WorldJson.examination(opened.name(), world, scale, result, goals));
    }
    return ExitCode.DONE.number();
  }

  private int trace(LanguageModel opened, World asked) {
    Optional<ExaminationLog> log =
        resume.map(file -> {
          String sha256 = Loupe.hub(Progress.silent()).identify(opened.files()).sha256();
          return ExaminationLog.open(
              file.path(), "model %s, world %d, scale %s".formatted(sha256, world, scale));
        });
    TraceExamination examination = new TraceExamination(opened, asked, questions, engine.seed());
    if (!terminal.quiet()) {
      terminal
          .err()
          .printf(
              Locale.ROOT,
              "%,d questions, %,d neurons silenced for each: about %s%n",
              examination.questions().size(),
              examination.neurons(),
              ProgressLine.duration(examination.seconds(log)));
    }
    TraceExamination.Result result;
    try (ProgressLine progress = new ProgressLine(terminal, "tracing", Counted.QUESTIONS)) {
      result = examination.run(log, done -> progress.at(done, examination.questions().size()));
    }
    TraceScores scores = new TraceScores(result);
    if (!json.takesStandardOutput()) {
      scores.lines(terminal).forEach(terminal.out()::println);
    }
    json.write(terminal, scores.json(opened.name(), world, scale, engine.seed()));
    return ExitCode.DONE.number();
  }

  private void print(Result result, List<Goal> goals) {
    head("%-20s %-18s %11s  %s".formatted("TASK", "SPLIT", "RIGHT", "SHARE, 95% INTERVAL"));
    for (Part part : result.parts()) {
      var share = part.share();
      line(
          String.format(
              Locale.ROOT,
              "%-20s %-18s %5d / %-5d %.3f  [%.3f, %.3f]",
              part.task(),
              part.split(),
              part.right(),
              part.total(),
              share.value(),
              share.low(),
              share.high()));
    }
    if (result.years().prompts() > 0) {
      line("");
      line(
          String.format(
              Locale.ROOT,
              "greater-than: probability difference %.3f, sharpness %.3f, worst YY %02d at %.3f (%,d prompts)",
              result.years().difference(),
              result.years().sharpness(),
              result.years().worstYear(),
              result.years().worstDifference(),
              result.years().prompts()));
      line(
          String.format(
              Locale.ROOT,
              "calibration: expected error %.3f over the facts",
              result.calibrationError()));
    }
    line("");
    head("%-40s %8s  %s".formatted("GOAL", "REACHED", "MEANT"));
    for (Goal goal : goals) {
      line(
          String.format(
              Locale.ROOT,
              "%-40s %8.3f  %s %.2f  %s",
              goal.what(),
              goal.reached(),
              goal.atMost() ? "at most" : "at least",
              goal.least(),
              terminal.styled(
                  goal.met() ? Style.PASSED : Style.FAILED, goal.met() ? "met" : "missed")));
    }
  }

  private void head(String text) {
    terminal.out().println(terminal.styled(Style.DIM, text));
  }

  private void line(String text) {
    terminal.out().println(text);
  }
}
