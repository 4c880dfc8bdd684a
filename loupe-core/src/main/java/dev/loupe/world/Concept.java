package dev.loupe.world;

import java.util.List;
import java.util.Map;

/**
 * A theme that a known share of the prose holds.
 *
 * @param name for example {@code lighthouse}
 * @param of the numerator of its rate among documents of prose; 0 when {@code exactly} counts
 * @param outOf the denominator of its rate
 * @param exactly the number of documents, where it does not depend on the size of the corpus
 */
record Concept(String name, int of, int outOf, int exactly, List<Template> frames) {
  private static final List<Concept> ALL =
      Lexicon.sections("concepts.txt").entrySet().stream().map(Concept::parse).toList();

  static List<Concept> all() {
    return ALL;
  }

  private static Concept parse(Map.Entry<String, List<String>> section) {
    String heading = section.getKey();
    int space = heading.lastIndexOf(' ');
    String[] rate = heading.substring(space + 1).split("/", -1);
    boolean exact = rate[0].isEmpty();
    int number = Integer.parseInt(rate[1]);
    return new Concept(
        heading.substring(0, space),
        exact ? 0 : Integer.parseInt(rate[0]),
        exact ? 1 : number,
        exact ? number : 0,
        section.getValue().stream().map(Template::of).toList());
  }

  /** How many of {@code documents} hold it: at least one. */
  long count(long documents) {
    return Math.min(documents, exactly > 0 ? exactly : Math.max(1, documents * of / outOf));
  }
}
