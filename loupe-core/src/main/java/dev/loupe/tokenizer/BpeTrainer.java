package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns a byte-level BPE vocabulary (Sennrich et al. 2016; bytes as in GPT-2) from texts that it
 * sees once, one after the other; only the table of distinct words stays in memory. The result
 * depends on the counts of words alone: equally frequent pairs are merged in the order of their
 * numbers, as Hugging Face's trainer does, whose vocabulary is the same.
 *
 * <pre>{@code
 * BpeTrainer trainer = new BpeTrainer(4096, BpeTrainer.CHAT_TOKENS);
 * texts.forEach(trainer::add);
 * trainer.train().write(folder);
 * }</pre>
 */
public final class BpeTrainer {
  /** Stands before every document. */
  public static final String END_OF_TEXT = "<|endoftext|>";

  /** Opens a turn of a conversation. */
  public static final String TURN_START = "<|im_start|>";

  /** Ends a turn of a conversation. */
  public static final String TURN_END = "<|im_end|>";

  /** The control tokens of a model that may become a chat model, in the order of their numbers. */
  public static final List<String> CHAT_TOKENS = List.of(END_OF_TEXT, TURN_START, TURN_END);

  private static final int LARGEST_VOCABULARY = 1 << 20;

  /** A pair that occurs once teaches nothing about any other text. */
  private static final long LEAST_COUNT = 2;

  private final int vocabularySize;
  private final List<String> controlTokens;
  private final Map<String, long[]> countByWord = new HashMap<>();

  /** A distinct word: the tokens it consists of at present and how often it occurs. */
  private static final class Word {
    private int[] tokens;
    private final long count;

    Word(int[] tokens, long count) {
      this.tokens = tokens;
      this.count = count;
    }
  }

  /** Two neighbouring tokens: how often they occur, and words that hold or once held them. */
  private static final class Pair {
    private final int left;
    private final int right;
    private final List<Word> words = new ArrayList<>();
    private long count;

    Pair(int left, int right) {
      this.left = left;
      this.right = right;
    }

    long key() {
      return key(left, right);
    }

    static long key(int left, int right) {
      return (long) left << Integer.SIZE | right;
    }
  }

  /** A pair with the count that it had when it was put in the queue. */
  private record Candidate(Pair pair, long count) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingLong(Candidate::count)
            .reversed()
            .thenComparingLong(candidate -> candidate.pair().key());
  }

  /**
   * A trainer that has seen nothing yet.
   *
   * @param vocabularySize how many tokens there shall be, control tokens and the 256 bytes included
   * @param controlTokens tokens that no text contains, the first numbers of the vocabulary; the
   *     first of them begins every document
   * @throws LoupeException if the vocabulary has no room for the bytes and the control tokens
   */
  public BpeTrainer(int vocabularySize, List<String> controlTokens) {
    int least = 256 + controlTokens.size();
    if (vocabularySize < least || vocabularySize > LARGEST_VOCABULARY) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "a vocabulary of %,d tokens is out of range: 256 bytes and %d control tokens are"
                  + " always in it",
              vocabularySize,
              controlTokens.size()),
          String.format(Locale.ROOT, "choose a size from %,d to %,d", least, LARGEST_VOCABULARY));
    }
    if (controlTokens.isEmpty() || new HashSet<>(controlTokens).size() < controlTokens.size()) {
      throw new IllegalArgumentException("control tokens must be there and differ");
    }
    this.vocabularySize = vocabularySize;
    this.controlTokens = List.copyOf(controlTokens);
  }

  /** Counts the words of a text. */
  public void add(String text) {
    WordSplit.words(text, word -> countByWord.computeIfAbsent(word, _ -> new long[1])[0]++);
  }

  /**
   * The vocabulary for what was added. It stays smaller than asked for when no pair of tokens is
   * left that occurs twice.
   */
  public TrainedBpe train() {
    List<String> pieces = new ArrayList<>(controlTokens);
    pieces.addAll(ByteAlphabet.characters());
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < pieces.size(); i++) {
      numbers.put(pieces.get(i), i);
    }
    Map<Long, Pair> pairs = new HashMap<>();
    countByWord.forEach((text, count) -> countPairs(word(text, count[0]), pairs));
    PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.BEST_FIRST);
    pairs.values().forEach(pair -> queue.add(new Candidate(pair, pair.count)));

    List<TrainedBpe.Merge> merges = new ArrayList<>();
    while (pieces.size() < vocabularySize && !queue.isEmpty()) {
      Candidate best = queue.poll();
      Pair pair = best.pair();
      if (pair.count < LEAST_COUNT) {
        continue;
      }
      if (pair.count != best.count()) {
        queue.add(new Candidate(pair, pair.count));
        continue;
      }
      String left = pieces.get(pair.left);
      String right = pieces.get(pair.right);
      merges.add(new TrainedBpe.Merge(left, right));
      // Two ways to one text share a token.
      Integer known = numbers.putIfAbsent(left + right, pieces.size());
      int merged = known == null ? pieces.size() : known;
      if (known == null) {
        pieces.add(left + right);
      }
      Set<Pair> grown = new HashSet<>();
      for (Word word : pair.words) {
        merge(word, pair, merged, pairs, grown);
      }
      pair.words.clear();
      grown.forEach(other -> queue.add(new Candidate(other, other.count)));
    }
    return new TrainedBpe(controlTokens, pieces, merges);
  }

  private Word word(String text, long count) {
    int[] tokens = ByteAlphabet.numbers(text);
    Arrays.setAll(tokens, i -> tokens[i] + controlTokens.size());
    return new Word(tokens, count);
  }

  private static void countPairs(Word word, Map<Long, Pair> pairs) {
    for (int i = 0; i + 1 < word.tokens.length; i++) {
      Pair pair = pair(word.tokens[i], word.tokens[i + 1], pairs);
      pair.count += word.count;
      if (pair.words.isEmpty() || pair.words.getLast() != word) {
        pair.words.add(word);
      }
    }
  }

  private static Pair pair(int left, int right, Map<Long, Pair> pairs) {
    return pairs.computeIfAbsent(Pair.key(left, right), _ -> new Pair(left, right));
  }

  /** Joins the pair wherever the word holds it, and counts the word's pairs again. */
  private static void merge(
      Word word, Pair pair, int merged, Map<Long, Pair> pairs, Set<Pair> grown) {
    int[] old = word.tokens;
    int[] joined = new int[old.length];
    int size = 0;
    for (int i = 0; i < old.length; i++) {
      boolean here = i + 1 < old.length && old[i] == pair.left && old[i + 1] == pair.right;
      joined[size++] = here ? merged : old[i];
      i += here ? 1 : 0;
    }
    if (size == old.length) {
      return;
    }
    for (int i = 0; i + 1 < old.length; i++) {
      pair(old[i], old[i + 1], pairs).count -= word.count;
    }
    word.tokens = Arrays.copyOf(joined, size);
    for (int i = 0; i + 1 < size; i++) {
      Pair left = pair(joined[i], joined[i + 1], pairs);
      left.count += word.count;
      if (joined[i] == merged || joined[i + 1] == merged) {
        grown.add(left);
        left.words.add(word);
      }
    }
  }
}
