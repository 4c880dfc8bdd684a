package dev.loupe.world;

import java.util.List;

/**
 * One text of the corpus and what is known about it.
 *
 * @param id unique in the corpus, for example {@code birthday-000123}
 * @param facts the facts that it states
 * @param concepts names of the concepts in it
 * @param tasks names of the tasks that it exercises
 */
public record Document(
    String id,
    Family family,
    String text,
    List<Statement> facts,
    List<String> concepts,
    List<String> tasks) {

  /**
   * A fact in a text.
   *
   * @param from where its object begins, in UTF-16 units
   * @param to where its object ends, exclusive
   */
  public record Statement(Fact fact, int from, int to) {}
}
