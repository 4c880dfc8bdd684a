package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/** One small world for all tests of the room, with all its documents. */
final class SmallWorld {
  static final World WORLD = World.of(7, 0.02);
  static final List<Document> DOCUMENTS = read();
  static final List<Question> QUESTIONS = Truth.of(WORLD).questions();

  private SmallWorld() {}

  private static List<Document> read() {
    List<Document> documents = new ArrayList<>();
    WORLD.corpus().forEachRemaining(documents::add);
    return List.copyOf(documents);
  }

  static List<Document> of(Family family) {
    return DOCUMENTS.stream().filter(document -> document.family() == family).toList();
  }
}
