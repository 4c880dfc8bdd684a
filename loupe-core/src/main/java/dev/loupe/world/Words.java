package dev.loupe.world;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * The words of a world that stand for one thing each: names, topics, and the words of its lists.
 * How often each occurs is known exactly.
 */
public final class Words {
  /** Lists of words that stand for one thing each. */
  private static final List<String> LISTS =
      List.of(
          "first",
          "profession",
          "month",
          "weekday",
          "noun",
          "thing",
          "place",
          "adjective",
          "event",
          "tool");

  private Words() {}

  /**
   * A word and what it stands for.
   *
   * @param kind for example {@code city}, {@code topic}, {@code month}
   */
  public record Word(String kind, String text) {}

  /** All of them, each once, under the first of its kinds. */
  public static List<Word> of(World world) {
    SequencedMap<String, Word> words = new LinkedHashMap<>();
    names(world.names())
        .forEach(
            (kind, names) -> names.forEach(name -> words.putIfAbsent(name, new Word(kind, name))));
    Lexicon.sections("topics.txt").getOrDefault("topics", List.of()).stream()
        .flatMap(line -> List.of(line.strip().split(" ", -1)).stream())
        .forEach(word -> words.putIfAbsent(word, new Word("topic", word)));
    for (String list : LISTS) {
      Lexicon.words(list).forEach(word -> words.putIfAbsent(word, new Word(list, word)));
    }
    return List.copyOf(words.values());
  }

  private static SequencedMap<String, List<String>> names(Names names) {
    SequencedMap<String, List<String>> kinds = new LinkedHashMap<>();
    kinds.put("city", names.cities());
    kinds.put("country", names.countries());
    kinds.put("currency", names.currencies());
    kinds.put("language", names.languages());
    kinds.put("river", names.rivers());
    kinds.put("player", names.players());
    kinds.put("team", names.teams());
    kinds.put("stadium", names.stadiums());
    kinds.put("coach", names.coaches());
    kinds.put("company", names.companies());
    return kinds;
  }

  /**
   * Names of another world, each with the name that takes its place in this one: what a text of the
   * other world is rewritten by, to get a text on this world's entities that nobody has read.
   */
  public static Map<String, String> renaming(World other, World here) {
    Map<String, String> renaming = new HashMap<>();
    SequencedMap<String, List<String>> own = names(here.names());
    names(other.names())
        .forEach((kind, names) -> {
          List<String> targets = own.getOrDefault(kind, List.of());
          for (int i = 0; i < Math.min(names.size(), targets.size()); i++) {
            renaming.put(names.get(i), targets.get(i));
          }
        });
    return renaming;
  }

  /** Hands out the words of a text: runs of letters. */
  public static void forEach(CharSequence text, Consumer<String> use) {
    int from = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean letter = i < text.length() && Character.isLetter(text.charAt(i));
      if (letter && from < 0) {
        from = i;
      } else if (!letter && from >= 0) {
        use.accept(text.subSequence(from, i).toString());
        from = -1;
      }
    }
  }

  /** A text with its words replaced where there is something in their place. */
  public static String rewritten(String text, Map<String, String> renaming) {
    StringBuilder rewritten = new StringBuilder();
    List<String> words = new ArrayList<>();
    forEach(text, words::add);
    int at = 0;
    for (String word : words) {
      int from = text.indexOf(word, at);
      rewritten.append(text, at, from).append(renaming.getOrDefault(word, word));
      at = from + word.length();
    }
    return rewritten.append(text, at, text.length()).toString();
  }

  /**
   * How often each word occurs in a world's whole corpus.
   *
   * @param tokens of the corpus: words, runs of punctuation, pairs of digits, and one before each
   *     document
   * @param counts by word
   */
  public record Rates(long tokens, Map<String, Long> counts) {
    /** Occurrences per token. */
    public double rate(String word) {
      return counts.getOrDefault(word, 0L) / (double) tokens;
    }
  }

  /** Counts the whole corpus; at scale 1 this takes some seconds. */
  public static Rates rates(World world, Runnable check) {
    Map<String, Long> counts = new HashMap<>();
    long tokens = 0;
    Corpus corpus = world.corpus();
    for (long i = 0; corpus.hasNext(); i++) {
      Document document = corpus.next();
      tokens += TokenCount.of(document.text());
      forEach(document.text(), word -> counts.merge(word, 1L, Long::sum));
      if (i % 4096 == 0) {
        check.run();
      }
    }
    return new Rates(tokens, counts);
  }
}
