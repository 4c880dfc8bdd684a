package dev.loupe.model.format;

/**
 * Which stored row becomes which row of the result. llama.cpp's converter reorders the query and
 * key rows of the llama architecture; {@link #halfSplit} undoes that.
 */
@FunctionalInterface
public interface RowOrder {
  /** Rows as they are stored. */
  RowOrder AS_STORED = row -> row;

  /** The stored row that becomes row {@code row} of the result. */
  long storedRow(long row);

  /**
   * Query and key rows in Hugging Face's order. Rotary embedding turns pairs of rows of a head.
   * Hugging Face pairs row {@code i} with row {@code i + headSize / 2} (half-split); GGUF keeps a
   * pair together, at {@code 2 i} and {@code 2 i + 1}. So row {@code half * headSize / 2 + i} of a
   * head lies in the file at {@code 2 i + half}.
   *
   * @param headSize rows of one head, even
   */
  static RowOrder halfSplit(int headSize) {
    if (headSize <= 0 || headSize % 2 != 0) {
      throw new IllegalArgumentException("head size " + headSize + " is not even");
    }
    int half = headSize / 2;
    return row -> {
      long inHead = row % headSize;
      return row - inHead + 2 * (inHead % half) + inHead / half;
    };
  }

  /**
   * Fused rows in Hugging Face's order, {@code [groups, queries + 2, headSize]}: of each group its
   * queries, a key and a value. llama.cpp's converter writes all queries first, then all keys, then
   * all values.
   *
   * @param groups heads of keys and values
   * @param queries heads of queries in each group
   */
  static RowOrder fused(int groups, int queries, int headSize) {
    return row -> {
      long within = row % headSize;
      long head = row / headSize % (queries + 2);
      long group = row / headSize / (queries + 2);
      long stored =
          head < queries
              ? group * queries + head
              : (long) groups * queries + (head - queries) * groups + group;
      return stored * headSize + within;
    };
  }
}
