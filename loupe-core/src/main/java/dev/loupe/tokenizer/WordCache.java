package dev.loupe.tokenizer;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Encodes long texts with a tokenizer that {@link BpeTrainer} made: as no token reaches over the
 * cuts of {@link WordSplit}, the native library is asked once for every distinct word.
 */
final class WordCache {
  /** More distinct words than this are forgotten and asked again. */
  private static final int MOST_WORDS = 1 << 20;

  private final NativeTokenizer tokenizer;
  private final Map<String, int[]> idsByWord = new ConcurrentHashMap<>();

  WordCache(NativeTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Whether words may be encoded one by one: the document cuts as we do and changes nothing. */
  static boolean suits(String json) {
    JsonNode root = new JsonMapper().readTree(json);
    return root.path("normalizer").isNull()
        && root.path("pre_tokenizer").equals(TrainedBpe.preTokenizer());
  }

  int[] ids(String text) {
    Ids ids = new Ids(text.length() / 2 + 8);
    WordSplit.words(text, word -> ids.append(idsByWord.computeIfAbsent(word, this::encode)));
    if (idsByWord.size() > MOST_WORDS) {
      idsByWord.clear();
    }
    return Arrays.copyOf(ids.values, ids.size);
  }

  private int[] encode(String word) {
    return toInts(tokenizer.encodeIds(word, false));
  }

  static int[] toInts(long[] ids) {
    return LongStream.of(ids).mapToInt(Math::toIntExact).toArray();
  }

  private static final class Ids {
    private int[] values;
    private int size;

    Ids(int capacity) {
      values = new int[capacity];
    }

    void append(int[] more) {
      if (size + more.length > values.length) {
        values = Arrays.copyOf(values, Math.max(2 * values.length, size + more.length));
      }
      System.arraycopy(more, 0, values, size, more.length);
      size += more.length;
    }
  }
}
