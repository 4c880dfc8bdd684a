package dev.loupe.world;

import java.util.List;

/**
 * A subject, a relation and the one object that is true.
 *
 * @param index its place in {@link World#facts}
 * @param between the entities between subject and object, one for each hop but the last; empty for
 *     a simple fact
 * @param heldOut whether it is kept out of the corpus on purpose
 * @param alone how many documents state it in a family of its own
 * @param inProfiles how many paragraphs state it
 */
public record Fact(
    int index,
    Relation relation,
    String subject,
    String object,
    List<String> between,
    boolean heldOut,
    int alone,
    int inProfiles) {

  /** The name in files: {@code birthday/Ada Ashton}. */
  public String id() {
    return relation.label() + "/" + subject;
  }

  /** How many documents of the corpus state it. */
  public int count() {
    return alone + inProfiles;
  }
}
