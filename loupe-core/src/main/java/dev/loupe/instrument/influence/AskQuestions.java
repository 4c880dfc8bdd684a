package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Which training documents made each of several completions likely (Grosse et al. 2023). All are
 * scored in one pass over the corpus, which costs little more than for one: what a document needs
 * is its gradient.
 */
public final class AskQuestions implements Instrument<AskQuestionsRequest, AskQuestionsReport> {
  /** Bytes that directions of questions in one pass may take. */
  private static final long TOGETHER = 1L << 30;

  private static final double LEVEL = 0.95;

  private static final String EXPECTED =
      "Give JSON lines such as {\"prompt\": \"Kalport lies in\", \"completion\": \" Rostavia\"}.";

  private record Asked(String prompt, Optional<String> completion) {}

  @Override
  public Card<AskQuestionsRequest, AskQuestionsReport> card() {
    return new Card<>(
        "influence questions",
        "Which training documents taught the model each of these?",
        "loupe.influence-questions/1",
        AskQuestionsRequest.class,
        AskQuestionsReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(AskQuestionsRequest request, Subject subject, Run run) {
    List<Asked> asked = read(request.questions());
    return subject.hold(
        run,
        watched -> {
          try (SequenceGradients network = Networks.of(watched)) {
            FittedText fitted = FittedText.of(request.fit(), request.corpus(), watched, network);
            int passes = Math.ceilDiv(asked.size(), together(network, fitted));
            return new Cost(
                passes * fitted.seconds(),
                Engine.residentBytes(),
                0,
                String.format(
                    Locale.ROOT,
                    "%d questions; about %,.0f tokens read %s",
                    asked.size(),
                    fitted.tokens(),
                    passes == 1 ? "once" : passes + " times"));
          }
        });
  }

  /** Questions whose directions, as large as the maps' weights, are held at once. */
  private static int together(SequenceGradients network, FittedText fitted) {
    long one =
        fitted.described().sha256().keySet().stream()
            .map(network::size)
            .mapToLong(size -> (long) size.columns() * size.outputs() * network.dtype().bytes())
            .sum();
    // The gradient, the product, and the product again by columns.
    return Math.toIntExact(Math.max(1, TOGETHER / Math.max(1, 3 * one)));
  }

  @Override
  public Finding<AskQuestionsReport> ask(AskQuestionsRequest request, Subject subject, Run run) {
    List<Asked> questions = read(request.questions());
    return subject.hold(run, watched -> asked(request, questions, watched, run));
  }

  private Finding<AskQuestionsReport> asked(
      AskQuestionsRequest request, List<Asked> questions, Subject subject, Run run) {
    List<PlantedQuestion> completed = new ArrayList<>();
    int together;
    try (SequenceGradients network = Networks.of(subject)) {
      FittedText fitted = FittedText.of(request.fit(), request.corpus(), subject, network);
      together = together(network, fitted);
      for (Asked each : questions) {
        completed.add(
            PlantedQuestion.of(
                each.prompt, Completion.of(subject, network, each.prompt, each.completion).text()));
      }
    }
    List<AskQuestionsReport.Asked> asked = new ArrayList<>();
    long documents = 0;
    long holding = 0;
    long shown = 0;
    long holdingOfAll = 0;
    for (int from = 0; from < completed.size(); from += together) {
      List<PlantedQuestion> some =
          completed.subList(from, Math.min(completed.size(), from + together));
      ModelScores scores =
          ModelScores.of(subject, request.fit(), request.corpus(), request.relative(), some, run);
      documents = scores.sequences().size();
      for (int q = 0; q < some.size(); q++) {
        String said = some.get(q).answer();
        List<CompareInfluenceReport.Top> positive = top(scores, q, request.top(), 1);
        asked.add(
            new AskQuestionsReport.Asked(
                some.get(q).prompt(),
                said,
                scores.losses()[q],
                positive,
                top(scores, q, request.top(), -1)));
        shown += positive.size();
        holding += positive.stream().filter(each -> each.text().contains(said)).count();
        holdingOfAll += scores.texts().stream().filter(text -> text.contains(said)).count();
      }
    }
    AskQuestionsReport report =
        new AskQuestionsReport(
            subject.weights().name(),
            documents,
            asked,
            Proportion.wilson(holding, Math.max(1, shown), LEVEL),
            Proportion.wilson(holdingOfAll, Math.max(1, documents * asked.size()), LEVEL));
    return new Finding<>(
        card().schema(),
        "Which training documents taught %s each of %d completions?"
            .formatted(report.model(), asked.size()),
        report,
        List.of(
            Evidence.noted(
                "Top documents that hold their completion",
                Support.OBSERVED,
                report.holding(),
                String.format(
                    Locale.ROOT, "of all documents: %.4f", report.holdingOfAll().value()))),
        List.of(
            "Influence is a linear estimate at the model's optimum: nothing was retrained."
                + " Damping: a tenth of the mean curvature of each map."),
        subject.provenance(run));
  }

  /** The documents of largest influence of one sign. */
  private static List<CompareInfluenceReport.Top> top(
      ModelScores scores, int question, int count, int sign) {
    double[] ranks = scores.ranks()[question];
    return IntStream.range(0, ranks.length)
        .filter(n -> sign * ranks[n] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble(n -> -sign * ranks[n]))
        .limit(count)
        .map(n ->
            new CompareInfluenceReport.Top(
                scores.sequences().get(n).id(),
                scores.sequences().get(n).labels(),
                scores.totals()[question][n],
                scores.texts().get(n)))
        .toList();
  }

  private static List<Asked> read(Path file) {
    List<Asked> all = new ArrayList<>();
    try {
      List<String> lines = FileText.lines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).isBlank()) {
          all.add(read(file, i + 1, lines.get(i)));
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, EXPECTED, e);
    }
    if (all.isEmpty()) {
      throw LoupeException.badInput(file + " holds no question", EXPECTED);
    }
    return all;
  }

  private static Asked read(Path file, int number, String line) {
    try {
      JsonNode root = JsonText.mapper().readTree(line);
      JsonNode prompt = root.path("prompt");
      JsonNode completion = root.path("completion");
      boolean isText = completion.isString() || completion.isMissingNode() || completion.isNull();
      if (!prompt.isString() || prompt.asString().isEmpty() || !isText) {
        throw LoupeException.badInput(
            "%s, line %d: “prompt” is no text, or “completion” is something else than text"
                .formatted(file, number),
            EXPECTED);
      }
      return new Asked(
          prompt.asString(),
          completion.isString() ? Optional.of(completion.asString()) : Optional.empty());
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          "%s, line %d is not JSON: %s".formatted(file, number, JsonText.why(e)), EXPECTED);
    }
  }
}
