package dev.loupe.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The word lists and sentence frames that the Almanac is made of, read from its resource files. */
final class Lexicon {
  private static final Map<String, List<String>> WORDS = splitIntoWords(sections("words.txt"));
  private static final Map<String, List<Template>> FRAMES = parse(sections("phrases.txt"));

  private Lexicon() {}

  /** The words of a list of {@code words.txt}. */
  static List<String> words(String list) {
    return known(WORDS, list);
  }

  /** The frames of a section of {@code phrases.txt}. */
  static List<Template> frames(String section) {
    return known(FRAMES, section);
  }

  /** Fills gaps that are named after word lists. */
  static String word(String list, RandomSource random) {
    return random.pick(words(list));
  }

  private static <T> List<T> known(Map<String, List<T>> sections, String name) {
    List<T> section = sections.get(name);
    if (section == null) {
      throw new IllegalStateException("the world's resources have no section " + name);
    }
    return section;
  }

  /** The lines below each {@code [heading]}, without comments and empty lines. */
  static Map<String, List<String>> sections(String resource) {
    Map<String, List<String>> sections = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    for (String line : lines(resource)) {
      if (line.startsWith("[")) {
        current = new ArrayList<>();
        sections.put(line.substring(1, line.length() - 1), current);
      } else if (!line.isBlank() && !line.startsWith("#")) {
        current.add(line);
      }
    }
    return sections;
  }

  private static List<String> lines(String resource) {
    return text(resource).lines().toList();
  }

  /** The whole of a resource. */
  static String text(String resource) {
    try (InputStream file = Lexicon.class.getResourceAsStream(resource)) {
      if (file == null) {
        throw new IllegalStateException(resource + " is not on the class path");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, List<String>> splitIntoWords(Map<String, List<String>> sections) {
    Map<String, List<String>> words = new LinkedHashMap<>();
    sections.forEach((name, lines) ->
        words.put(
            name, lines.stream().flatMap(line -> Stream.of(line.strip().split(" ", -1))).toList()));
    return words;
  }

  private static Map<String, List<Template>> parse(Map<String, List<String>> sections) {
    Map<String, List<Template>> frames = new LinkedHashMap<>();
    sections.forEach((name, lines) -> frames.put(name, lines.stream().map(Template::of).toList()));
    return frames;
  }
}
