package dev.loupe.instrument.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.TinyRequests;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a dictionary beside itself, and what is refused. */
class GeometryInstrumentsTest {
  @TempDir private static Path folder;
  private static TinyRequests tiny;
  private static Subject subject;

  @BeforeAll
  static void open() throws IOException {
    tiny = TinyRequests.open(folder);
    subject =
        Subject.of(
            tiny.model(),
            () -> "ab12",
            NamedBasis.of(tiny.dictionary(), tiny.model().transformer()));
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  private static TextsRequest texts(int length) {
    return new TextsRequest(folder.resolve("stores").resolve("corpus.jsonl"), 24, length);
  }

  private static Run run() {
    return Run.silent(3);
  }

  @Test
  void aDictionaryMatchesItself() {
    MatchRequest request =
        new MatchRequest(subject, Optional.of(texts(4)), List.of(), List.of(), 3, 0.1, 1, 1000);
    MatchReport report = new MatchFeatures().ask(request, subject, run()).answer();
    MatchReport.Figures active = report.byActivation().orElseThrow();
    MatchReport.Figures written = report.byCosine().orElseThrow();
    assertEquals(1, active.meanBest(), 1e-6);
    assertEquals(1, active.meanAssigned(), 1e-6);
    assertEquals(1, written.meanBest(), 1e-5);
    assertTrue(written.pairs().stream().allMatch(pair -> pair.first().equals(pair.second())));
    assertEquals(report.first().matched(), written.assigned());
    assertEquals(
        report.first().features(),
        report.first().dead() + report.first().rare() + report.first().matched());
    assertTrue(written.chance().orElseThrow().meanBest() < 1);
    assertEquals(0.25, written.chance().orElseThrow().meanBestP(), 1e-12);
  }

  /** A label that is given goes before the token on which half of the activation lies. */
  @Test
  void aMapSaysWhatItsFeaturesAreCalled() {
    FeatureId id = new FeatureId(1, 2);
    MapReport bare =
        new MapFeatures().ask(map(Optional.empty(), List.of()), subject, run()).answer();
    assertEquals(List.of(), bare.points().label());
    MapReport read =
        new MapFeatures().ask(map(Optional.of(texts(4)), List.of()), subject, run()).answer();
    assertEquals(read.points().x().size(), read.points().label().size());
    assertEquals(
        read.sizes().getFirst() + read.sizes().getLast(), read.dead() + read.points().x().size());
    MapReport given =
        new MapFeatures()
            .ask(map(Optional.empty(), List.of(Map.of(id, "years of wars"))), subject, run())
            .answer();
    MapReport.Points points = given.points();
    for (int i = 0; i < points.x().size(); i++) {
      boolean named =
          points.basis().get(i) == 0
              && new FeatureId(points.layer().get(i), points.feature().get(i)).equals(id);
      assertEquals(named ? "years of wars" : "", points.label().get(i));
    }
    assertThrows(
        LoupeException.class, () -> map(Optional.empty(), List.of(Map.of(), Map.of(), Map.of())));
  }

  private static MapRequest map(Optional<TextsRequest> texts, List<Map<FeatureId, String>> labels) {
    return new MapRequest(List.of(subject), texts, labels, 3, OptionalInt.of(2));
  }

  @Test
  void whatIsAsLargeIsNotNew() {
    SplitRequest request =
        new SplitRequest(List.of(subject), List.of(), texts(4), 2, 1, List.of(), 5);
    SplitReport.Level level =
        new SplitFeatures().ask(request, subject, run()).answer().levels().getFirst();
    assertEquals(0, level.novel().getLast().share().value());
    assertEquals(0, level.split().value());
    assertEquals(1, level.contained(), 1e-12);
    assertTrue(level.containedByChance() < 1);
  }

  /** Below a feature hangs its own like, tied as fast as another seed's that is no other. */
  @Test
  void aTreeGrowsFromTheFeatureThatTellsAWordBest() {
    SplitRequest request =
        new SplitRequest(
            List.of(subject), List.of(subject), texts(4), 1, 1, List.of("war", "lasted"), 5);
    SplitReport report = new SplitFeatures().ask(request, subject, run()).answer();
    assertEquals(2, report.concepts().size());
    assertTrue(report.concepts().getFirst().occurrences() > 0);
    for (SplitReport.Concept concept : report.concepts()) {
      assertEquals(concept.best().getFirst(), concept.best().getLast());
    }
    assertEquals(
        report.concepts().getFirst().best().getFirst().id(), report.trees().getFirst().id());
    for (SplitReport.Branch root : report.trees()) {
      assertEquals(Optional.empty(), root.parent());
      SplitReport.Branch same =
          root.children().stream()
              .filter(child -> child.id().equals(root.id()))
              .findFirst()
              .orElseThrow();
      SplitReport.Tie tie = same.parent().orElseThrow();
      assertEquals(1, tie.cosine(), 1e-5);
      assertEquals(1, tie.correlation(), 1e-6);
      assertEquals(1, tie.overlap(), 1e-12);
      assertEquals(tie.overlap(), root.otherSeed().orElseThrow().overlap(), 1e-12);
      assertEquals(root.fires(), same.fires());
      assertEquals(0, same.children().size());
    }
    SplitRequest unheard =
        new SplitRequest(List.of(subject), List.of(), texts(4), 1, 1, List.of("zebra"), 5);
    LoupeException refused =
        assertThrows(LoupeException.class, () -> new SplitFeatures().ask(unheard, subject, run()));
    assertTrue(refused.getMessage().contains("“zebra”"), refused::getMessage);
  }

  @Test
  void theNearestInTheSameDictionaryTwiceIsTheFeatureItself() {
    NeighboursRequest request =
        new NeighboursRequest(List.of(new FeatureId(1, 2)), List.of(subject), 3);
    List<NeighboursReport.Near> near =
        new NeighbourFeatures()
            .ask(request, subject, run())
            .answer()
            .features()
            .getFirst()
            .nearest();
    assertEquals(3, near.size());
    assertEquals(new FeatureId(1, 2), near.getFirst().id());
    assertEquals(1, near.getFirst().cosine(), 1e-6);
    assertTrue(near.get(1).cosine() >= near.get(2).cosine());
  }

  /** A neuron's best neuron among those before it is never itself, which comes later. */
  @Test
  void neuronsOfTheFirstLayerHaveNoneBeforeThem() {
    NeuronsRequest first = new NeuronsRequest(texts(4), List.of(0), 1, 1);
    LoupeException refused =
        assertThrows(LoupeException.class, () -> new MatchNeurons().ask(first, subject, run()));
    assertTrue(refused.getMessage().contains("no neuron stands before"), refused::getMessage);
    NeuronsRequest later = new NeuronsRequest(texts(4), List.of(1), 1, 1);
    NeuronsReport report = new MatchNeurons().ask(later, subject, run()).answer();
    assertEquals(report.judged(), report.histogram().stream().mapToInt(Integer::intValue).sum());
    assertTrue(report.median() > 0 && report.median() <= 1);
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    Subject elsewhere =
        Subject.of(
            tiny.model(),
            () -> "cd34",
            NamedBasis.of(tiny.dictionary(), tiny.model().transformer()));
    LoupeException spaces =
        assertThrows(
            LoupeException.class,
            () -> new MatchFeatures().ask(MatchRequest.of(elsewhere), subject, run()));
    assertTrue(spaces.getMessage().contains("different spaces"), spaces::getMessage);
    LoupeException longer =
        assertThrows(
            LoupeException.class,
            () ->
                new MatchFeatures().ask(MatchRequest.of(subject).on(texts(1000)), subject, run()));
    assertTrue(longer.getMessage().contains("two at least"), longer::getMessage);
    assertThrows(LoupeException.class, () -> new TextsRequest(folder, 0, 4));
    assertThrows(
        LoupeException.class,
        () -> new SplitRequest(List.of(), List.of(), texts(4), 1, 1, List.of(), 1));
    assertThrows(LoupeException.class, () -> new NeighboursRequest(List.of(), List.of(), 3));
  }
}
