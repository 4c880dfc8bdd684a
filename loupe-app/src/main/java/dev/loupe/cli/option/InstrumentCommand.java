package dev.loupe.cli.option;

import static java.util.Objects.requireNonNull;

import dev.loupe.Loupe;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProcessTime;
import dev.loupe.cli.terminal.RequestFields;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.cli.terminal.TerminalRun;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.EntailmentModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Hub;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.remote.TextServer;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.report.HtmlPage;
import dev.loupe.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command of an instrument: opens the subject, estimates or asks, and shows the finding as
 * text, JSON and a page. What differs is how the request is read and which lines tell the answer.
 */
public abstract class InstrumentCommand<Q, A> implements Callable<Integer> {
  private final Instrument<Q, A> instrument;
  private final List<Runnable> endings = new ArrayList<>();
  private final Terminal terminal;

  @Mixin private final ModelOption model = new ModelOption();

  @Option(names = "--estimate", order = 690, description = "Estimate time and memory, and stop.")
  private boolean estimate;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 710,
      description = "Write the result as one self-contained page.")
  private Optional<ResultFile> html = Optional.empty();

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  protected InstrumentCommand(Instrument<Q, A> instrument, Terminal terminal) {
    this.instrument = instrument;
    this.terminal = terminal;
  }

  /**
   * Reads what can be read before a model is opened, and refuses what contradicts itself.
   *
   * @throws picocli.CommandLine.ParameterException if options contradict each other
   */
  protected void read() {}

  /** The request, after {@link #read}. */
  protected abstract Q request(Subject subject);

  /** Works when the command ends: closes what the request opened. */
  protected final void atEnd(Runnable closing) {
    endings.add(closing);
  }

  /** Opens the embedding model of a folder until the command ends. */
  protected final EmbeddingModel embedding(Path folder) {
    EmbeddingModel model = EmbeddingModel.open(folder);
    atEnd(model::close);
    return model;
  }

  /** Opens the entailment model of a folder until the command ends. */
  protected final EntailmentModel entailment(Path folder) {
    EntailmentModel model = EntailmentModel.open(folder);
    atEnd(model::close);
    return model;
  }

  /** The lines that tell question and answer to a person; evidence and provenance follow. */
  protected abstract void show(Finding<A> finding, SummaryLines lines);

  /** The lines of a part that is ready before the rest. */
  protected void showEarly(Object part, SummaryLines lines) {}

  /** The finding with what is known besides, by a world that the model was trained on. */
  protected Finding<A> known(Finding<A> finding, Subject subject, Hub hub, Run run) {
    return finding;
  }

  /** Whether each check is told, not only those that failed. */
  protected boolean showsEvidence() {
    return true;
  }

  /** Writes further forms of the finding. */
  protected void writeMore(Finding<A> finding) {}

  protected final Terminal terminal() {
    return terminal;
  }

  protected final long seed() {
    return engine.seed();
  }

  /** What counts as a feature; nothing but neurons where the command has no such option. */
  protected Optional<BasisOptions> asked() {
    return Optional.empty();
  }

  /** The dictionary that counts if no basis is asked for; none for neurons. */
  protected Optional<String> ownBasis() {
    return Loupe.ownDictionary(modelName());
  }

  /** Whether sums must be float32, so that bfloat16 is for weights alone. */
  protected boolean sumsExactly() {
    return false;
  }

  /** Whether the work is a few passes over one prompt, too little to share in a small model. */
  protected boolean readsOnePrompt() {
    return false;
  }

  /** A server in place of a model on this machine; none where the command has no such option. */
  protected Optional<ServerOptions> server() {
    return Optional.empty();
  }

  /**
   * A model by name, with the options of this command; the caller closes it.
   *
   * @throws LoupeException if it cannot be found or read
   */
  protected final LanguageModel open(String reference) {
    LanguageModel opened = new ModelAccess(terminal).open(reference, engine, sumsExactly());
    if (readsOnePrompt()) {
      ModelConfig config = opened.transformer().config();
      Engine.useThreads(engine.threadsForOnePrompt(config.dModel(), config.dMlp()));
    }
    return opened;
  }

  protected final String modelName() {
    return model.name();
  }

  @Override
  public final Integer call() {
    read();
    Optional<BasisOptions> basis = asked();
    try (Ending _ = () -> endings.reversed().forEach(Runnable::run);
        TextServer server = server().flatMap(each -> each.open(System.getenv())).orElse(null);
        Dictionary dictionary =
            basis
                .flatMap(each -> each.dictionary(ownBasis()))
                .map(terminal.caveats()::noting)
                .orElse(null);
        LanguageModel opened = server == null ? open(model.name()) : null;
        TerminalRun run = new TerminalRun(terminal, engine.seed(), this::early)) {
      double opening = ProcessTime.seconds();
      Hub hub = Loupe.hub(Progress.silent());
      boolean anyName = basis.map(BasisOptions::anyName).orElse(false);
      Subject subject =
          server != null ? Subject.of(server) : subject(opened, dictionary, hub, anyName);
      Q request = checked(subject);
      if (estimate) {
        print(instrument.estimate(request, subject, run), opening);
        return ExitCode.DONE.number();
      }
      Finding<A> finding = known(instrument.ask(request, subject, run), subject, hub, run);
      write(finding);
      return ExitCode.of(finding.evidence()).number();
    }
  }

  /** A request that its record refuses is the user's to mend: the message names the field. */
  private Q checked(Subject subject) {
    try {
      return request(subject);
    } catch (IllegalArgumentException e) {
      throw LoupeException.badInput(
          RequestFields.asOptions(String.valueOf(e.getMessage())), "Give another value.", e);
    }
  }

  private static Subject subject(
      @Nullable LanguageModel opened, @Nullable Dictionary dictionary, Hub hub, boolean anyName) {
    LanguageModel model = requireNonNull(opened);
    return dictionary == null
        ? Loupe.subject(model, hub)
        : Loupe.subject(model, hub, dictionary, anyName);
  }

  private void early(Object part) {
    SummaryLines lines = new SummaryLines(terminal);
    showEarly(part, lines);
    print(lines);
  }

  private void write(Finding<A> finding) {
    SummaryLines lines = new SummaryLines(terminal);
    show(finding, lines);
    if (showsEvidence()) {
      lines.evidence(finding.evidence(), finding.caveats());
    } else {
      lines.checks(finding.evidence(), finding.caveats());
    }
    lines.provenance(finding.provenance());
    print(lines);
    if (json.isWanted() || html.isPresent()) {
      String text = FindingJson.of(finding);
      json.write(terminal, text);
      html.ifPresent(file -> file.write(HtmlPage.of(text)));
    }
    writeMore(finding);
  }

  private void print(SummaryLines lines) {
    if (!json.takesStandardOutput()) {
      lines.lines().forEach(terminal.out()::println);
      terminal.out().flush();
    }
  }

  private void print(Cost cost, double opening) {
    SummaryLines lines = new SummaryLines(terminal);
    lines.cost(cost, opening);
    lines.lines().forEach(terminal.out()::println);
  }

  private interface Ending extends AutoCloseable {
    @Override
    void close();
  }
}
