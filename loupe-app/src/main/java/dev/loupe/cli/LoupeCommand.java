package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST_HEADING;

import dev.loupe.Loupe;
import dev.loupe.cli.audit.AuditCommand;
import dev.loupe.cli.circuit.CircuitCommand;
import dev.loupe.cli.dictionary.DictionaryCommand;
import dev.loupe.cli.explain.ExplainCommand;
import dev.loupe.cli.features.FeaturesCommand;
import dev.loupe.cli.influence.InfluenceCommand;
import dev.loupe.cli.lens.LensCommand;
import dev.loupe.cli.models.ModelsCommand;
import dev.loupe.cli.option.Choices;
import dev.loupe.cli.stats.StatsCommand;
import dev.loupe.cli.steer.SteerCommand;
import dev.loupe.cli.study.StudyCommand;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.cli.trace.TraceCommand;
import dev.loupe.cli.train.TrainCommand;
import dev.loupe.cli.world.WorldCommand;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code loupe}: the table of contents, and the options of every command. */
@Command(
    name = "loupe",
    versionProvider = LoupeCommand.Version.class,
    header = "Why did the model say this?",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe trace \"The capital of France is\"   which parts of the model answered",
      "  loupe models list                        what is on this machine",
      "  loupe help models pull                   the help of one command"
    })
final class LoupeCommand implements Runnable {
  private final Terminal terminal;

  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      order = 900,
      description = "No progress and no notes; results and errors only.")
  void quiet(boolean quiet) {
    terminal.verbosity().quiet(quiet);
  }

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      order = 901,
      description = "Print stack traces of failures.")
  private boolean debug;

  LoupeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** A command: picocli reads all of its options by reflection when it is built. */
  private record Entry(Class<?> type, Supplier<Object> command) {
    String name() {
      return annotation().name();
    }

    /** Enough for the table of contents. */
    CommandLine named() {
      CommandSpec spec = CommandSpec.create().name(name());
      spec.usageMessage().header(annotation().header());
      return new CommandLine(spec);
    }

    private Command annotation() {
      return requireNonNull(type.getAnnotation(Command.class));
    }
  }

  private List<Entry> entries() {
    return List.of(
        new Entry(TraceCommand.class, () -> new TraceCommand(terminal)),
        new Entry(SteerCommand.class, () -> new SteerCommand(terminal)),
        new Entry(LensCommand.class, () -> new LensCommand(terminal)),
        new Entry(ExplainCommand.class, () -> new ExplainCommand(terminal).commandLine()),
        new Entry(FeaturesCommand.class, () -> new FeaturesCommand(terminal).commandLine()),
        new Entry(StudyCommand.class, () -> new StudyCommand(terminal).commandLine()),
        new Entry(CircuitCommand.class, () -> new CircuitCommand(terminal).commandLine()),
        new Entry(InfluenceCommand.class, () -> new InfluenceCommand(terminal).commandLine()),
        new Entry(TrainCommand.class, () -> new TrainCommand(terminal)),
        new Entry(ModelsCommand.class, () -> new ModelsCommand(terminal).commandLine()),
        new Entry(WorldCommand.class, () -> new WorldCommand(terminal).commandLine()),
        new Entry(DictionaryCommand.class, () -> new DictionaryCommand(terminal).commandLine()),
        new Entry(AuditCommand.class, () -> new AuditCommand(terminal).commandLine()),
        new Entry(StatsCommand.class, () -> new StatsCommand(terminal).commandLine()),
        new Entry(HelpCommand.class, () -> new HelpCommand(terminal)),
        new Entry(CompletionCommand.class, () -> new CompletionCommand(terminal)));
  }

  /** The whole command tree. */
  CommandLine commandLine() {
    return commandLine(_ -> true);
  }

  /**
   * The command tree as far as these arguments need it: of commands whose names are not among them
   * the name and the header. To build all of them takes longer than the rest of a start.
   */
  CommandLine commandLine(String... arguments) {
    return commandLine(Set.copyOf(List.of(arguments))::contains);
  }

  private CommandLine commandLine(Predicate<String> needed) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(this);
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .scopeType(ScopeType.INHERIT)
            .order(902)
            .description("Show this help.")
            .build());
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .order(903)
            .description("Show the version.")
            .build());
    CommandLine commandLine = new CommandLine(spec);
    for (Entry entry : entries()) {
      commandLine.addSubcommand(needed.test(entry.name()) ? entry.command().get() : entry.named());
    }
    return configure(commandLine);
  }

  /** Settings that hold for every command; call it once all subcommands are there. */
  private CommandLine configure(CommandLine commandLine) {
    layOut(commandLine);
    Choices.readBy(commandLine);
    return commandLine
        .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
        .setOut(new PrintWriter(terminal.out(), true, UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, UTF_8))
        .setUsageHelpWidth(Math.min(terminal.width(), 100))
        // A prompt may begin with an at sign; it is never a file of arguments.
        .setExpandAtFiles(false)
        .setPosixClusteredShortOptionsAllowed(false);
  }

  private static void layOut(CommandLine commandLine) {
    commandLine
        .getCommandSpec()
        .usageMessage()
        .synopsisHeading("%nUsage: ")
        .abbreviateSynopsis(true)
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .sortOptions(false)
        .sortSynopsis(false);
    commandLine.getHelpSectionMap().put(SECTION_KEY_COMMAND_LIST_HEADING, _ -> "");
    commandLine.getHelpSectionMap().put(SECTION_KEY_COMMAND_LIST, new ContentsRenderer());
    List<String> sections = new ArrayList<>(commandLine.getHelpSectionKeys());
    sections.remove(SECTION_KEY_COMMAND_LIST);
    sections.add(sections.indexOf(SECTION_KEY_PARAMETER_LIST_HEADING), SECTION_KEY_COMMAND_LIST);
    commandLine.setHelpSectionKeys(sections);
    commandLine.getSubcommands().values().forEach(LoupeCommand::layOut);
  }

  @Override
  public void run() {
    terminal.out().print(commandLine(_ -> false).getUsageMessage());
  }

  boolean debug() {
    return debug;
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "loupe %s (Java %s, %s %s)"
            .formatted(
                Loupe.VERSION,
                Runtime.version().feature()
                    + "."
                    + Runtime.version().interim()
                    + "."
                    + Runtime.version().update(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"))
      };
    }
  }
}
