package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** What features mean: where they fire, what they promote, and what is alike. */
public final class ShowFeatures implements Instrument<ShowRequest, FeatureDashboard> {
  /** Forward passes that the checks of a feature take. */
  private static final int PASSES = 3;

  @Override
  public Card<ShowRequest, FeatureDashboard> card() {
    return new Card<>(
        "features show",
        "What does this feature mean?",
        "loupe.features/1",
        ShowRequest.class,
        FeatureDashboard.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(ShowRequest request, Subject subject, Run run) {
    return subject.hold(
        run, watched -> cost(watched, request.store(), request.features().size(), PASSES));
  }

  /** Of so many features, each with so many passes over one piece of text. */
  static Cost cost(Subject subject, Path folder, int features, int passes) {
    try (FeatureStore store = FeatureStore.open(folder, subject)) {
      double pass = subject.secondsOfAPass(store.context());
      return new Cost(
          features * passes * pass + 0.1, Engine.residentBytes(), 0, features + " features");
    }
  }

  @Override
  public Finding<FeatureDashboard> ask(ShowRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (FeatureStore store = FeatureStore.open(request.store(), watched)) {
            return finding(request.features(), watched, store, run);
          }
        });
  }

  private Finding<FeatureDashboard> finding(
      List<FeatureId> ids, Subject subject, FeatureStore store, Run run) {
    FeatureReader reader = new FeatureReader(subject, store);
    List<FeatureReport> features = new ArrayList<>();
    List<Evidence> evidence = new ArrayList<>();
    Set<String> caveats = new LinkedHashSet<>();
    try (Steps steps = run.steps("reading features", Counted.FEATURES, ids.size())) {
      for (FeatureId id : ids) {
        FeatureReport report = reader.read(id);
        features.add(report);
        report.evidence().forEach(each -> evidence.add(each.about("Feature " + id)));
        caveats.addAll(report.caveats());
        steps.at(features.size());
      }
    }
    if (evidence.isEmpty()) {
      evidence.add(reader.coverage());
    }
    caveats.addAll(subject.caveats());
    return new Finding<>(
        card().schema(),
        "What do the features %s of %s in %s mean?"
            .formatted(
                String.join(", ", ids.stream().map(FeatureId::toString).toList()),
                subject.basis().name(),
                subject.weights().name()),
        new FeatureDashboard(
            subject.weights().name(),
            subject.transformer().config().layers(),
            subject.basis().name(),
            new TreeMap<>(store.facts()),
            store.counted(),
            features),
        evidence,
        List.copyOf(caveats),
        subject.provenance(run));
  }
}
