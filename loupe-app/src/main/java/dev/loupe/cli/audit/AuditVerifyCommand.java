package dev.loupe.cli.audit;

import dev.loupe.audit.claims.Verification;
import dev.loupe.audit.claims.Verification.Verdict;
import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.ServerOptions;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.VerifyAnswer;
import dev.loupe.instrument.audit.VerifyReport;
import dev.loupe.instrument.audit.VerifyReport.Piece;
import dev.loupe.instrument.audit.VerifyReport.VerifiedClaim;
import dev.loupe.instrument.audit.VerifyRequest;
import dev.loupe.outcomes.Markup;
import dev.loupe.report.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe audit verify}. */
@Command(
    name = "verify",
    header = "Check the claims of an answer against a folder of documents.",
    description = {
      "",
      "Splits the answer into clauses, finds passages by BM25, compares numbers and dates exactly,"
          + " and asks the model of --model or --server to judge the rest: each claim is supported,"
          + " contradicted or not found, with the words that decided. The exit code is 5 if a claim"
          + " is contradicted."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit verify --text \"Ada Lovelace was born on 10 December 1815.\" --documents"
          + " notes/ --by-words",
      "  loupe audit verify answer.txt --documents notes/ --model smollm2",
      "  loupe audit verify answer.txt --documents notes/ --entailment nli/ --embedding minilm/",
      "  loupe audit verify answer.txt --documents notes/ --server http://localhost:8000/v1"
          + " --api-model qwen3"
    })
final class AuditVerifyCommand extends InstrumentCommand<VerifyRequest, VerifyReport> {
  private static final long LONGEST = 1 << 20;

  @Parameters(paramLabel = "FILE", arity = "0..1", description = "The answer, as text.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--text",
      paramLabel = "ANSWER",
      order = 1,
      description = "The answer itself, instead of a file.")
  private Optional<String> text = Optional.empty();

  @Option(
      names = "--documents",
      paramLabel = "PATH",
      order = 3,
      required = true,
      description = "Documents: a folder or file of .txt, .md, .jsonl or .parquet.")
  private Path documents = Path.of("");

  @Option(
      names = "--passages",
      paramLabel = "N",
      order = 4,
      defaultValue = "5",
      converter = OptionConverters.Count.class,
      description = "Passages that are looked at for each claim (default: 5).")
  private int passages;

  @Option(
      names = "--by-words",
      order = 5,
      description = "Ask no model: words, numbers and dates decide.")
  private boolean byWords;

  @Option(
      names = "--plain",
      order = 6,
      description = "Ask the judge in plain text to go on with, not in a conversation.")
  private boolean plain;

  @Option(
      names = "--question",
      paramLabel = "TEXT",
      order = 7,
      description =
          "Ask the judge in other words, with {evidence} and {claim}; it answers yes, no or"
              + " unknown.")
  private String question = Verification.QUESTION;

  @Option(
      names = "--entailment",
      paramLabel = "FOLDER",
      order = 8,
      description =
          "Judge by this entailment model: a folder with model.onnx, tokenizer.json and a"
              + " config.json that names its labels.")
  private Optional<Path> entailment = Optional.empty();

  @Option(
      names = "--embedding",
      paramLabel = "FOLDER",
      order = 9,
      description =
          "Find passages by this embedding model too, as many again as by BM25: a folder with"
              + " model.onnx and tokenizer.json.")
  private Optional<Path> embedding = Optional.empty();

  @Option(
      names = "--max-calls",
      paramLabel = "N",
      order = 33,
      converter = OptionConverters.Count.class,
      description = "Refuse to ask the judge more often than this.")
  private Optional<Integer> maxCalls = Optional.empty();

  @Mixin private final ServerOptions server = new ServerOptions();

  @Spec private @Nullable CommandSpec command;

  private String answer = "";

  AuditVerifyCommand(Terminal terminal) {
    super(new VerifyAnswer(), terminal);
  }

  @Override
  protected Optional<ServerOptions> server() {
    return Optional.of(server);
  }

  @Override
  protected void read() {
    if (file.isPresent() == text.isPresent()) {
      throw UsageError.of(command, "Give the answer in a file, or with --text.");
    }
    answer = text.orElseGet(() -> read(file.orElseThrow()));
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > LONGEST) {
        throw LoupeException.badInput(
            file + ": is longer than a megabyte", "Give one answer alone.");
      }
      return FileText.read(file);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  @Override
  protected VerifyRequest request(Subject subject) {
    return new VerifyRequest(
        answer,
        documents,
        passages,
        !byWords,
        !plain,
        question,
        entailment.map(this::entailment),
        embedding.map(this::embedding),
        maxCalls.map(OptionalInt::of).orElse(OptionalInt.empty()));
  }

  @Override
  protected void show(Finding<VerifyReport> finding, SummaryLines lines) {
    VerifyReport report = finding.answer();
    lines.wrapped(
        Style.BOLD,
        "",
        "%d claims: supported %s, contradicted %s, not found %s."
            .formatted(
                report.claims().size(),
                Markup.percent(report.supported()),
                Markup.percent(report.contradicted()),
                Markup.percent(report.notFound())));
    lines.wrapped(
        Style.DIM,
        "",
        String.format(
            Locale.ROOT,
            "%,d documents, %,d passages; %s.",
            report.documents(),
            report.passages(),
            report.judge().map(name -> "judged by " + name).orElse("by words alone")));
    lines.blank();
    report.claims().forEach(each -> claim(each, lines));
    if (!report.without().isEmpty()) {
      lines.heading("Claiming nothing", "questions and abstentions");
      report
          .without()
          .forEach(each -> lines.wrapped(Style.DIM, "  ", SummaryLines.printable(each)));
    }
  }

  private static void claim(VerifiedClaim claim, SummaryLines lines) {
    lines.wrapped(
        claim.verdict() == Verdict.SUPPORTED ? Style.PLAIN : Style.BOLD,
        mark(claim.verdict()),
        SummaryLines.printable(claim.claim()));
    lines.row(
        "    %s, by %s"
            .formatted(claim.verdict().words(), claim.basis().name().toLowerCase(Locale.ROOT)));
    claim.evidence().ifPresent(piece -> evidence(piece, lines));
  }

  private static String mark(Verdict verdict) {
    return switch (verdict) {
      case SUPPORTED -> "✓ ";
      case CONTRADICTED -> "✗ ";
      case NOT_FOUND -> "? ";
    };
  }

  private static void evidence(Piece piece, SummaryLines lines) {
    lines.wrapped(
        Style.DIM,
        "    ",
        SummaryLines.printable(
            "%s:%d-%d%s “%s”"
                .formatted(
                    piece.document(),
                    piece.start(),
                    piece.end(),
                    piece.judged().isEmpty()
                        ? ""
                        : String.format(
                            Locale.ROOT, " (judge: %s, %.2f)", piece.judged(), piece.confidence()),
                    piece.text())));
  }
}
