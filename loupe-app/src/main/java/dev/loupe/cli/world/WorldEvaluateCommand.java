package dev.loupe.cli.world;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.AuditScores;
import dev.loupe.examination.Examination.Part;
import dev.loupe.examination.Examination.Result;
import dev.loupe.examination.ExaminationReport;
import dev.loupe.examination.ExaminationRequest;
import dev.loupe.examination.ExaminationRequest.TracePart;
import dev.loupe.examination.ExamineWorld;
import dev.loupe.examination.ExplainScores;
import dev.loupe.examination.Goal;
import dev.loupe.examination.HighlightScores;
import dev.loupe.examination.InfluenceScores;
import dev.loupe.examination.ModelScores;
import dev.loupe.examination.TraceScores;
import dev.loupe.examination.VerifyScores;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.Method;
import dev.loupe.report.Finding;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code loupe world evaluate}. */
@Command(
    name = "evaluate",
    header = "Ask a model every test question of the world.",
    description = {
      "",
      "An answer is right when greedy generation would begin with it; shares have Wilson's 95%%"
          + " interval. Facts give the calibration as well. The goals are those set for the largest"
          + " of the models that are to be shipped.",
      "",
      "With --instrument an instrument is compared with ground truth instead: trace, over questions"
          + " of two and three hops that the model answers right. Its ranking of neurons is"
          + " compared with ablating every neuron at every position in a run of its own (two hops);"
          + " what it lists is ablated together, kept alone, and swapped between prompts, in the"
          + " basis of --basis. explain: how often the strongest word is the name of the entity"
          + " asked about. highlight, of a model trained on conversations: whether the planted"
          + " triggers are found, and what soft removal of them does. audit: right and wrong"
          + " answers, abstentions and calibration by how often the corpus states a birthday."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world evaluate",
      "  loupe world evaluate --model ./my-chat --chat",
      "  loupe world evaluate --model ./my-model --json -",
      "  loupe world evaluate --instrument explain --questions 100 --methods l-shap",
      "  loupe world evaluate --instrument highlight --model almanac-abstain --questions 100",
      "  loupe world evaluate --instrument trace --questions 200 --resume trace.jsonl",
      "  loupe world evaluate --model almanac-1m --instrument influence --questions 40",
      "  loupe world evaluate --model smollm2 --instrument verify --questions 120",
      "  loupe world evaluate --model almanac-abstain --instrument audit --questions 2000",
      "  loupe world evaluate --instrument audit --questions 2000 --inside --basis almanac-clt"
    })
public final class WorldEvaluateCommand
    extends BasisCommand<ExaminationRequest, ExaminationReport> {
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
      description = "Compare this instrument with ground truth: ${COMPLETION-CANDIDATES}.")
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
          "Keep each question's figures of --instrument in this file at once; those that it holds"
              + " are not measured again.")
  private Optional<ResultFile> resume = Optional.empty();

  @Option(
      names = "--measure",
      paramLabel = "PART",
      order = 8,
      description =
          "Of --instrument trace only: ranking of neurons against ablating each, or sets of units"
              + " ablated together, kept alone and swapped between prompts; repeatable (default:"
              + " both).")
  private List<TracePart> measured = List.of(TracePart.RANKING, TracePart.SETS);

  @Option(
      names = "--methods",
      paramLabel = "NAME",
      split = ",",
      order = 9,
      description =
          "Of --instrument explain only: compare these methods (default: all but shapley).")
  private List<Method> methods = List.of();

  @Option(
      names = "--inside",
      order = 10,
      description =
          "Of --instrument audit only: does the model's inside tell right answers from wrong ones?"
              + " Probes of the stream, the best feature of --basis, the trace.")
  private boolean inside;

  /** What can be held against the truth. */
  enum Instrument {
    TRACE,
    EXPLAIN,
    HIGHLIGHT,
    INFLUENCE,
    VERIFY,
    AUDIT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  WorldEvaluateCommand(Terminal terminal) {
    super(new ExamineWorld(), terminal);
  }

  /** Examinations are compared with each other: neurons, whatever comes with the model. */
  @Override
  protected Optional<String> ownBasis() {
    return Optional.empty();
  }

  @Override
  protected void read() {
    if (resume.isPresent() && instrument.isEmpty()) {
      throw LoupeException.badInput(
          "--resume is for --instrument", "Leave it out: the questions themselves take a minute.");
    }
    if (resume.isPresent() && instrument.get() != Instrument.TRACE) {
      throw LoupeException.badInput(
          "--resume is for --instrument trace", "Leave it out: the others take minutes.");
    }
    if (inside && instrument.filter(Instrument.AUDIT::equals).isEmpty()) {
      throw LoupeException.badInput("--inside is for --instrument audit", "Leave it out.");
    }
    if (chat && instrument.isPresent()) {
      throw LoupeException.badInput("--instrument asks no conversations", "Leave out --chat.");
    }
  }

  @Override
  protected ExaminationRequest request(Subject subject) {
    if (instrument.isEmpty()) {
      return new ExaminationRequest.OfModel(world, scale, chat);
    }
    return switch (instrument.get()) {
      case TRACE ->
          new ExaminationRequest.OfTrace(
              world, scale, questions, resume.map(ResultFile::path), EnumSet.copyOf(measured));
      case EXPLAIN ->
          new ExaminationRequest.OfExplain(world, scale, questions, Set.copyOf(methods));
      case HIGHLIGHT -> new ExaminationRequest.OfHighlight(world, scale, questions);
      case INFLUENCE -> new ExaminationRequest.OfInfluence(world, scale, questions);
      case VERIFY -> new ExaminationRequest.OfVerify(world, scale, questions);
      case AUDIT -> new ExaminationRequest.OfAudit(world, scale, questions, inside);
    };
  }

  @Override
  protected void show(Finding<ExaminationReport> finding, SummaryLines lines) {
    switch (finding.answer()) {
      case ModelScores scores -> print(scores.result(), scores.goals(), lines);
      case TraceScores scores -> TraceScoreLines.show(scores, terminal(), lines);
      case ExplainScores scores -> ExplainScoreLines.show(scores, lines);
      case HighlightScores scores -> ExplainScoreLines.show(scores, lines);
      case VerifyScores scores -> VerifyScoreLines.show(scores, lines);
      case AuditScores scores -> AuditScoreLines.show(scores, lines);
      case InfluenceScores scores ->
          lines.row(
              String.format(
                  Locale.ROOT,
                  "%,d questions that %s answers right; %,d documents, %,d of them state a fact"
                      + " asked for",
                  scores.questions(),
                  scores.model(),
                  scores.documents(),
                  scores.stating()));
    }
  }

  private void print(Result result, List<Goal> goals, SummaryLines lines) {
    lines.head("%-20s %-18s %11s  %s".formatted("TASK", "SPLIT", "RIGHT", "SHARE, 95% INTERVAL"));
    for (Part part : result.parts()) {
      var share = part.share();
      lines.row(
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
      lines.blank();
      lines.row(
          String.format(
              Locale.ROOT,
              "greater-than: probability difference %.3f, sharpness %.3f, worst YY %02d at %.3f"
                  + " (%,d prompts)",
              result.years().difference(),
              result.years().sharpness(),
              result.years().worstYear(),
              result.years().worstDifference(),
              result.years().prompts()));
      lines.row(
          String.format(
              Locale.ROOT,
              "calibration: expected error %.3f over the facts",
              result.calibrationError()));
    }
    lines.blank();
    lines.head("%-40s %8s  %s".formatted("GOAL", "REACHED", "MEANT"));
    for (Goal goal : goals) {
      lines.row(
          String.format(
              Locale.ROOT,
              "%-40s %8.3f  %s %.2f  %s",
              goal.what(),
              goal.reached(),
              goal.atMost() ? "at most" : "at least",
              goal.least(),
              terminal()
                  .styled(
                      goal.met() ? Style.PASSED : Style.FAILED, goal.met() ? "met" : "missed")));
    }
  }
}
