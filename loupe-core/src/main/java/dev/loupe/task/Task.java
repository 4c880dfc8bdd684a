package dev.loupe.task;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a model is to do.
 *
 * @param name of one word or a file, for people
 * @param source where the pairs come from, a phrase
 * @param metric of every pair
 * @param pairs those that choose a circuit and those that test it
 */
public record Task(String name, String source, Metric metric, List<TaskPair> pairs) {
  public Task {
    pairs = List.copyOf(pairs);
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException("the task " + name + " has no pair");
    }
  }

  /** What to do where twins are missing. */
  static final String GIVE_TWINS =
      "Give every pair a \"corrupted\" prompt of as many tokens, or ask for what needs none.";

  /**
   * Checks that some pairs have twins.
   *
   * @param need why they are needed, a clause
   * @throws LoupeException naming the first pair that has none
   */
  public void requireTwins(List<TaskPair> some, String need) {
    for (TaskPair pair : some) {
      if (pair.corrupted().isEmpty()) {
        throw LoupeException.badInput(
            "%s: has no corrupted twin, and %s".formatted(place(pair), need), GIVE_TWINS);
      }
    }
  }

  private String place(TaskPair pair) {
    return "%s, pair %d".formatted(name, pairs.indexOf(pair) + 1);
  }

  /** The same pairs by another metric. */
  public Task by(Metric other) {
    return new Task(name, source, other, pairs);
  }

  /** The pairs that choose a circuit. */
  public List<TaskPair> train() {
    return pairs.stream().filter(pair -> !pair.heldOut()).toList();
  }

  /** The pairs that test it. */
  public List<TaskPair> heldOut() {
    return pairs.stream().filter(TaskPair::heldOut).toList();
  }

  /** At most so many pairs of each side of the split, the first ones. */
  public Task limited(int most) {
    List<TaskPair> kept = new ArrayList<>(train().stream().limit(most).toList());
    kept.addAll(heldOut().stream().limit(most).toList());
    return new Task(name, source, metric, kept);
  }

  /**
   * Half of the pairs to choose a circuit, the others to test it: by a hash of the clean prompts
   * and the seed, so that the order in which they are given does not matter, and equal prompts are
   * on one side.
   */
  public static List<TaskPair> split(List<TaskPair> pairs, long seed) {
    List<String> prompts = pairs.stream().map(TaskPair::clean).distinct().toList();
    List<String> ordered =
        prompts.stream()
            .sorted(
                Comparator.comparingLong((String text) -> hash(text, seed))
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    Set<String> out = new HashSet<>(ordered.subList((ordered.size() + 1) / 2, ordered.size()));
    return pairs.stream()
        .sorted(Comparator.comparingInt(pair -> ordered.indexOf(pair.clean())))
        .map(pair -> pair.held(out.contains(pair.clean())))
        .toList();
  }

  /** FNV-1a over the text's bytes, mixed with the seed. */
  private static long hash(String text, long seed) {
    long hash = 0xCBF29CE484222325L ^ (seed * 0x9E3779B97F4A7C15L);
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (each & 0xFF)) * 0x100000001B3L;
    }
    return hash ^ (hash >>> 31);
  }

  /**
   * Some pairs in a model's tokens.
   *
   * @throws LoupeException as {@link TokenPair#of}
   */
  public List<TokenPair> tokens(List<TaskPair> some, Tokenizer tokenizer) {
    return IntStream.range(0, some.size())
        .mapToObj(i -> TokenPair.of(some.get(i), metric, tokenizer, place(some.get(i))))
        .toList();
  }
}
