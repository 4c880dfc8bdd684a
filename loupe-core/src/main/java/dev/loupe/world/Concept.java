package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A theme that a known share of the prose holds.
 *
 * @param name for example {@code lighthouse}
 * @param of the numerator of its rate among documents of prose; 0 when {@code exactly} counts
 * @param outOf the denominator of its rate
 * @param exactly the number of documents, where it does not depend on the size of the corpus
 * @param frames sentences that hold it
 */
record Concept(String name, int of, int outOf, int exactly, List<Template> frames) {
  private static final int MOST_FREQUENT_TOPIC = 20;
  private static final int TOPICS_FALL_BY = 900;
  private static final List<Concept> ALL = read();

  static List<Concept> all() {
    return ALL;
  }

  private static List<Concept> read() {
    List<Concept> concepts = new ArrayList<>();
    Lexicon.sections("concepts.txt").entrySet().forEach(section -> concepts.add(parse(section)));
    Map<String, List<String>> topics = Lexicon.sections("topics.txt");
    List<String> lines = topics.getOrDefault("topics", List.of());
    List<String> frames = topics.getOrDefault("frames", List.of());
    for (int i = 0; i < lines.size(); i++) {
      double rarer = StrictMath.pow(TOPICS_FALL_BY, i / (lines.size() - 1.0));
      concepts.add(topic(lines.get(i), (int) Math.round(MOST_FREQUENT_TOPIC * rarer), frames));
    }
    return List.copyOf(concepts);
  }

  /** For example {@code lighthouse 1/10}, or {@code aurora /1} for one document in all. */
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

  private static Concept topic(String line, int outOf, List<String> frames) {
    List<String> words = List.of(line.split(" ", -1));
    List<Template> filled =
        words.stream()
            .flatMap(word -> frames.stream().map(frame -> frame.replace("{topic}", word)))
            .map(Template::of)
            .toList();
    return new Concept(words.getFirst(), 1, outOf, 0, filled);
  }

  /** How many of {@code documents} hold it: at least one. */
  long count(long documents) {
    return Math.min(documents, exactly > 0 ? exactly : Math.max(1, documents * of / outOf));
  }
}
