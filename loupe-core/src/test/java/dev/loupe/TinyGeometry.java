package dev.loupe;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.examination.ConceptsRequest;
import dev.loupe.examination.LawRequest;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.MapRequest;
import dev.loupe.instrument.geometry.MatchRequest;
import dev.loupe.instrument.geometry.NeighboursRequest;
import dev.loupe.instrument.geometry.NeuronsRequest;
import dev.loupe.instrument.geometry.SplitRequest;
import dev.loupe.instrument.geometry.TextsRequest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Small requests to the instruments that compare features with each other. */
final class TinyGeometry {
  private TinyGeometry() {}

  static NeighboursRequest neighbours(Subject subject) {
    return new NeighboursRequest(List.of(new FeatureId(1, 2)), List.of(subject), 3);
  }

  static MatchRequest matches(Subject subject, TextsRequest texts) {
    return new MatchRequest(subject, Optional.of(texts), List.of(), List.of(1), 2, 0.1, 1, 5);
  }

  static SplitRequest sizes(Subject subject, TextsRequest texts) {
    return new SplitRequest(
        List.of(subject, subject), List.of(subject), texts, 1, 1, List.of("war"), 3);
  }

  static NeuronsRequest neurons(TextsRequest texts) {
    return new NeuronsRequest(texts, List.of(1), 2, 1);
  }

  static MapRequest map(Subject subject, TextsRequest texts) {
    return new MapRequest(List.of(subject), Optional.of(texts), List.of(), 3, OptionalInt.of(5));
  }

  static ConceptsRequest concepts(Subject subject) {
    return new ConceptsRequest(7, 0.01, List.of(subject), 2, 4, 3);
  }

  static LawRequest law(Subject subject) {
    return new LawRequest(7, 0.01, List.of(subject), 2, 4, 0.5);
  }
}
