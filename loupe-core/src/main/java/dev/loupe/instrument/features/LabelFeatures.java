package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.LabelReport.Labelled;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.remote.ChatServer;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Features in words, and how well the words do: a server that knows only the label sorts texts on
 * which the feature fires from others (detection and fuzzing of EleutherAI's delphi). Each label is
 * kept beside the index as soon as it is there.
 */
public final class LabelFeatures implements Instrument<LabelRequest, LabelReport> {
  /** What an answer of a local server takes, roughly. */
  private static final double SECONDS_A_QUESTION = 2;

  private static final double SECONDS_BY_RULE = 0.05;
  private static final double LEVEL = 0.95;

  @Override
  public Card<LabelRequest, LabelReport> card() {
    return new Card<>(
        "features label",
        "What is this feature in words, and how well do the words do?",
        "loupe.features-labels/1",
        LabelRequest.class,
        LabelReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(LabelRequest request, Subject subject, Run run) {
    return subject.hold(() -> {
      int features = request.features().size();
      long questions = request.server().isEmpty() ? 0 : (long) features * Labeller.questions();
      return new Cost(
          questions * SECONDS_A_QUESTION + features * SECONDS_BY_RULE,
          Engine.residentBytes(),
          0,
          String.format(Locale.ROOT, "%,d features, %,d questions at most", features, questions));
    });
  }

  @Override
  public Finding<LabelReport> ask(LabelRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (FeatureStore store = FeatureStore.open(request.store(), watched);
              ChatServer server = server(request.server())) {
            FeatureReader reader = new FeatureReader(watched, store);
            Function<FeatureId, Label> labels =
                server == null
                    ? reader::heuristic
                    : new Labeller(watched, store, server, run.seed())::label;
            return finding(request, watched, reader, labels, run);
          }
        });
  }

  private static @Nullable ChatServer server(Optional<LabelRequest.Server> asked) {
    return asked.map(each -> ChatServer.of(each.url(), each.model(), System.getenv())).orElse(null);
  }

  private Finding<LabelReport> finding(
      LabelRequest request,
      Subject subject,
      FeatureReader reader,
      Function<FeatureId, Label> labels,
      Run run) {
    List<Labelled> labelled = new ArrayList<>();
    try (Steps steps =
        run.steps("labelling features", Counted.FEATURES, request.features().size())) {
      for (FeatureId id : request.features().stream().map(subject::require).toList()) {
        Labelled one = new Labelled(id, labels.apply(id));
        reader.labels().put(id, one.label());
        labelled.add(one);
        run.early(one);
        steps.at(labelled.size());
      }
    }
    List<String> caveats = new ArrayList<>(subject.caveats());
    if (request.server().isEmpty()) {
      caveats.addFirst("Labels were put together by rule; no judge has tested them.");
    }
    return new Finding<>(
        card().schema(),
        "What are these features of %s in %s in words?"
            .formatted(subject.basis().name(), subject.weights().name()),
        new LabelReport(labelled),
        evidence(labelled, reader),
        caveats,
        subject.provenance(run));
  }

  private static List<Evidence> evidence(List<Labelled> labelled, FeatureReader reader) {
    List<Evidence> evidence = new ArrayList<>();
    scored("Detection", labelled, Label::detection).ifPresent(evidence::add);
    scored("Fuzzing", labelled, Label::fuzzing).ifPresent(evidence::add);
    evidence.add(reader.coverage());
    return evidence;
  }

  private static Optional<Evidence> scored(
      String what, List<Labelled> labelled, Function<Label, Optional<LabelScore>> score) {
    List<LabelScore> scores =
        labelled.stream().flatMap(each -> score.apply(each.label()).stream()).toList();
    long judged = scores.stream().mapToLong(LabelScore::judged).sum();
    long right = scores.stream().mapToLong(each -> each.hits() + each.rejections()).sum();
    return judged == 0
        ? Optional.empty()
        : Optional.of(
            Evidence.noted(
                what + ": texts that the judge sorted right by the labels alone",
                Support.OBSERVED,
                Proportion.wilson(right, judged, LEVEL),
                "half is what guessing reaches; texts of one feature are not independent"));
  }
}
