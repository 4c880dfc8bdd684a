package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.geometry.ActivationTable;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.NearestNeighbours;
import dev.loupe.geometry.Umap;
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
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A plane in which features that write alike are near, of one dictionary or several of one model,
 * with what the plane keeps of the true neighbours.
 */
public final class MapFeatures implements Instrument<MapRequest, MapReport> {
  private static final int MOST = 50_000;
  private static final int LARGE = 10_000;
  private static final int EPOCHS = 500;
  private static final int EPOCHS_OF_LARGE = 200;
  private static final int SAMPLED = 500;
  private static final int LISTED = 8;
  private static final double SECONDS_A_PAIR = 8e-9;
  private static final double SECONDS_A_STEP = 3e-6;

  @Override
  public Card<MapRequest, MapReport> card() {
    return new Card<>(
        "features map",
        "Which features lie near each other?",
        "loupe.features-map/1",
        MapRequest.class,
        MapReport.class,
        Needs.BASIS);
  }

  private static List<Subject> all(MapRequest request, Subject subject) {
    return Stream.concat(Stream.of(subject), request.others().stream()).toList();
  }

  @Override
  public Cost estimate(MapRequest request, Subject subject, Run run) {
    return Both.hold(
        subject,
        request.others(),
        () -> {
          double n =
              all(request, subject).stream()
                  .mapToLong(each -> FeatureSet.of(each, List.of()).size())
                  .sum();
          int epochs = epochs(request, (int) n);
          double texts =
              request.texts().map(asked -> asked.tokens() / 128.0 * 2).orElse(0.0)
                  * subject.secondsOfAPass(128);
          return new Cost(
              1 + 2 * SECONDS_A_PAIR * n * n + SECONDS_A_STEP * n * epochs + texts,
              Engine.residentBytes(),
              0,
              String.format(Locale.ROOT, "%,.0f features, %d epochs", n, epochs));
        });
  }

  private static int epochs(MapRequest request, int features) {
    return request.epochs().orElse(features < LARGE ? EPOCHS : EPOCHS_OF_LARGE);
  }

  @Override
  public Finding<MapReport> ask(MapRequest request, Subject subject, Run run) {
    return Both.hold(subject, request.others(), () -> finding(request, subject, run));
  }

  /** A feature that stands in the map. */
  private record Place(int basis, FeatureId id, double frequency, String peak, String label) {}

  private Finding<MapReport> finding(MapRequest request, Subject subject, Run run) {
    request.others().forEach(other -> Both.requireSameModel(subject, other));
    List<Subject> all = all(request, subject);
    List<FeatureSet> sets = all.stream().map(each -> FeatureSet.of(each, List.of())).toList();
    Optional<TextSample> texts =
        request.texts().map(asked -> TextSample.of(asked, subject.weights(), run));
    List<ActivationTable> tables =
        texts
            .map(some ->
                new ActivityReader(subject.watched(run), some).read(sets, "reading texts", run))
            .orElse(List.of());
    List<Place> places = new ArrayList<>();
    List<Tensor> rows = new ArrayList<>();
    int dead = 0;
    try (var _ = NativeScope.open()) {
      for (int i = 0; i < sets.size(); i++) {
        Optional<ActivationTable> table =
            tables.isEmpty() ? Optional.empty() : Optional.of(tables.get(i));
        Map<FeatureId, String> labels =
            i < request.labels().size() ? request.labels().get(i) : Map.of();
        List<Place> theirs = places(i, sets.get(i), table, texts, labels, subject);
        int[] kept =
            theirs.stream()
                .mapToInt(
                    each -> sets.get(each.basis()).first(each.id().layer()) + each.id().feature())
                .toArray();
        dead += sets.get(i).size() - kept.length;
        places.addAll(theirs);
        rows.add(sets.get(i).directions().indexSelect(0, Tensor.indices(kept)));
        run.check();
      }
      requireSize(places.size(), request.neighbours());
      return finding(request, subject, all, places, Tensor.cat(rows, 0), dead, texts, run);
    }
  }

  private static void requireSize(int features, int neighbours) {
    if (features > MOST || features <= neighbours) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%,d features with %d neighbours each cannot be drawn as a map",
              features,
              neighbours),
          String.format(
              Locale.ROOT, "Map more features than `neighbours`, and at most %,d.", MOST));
    }
  }

  private static List<Place> places(
      int basis,
      FeatureSet set,
      Optional<ActivationTable> table,
      Optional<TextSample> texts,
      Map<FeatureId, String> labels,
      Subject subject) {
    if (table.isEmpty() || texts.isEmpty()) {
      return IntStream.range(0, set.size())
          .mapToObj(number ->
              new Place(
                  basis, set.id(number), Double.NaN, "", labels.getOrDefault(set.id(number), "")))
          .toList();
    }
    int[] active = table.get().active();
    int[] peaks = table.get().peaks();
    Peaks words = new Peaks(subject, texts.get());
    List<String> tokens = words.labels(table.get());
    return IntStream.range(0, set.size())
        .filter(number -> active[number] > 0)
        .mapToObj(number ->
            new Place(
                basis,
                set.id(number),
                (double) active[number] / table.get().positions(),
                words.at(peaks[number]),
                labels.getOrDefault(set.id(number), tokens.get(number))))
        .toList();
  }

  private Finding<MapReport> finding(
      MapRequest request,
      Subject subject,
      List<Subject> all,
      List<Place> places,
      Tensor directions,
      int dead,
      Optional<TextSample> texts,
      Run run) {
    int n = places.size();
    int epochs = epochs(request, n);
    Cosines square = Cosines.of(directions, directions);
    NearestNeighbours near;
    try (Steps steps = run.steps("finding neighbours", Counted.FEATURES, n)) {
      near = NearestNeighbours.of(square, request.neighbours(), steps::at);
    }
    Random random = new Random(run.seed());
    double[][] plane;
    try (Steps steps = run.steps("laying out", Counted.RUNS, epochs)) {
      plane = Umap.of(directions, near, epochs, random, steps::at);
    }
    int[] sample = random.ints(0, n).distinct().limit(Math.min(SAMPLED, n)).sorted().toArray();
    boolean[] sampled = new boolean[n];
    Arrays.stream(sample).forEach(row -> sampled[row] = true);
    double trust;
    try (Steps steps = run.steps("measuring the plane", Counted.FEATURES, 0)) {
      steps.at(0);
      trust = near.trustworthiness(square, plane, sampled);
    }
    MapReport report =
        new MapReport(
            all.stream().map(Both::name).toList(),
            all.stream().map(each -> FeatureSet.of(each, List.of()).size()).toList(),
            dead,
            texts.map(TextSample::positions).orElse(0),
            request.neighbours(),
            epochs,
            near.preserved(plane, sample),
            (double) request.neighbours() / (n - 1),
            trust,
            sample.length,
            points(places, plane, near));
    return new Finding<>(
        card().schema(),
        "Which features of %s lie near each other?".formatted(String.join(", ", report.bases())),
        report,
        evidence(report),
        caveats(report, subject, request),
        Both.provenance(subject, request.others(), run));
  }

  private static MapReport.Points points(
      List<Place> places, double[][] plane, NearestNeighbours near) {
    List<List<Integer>> ids = new ArrayList<>();
    List<List<Double>> cosines = new ArrayList<>();
    for (int i = 0; i < plane.length; i++) {
      int count = Math.min(LISTED, near.k());
      ids.add(IntStream.of(near.ids()[i]).limit(count).boxed().toList());
      cosines.add(
          Arrays.stream(near.cosines()[i]).limit(count).map(MapFeatures::brief).boxed().toList());
    }
    boolean read = places.stream().anyMatch(place -> !Double.isNaN(place.frequency()));
    return new MapReport.Points(
        places.stream().map(Place::basis).toList(),
        places.stream().map(place -> place.id().layer()).toList(),
        places.stream().map(place -> place.id().feature()).toList(),
        Arrays.stream(plane).map(point -> brief(point[0])).toList(),
        Arrays.stream(plane).map(point -> brief(point[1])).toList(),
        read ? places.stream().map(Place::frequency).toList() : List.of(),
        read ? places.stream().map(Place::peak).toList() : List.of(),
        places.stream().allMatch(place -> place.label().isEmpty())
            ? List.of()
            : places.stream().map(Place::label).toList(),
        ids,
        cosines);
  }

  /** Three decimals are more than a screen shows, and keep the page small. */
  private static double brief(double value) {
    return Math.rint(value * 1000) / 1000;
  }

  private static List<Evidence> evidence(MapReport report) {
    return List.of(
        Evidence.noted(
            "True neighbours that are among the nearest in the plane",
            Support.OBSERVED,
            Estimate.exactly(report.preserved(), "share of %d".formatted(report.neighbours())),
            String.format(
                Locale.ROOT,
                "by chance %.4f; over %d features",
                report.preservedByChance(),
                report.sampled())),
        Evidence.noted(
            "Trustworthiness: what is near in the plane is near in truth",
            Support.OBSERVED,
            Estimate.exactly(report.trustworthiness(), "from about 0.5 by chance to 1"),
            "over %d features".formatted(report.sampled())));
  }

  private static List<String> caveats(MapReport report, Subject subject, MapRequest request) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "Distances between groups and their sizes mean nothing, and another seed gives another"
            + " plane: the neighbours listed are those by true cosine.");
    if (report.positions() > 0) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "%,d features that are never active on %,d positions are left out.",
              report.dead(),
              report.positions()));
    }
    caveats.addAll(Both.caveats(subject, request.others()));
    return caveats;
  }
}
