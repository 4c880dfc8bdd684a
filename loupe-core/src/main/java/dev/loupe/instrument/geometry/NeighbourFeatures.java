package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.Rotation;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.NeighboursReport.Near;
import dev.loupe.instrument.geometry.NeighboursReport.Neighbourhood;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

/** Which features write in the same direction, in one dictionary or several of one model. */
public final class NeighbourFeatures implements Instrument<NeighboursRequest, NeighboursReport> {
  private static final double SECONDS_A_FEATURE = 2e-6;

  @Override
  public Card<NeighboursRequest, NeighboursReport> card() {
    return new Card<>(
        "features neighbours",
        "Which features write in the same direction?",
        "loupe.features-neighbours/1",
        NeighboursRequest.class,
        NeighboursReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(NeighboursRequest request, Subject subject, Run run) {
    return Both.hold(
        subject,
        request.others(),
        () -> {
          long searched = subjects(request, subject).mapToLong(each -> set(each).size()).sum();
          return new Cost(
              0.1 + SECONDS_A_FEATURE * searched * request.features().size(),
              Engine.residentBytes(),
              0,
              String.format(Locale.ROOT, "%,d features looked through", searched));
        });
  }

  private static Stream<Subject> subjects(NeighboursRequest request, Subject subject) {
    return Stream.concat(Stream.of(subject), request.others().stream());
  }

  private static FeatureSet set(Subject subject) {
    return FeatureSet.of(subject, List.of());
  }

  @Override
  public Finding<NeighboursReport> ask(NeighboursRequest request, Subject subject, Run run) {
    return Both.hold(subject, request.others(), () -> finding(request, subject, run));
  }

  private Finding<NeighboursReport> finding(NeighboursRequest request, Subject subject, Run run) {
    List<FeatureId> features = request.features().stream().map(subject::require).toList();
    request.others().forEach(other -> Both.requireSameModel(subject, other));
    FeatureSet own = set(subject);
    int[] numbers =
        features.stream().mapToInt(id -> own.first(id.layer()) + id.feature()).toArray();
    List<List<Near>> nearest = new ArrayList<>();
    double[] chance = new double[numbers.length];
    features.forEach(_ -> nearest.add(new ArrayList<>()));
    long searched = 0;
    List<Subject> all = subjects(request, subject).toList();
    try (Steps steps = run.steps("looking through dictionaries", Counted.FEATURES, 0);
        var _ = NativeScope.open()) {
      Tensor asked = own.directions().indexSelect(0, Tensor.indices(numbers));
      Tensor rotated = Rotation.of(asked.size(1), new Random(run.seed())).of(asked);
      for (Subject each : all) {
        FeatureSet set = set(each);
        try (var _ = NativeScope.open()) {
          Tensor directions = set.directions();
          steps.at(searched);
          Cosines.of(asked, directions)
              .forEachRow((row, values) -> add(nearest.get(row), values, each, set, request, row));
          steps.at(searched);
          Cosines.of(rotated, directions)
              .forEachRow((row, values) -> {
                for (double value : values) {
                  chance[row] = Math.max(chance[row], value);
                }
              });
        }
        searched += set.size();
        steps.at(searched);
      }
    }
    List<Neighbourhood> found = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      found.add(new Neighbourhood(request.features().get(i), chance[i], nearest.get(i)));
    }
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "A cosine compares what features write, each at its layer's own target, not when they are"
            + " active.");
    caveats.addAll(Both.caveats(subject, request.others()));
    return new Finding<>(
        card().schema(),
        "Which features write in the same direction as %s of %s?"
            .formatted(
                String.join(", ", request.features().stream().map(FeatureId::toString).toList()),
                Both.name(subject)),
        new NeighboursReport(Both.name(subject), searched, found),
        found.stream().map(NeighbourFeatures::evidence).toList(),
        caveats,
        Both.provenance(subject, request.others(), run));
  }

  private static Evidence evidence(Neighbourhood each) {
    return Evidence.noted(
        "The largest cosine of %s after a random rotation".formatted(each.id()),
        Support.OBSERVED,
        Estimate.exactly(each.chance(), "cosine"),
        "what the nearest of as many directions has by chance");
  }

  private static void add(
      List<Near> best,
      double[] values,
      Subject subject,
      FeatureSet set,
      NeighboursRequest request,
      int row) {
    int count = request.count();
    FeatureId own = request.features().get(row);
    double least = best.size() < count ? Double.NEGATIVE_INFINITY : best.getLast().cosine();
    for (int i = 0; i < values.length; i++) {
      if (values[i] > least) {
        FeatureId id = set.id(i);
        boolean itself =
            id.equals(own) && values[i] > 1 - 1e-5 && !request.others().contains(subject);
        if (!itself) {
          best.add(new Near(Both.name(subject), id, values[i]));
          if (best.size() >= 2 * count + 64) {
            least = cut(best, count);
          }
        }
      }
    }
    cut(best, count);
  }

  /** Keeps the best alone and returns the least of them. */
  private static double cut(List<Near> best, int count) {
    best.sort(Comparator.comparingDouble(Near::cosine).reversed());
    if (best.size() < count) {
      return Double.NEGATIVE_INFINITY;
    }
    best.subList(count, best.size()).clear();
    return best.getLast().cosine();
  }
}
