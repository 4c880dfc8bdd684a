package dev.loupe.instrument.influence;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Provenance;
import dev.loupe.report.Support;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether models of several sizes were taught the same by the same documents (Grosse et al. 2023,
 * §5.3): top documents, their words and labels, model by model and pair by pair.
 */
public final class CompareInfluence
    implements Instrument<CompareInfluenceRequest, CompareInfluenceReport> {
  @Override
  public Card<CompareInfluenceRequest, CompareInfluenceReport> card() {
    return new Card<>(
        "influence compare",
        "Do models of several sizes owe an answer to the same documents?",
        "loupe.influence-comparison/1",
        CompareInfluenceRequest.class,
        CompareInfluenceReport.class,
        Needs.WEIGHTS);
  }

  private static List<CompareInfluenceRequest.Fitted> all(
      CompareInfluenceRequest request, Subject subject) {
    List<CompareInfluenceRequest.Fitted> all = new ArrayList<>();
    all.add(new CompareInfluenceRequest.Fitted(subject, request.fit()));
    all.addAll(request.others());
    return all;
  }

  @Override
  public Cost estimate(CompareInfluenceRequest request, Subject subject, Run run) {
    double seconds = 0;
    for (CompareInfluenceRequest.Fitted each : all(request, subject)) {
      seconds +=
          each.subject()
              .hold(
                  run,
                  watched -> {
                    try (SequenceGradients network = Networks.of(watched)) {
                      return FittedText.of(each.fit(), request.corpus(), watched, network)
                          .seconds();
                    }
                  });
    }
    return new Cost(
        seconds,
        Engine.residentBytes(),
        0,
        "all documents scored by %d models".formatted(1 + request.others().size()));
  }

  @Override
  public Finding<CompareInfluenceReport> ask(
      CompareInfluenceRequest request, Subject subject, Run run) {
    List<PlantedQuestion> questions =
        request
            .planted()
            .map(PlantedQuestion::read)
            .orElseGet(
                () -> List.of(PlantedQuestion.of(request.prompt(), completion(request, subject))));
    List<ModelScores> scores = new ArrayList<>();
    for (CompareInfluenceRequest.Fitted each : all(request, subject)) {
      run.note("scoring by " + each.subject().weights().name());
      scores.add(
          each.subject()
              .hold(
                  run,
                  watched ->
                      ModelScores.of(
                          watched,
                          each.fit(),
                          request.corpus(),
                          request.relative(),
                          questions,
                          run)));
      if (!ids(scores.getLast()).equals(ids(scores.getFirst()))) {
        throw LoupeException.badInput(
            "%s and %s were fitted to different documents"
                .formatted(scores.getFirst().name(), scores.getLast().name()),
            "Fit all models to the same corpus with the same share.");
      }
    }
    CompareInfluenceReport report =
        new Comparison(questions, scores, request.top(), run.seed()).report();
    List<Provenance> others =
        request.others().stream().map(each -> each.subject().provenance(run)).toList();
    return new Finding<>(
        card().schema(),
        questions.size() == 1
            ? "Do the models owe “%s” after “%s” to the same documents?"
                .formatted(questions.getFirst().answer(), questions.getFirst().prompt())
            : "Do the models owe %d answers to the same documents?".formatted(questions.size()),
        report,
        evidence(report),
        List.of(
            "Influence is a linear estimate for each model at its optimum: nothing was retrained."
                + " Damping: a tenth of the mean curvature of each map.",
            "Words are those of four letters or more, lower case; intervals draw questions again,"
                + " so that few questions leave them wide, and take the documents as they are."),
        subject.provenance(run).and(others));
  }

  private static List<Evidence> evidence(CompareInfluenceReport report) {
    List<Evidence> evidence = new ArrayList<>();
    for (CompareInfluenceReport.OfModel each : report.models()) {
      evidence.add(
          Evidence.noted(
              "Words of the question in the top documents of " + each.model(),
              Support.OBSERVED,
              each.words(),
              String.format(Locale.ROOT, "in all documents: %.3f", each.wordsOfAll().value())));
      if (Double.isFinite(each.theme().value())) {
        evidence.add(
            Evidence.noted(
                "Paraphrases before decoys in " + each.model(),
                Support.KNOWN,
                each.theme(),
                "share of pairs; .5 by chance"));
      }
    }
    return evidence;
  }

  private static String completion(CompareInfluenceRequest request, Subject subject) {
    return request
        .completion()
        .orElseGet(() ->
            subject.hold(() -> {
              try (SequenceGradients network = Networks.of(subject)) {
                return Completion.of(subject, network, request.prompt(), Optional.empty()).text();
              }
            }));
  }

  private static List<String> ids(ModelScores scores) {
    return scores.sequences().stream().map(Sequence::id).toList();
  }
}
