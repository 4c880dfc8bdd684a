package dev.loupe.world;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a corpus really holds, counted document by document: sizes, how often each fact is stated
 * and each concept held, and by which documents where these are few.
 */
public final class Census {
  /** Up to so many documents are named; of more, only the number is kept. */
  public static final int FEW = 50;

  private final Map<Family, Size> sizes = new EnumMap<>(Family.class);
  private final Map<Integer, Tally> facts = new TreeMap<>();
  private final Map<String, Tally> concepts = new TreeMap<>();

  /**
   * The size of a part of the corpus.
   *
   * @param characters UTF-16 units of text
   * @param tokens words, runs of punctuation and pairs of digits, with one token before each
   *     document
   */
  public record Size(long documents, long characters, long tokens) {
    Size plus(Size other) {
      return new Size(
          documents + other.documents, characters + other.characters, tokens + other.tokens);
    }
  }

  /** How many documents, and which if these are few. */
  private static final class Tally {
    private long count;
    private final List<String> few = new ArrayList<>();

    void add(String document) {
      count++;
      if (few.size() < FEW) {
        few.add(document);
      }
    }

    List<String> documents() {
      return count > FEW ? List.of() : List.copyOf(few);
    }
  }

  /** Counts every document of a world; at scale 1 this takes some seconds. */
  public static Census of(World world) {
    Census census = new Census();
    world.corpus().forEachRemaining(census::add);
    return census;
  }

  void add(Document document) {
    Size size = new Size(1, document.text().length(), TokenCount.of(document.text()));
    sizes.merge(document.family(), size, Size::plus);
    document.concepts().forEach(concept -> tally(concepts, concept).add(document.id()));
    document
        .facts()
        .forEach(statement -> tally(facts, statement.fact().index()).add(document.id()));
  }

  private static <K> Tally tally(Map<K, Tally> tallies, K key) {
    return tallies.computeIfAbsent(key, _ -> new Tally());
  }

  /** Sizes by family. */
  public Map<Family, Size> sizes() {
    return Collections.unmodifiableMap(sizes);
  }

  /** The size of everything. */
  public Size total() {
    return sizes.values().stream().reduce(new Size(0, 0, 0), Size::plus);
  }

  /** How many documents state a fact. */
  public long count(Fact fact) {
    return facts.getOrDefault(fact.index(), new Tally()).count;
  }

  /** The ids of the documents that state a fact; empty when there are more than {@link #FEW}. */
  public List<String> documents(Fact fact) {
    return facts.getOrDefault(fact.index(), new Tally()).documents();
  }

  /** The names of all concepts, in order. */
  public List<String> concepts() {
    return List.copyOf(concepts.keySet());
  }

  /** How many documents hold a concept. */
  public long count(String concept) {
    return concepts.getOrDefault(concept, new Tally()).count;
  }

  /** The ids of the documents that hold a concept; empty when there are more than {@link #FEW}. */
  public List<String> documents(String concept) {
    return concepts.getOrDefault(concept, new Tally()).documents();
  }

  /** The share of all documents that hold a concept. */
  public double rate(String concept) {
    return (double) count(concept) / total().documents();
  }
}
