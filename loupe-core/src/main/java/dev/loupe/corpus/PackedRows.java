package dev.loupe.corpus;

import dev.loupe.fault.LoupeException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Documents laid out in rows of one length. A row begins where a document begins and holds whole
 * documents; the rest of a row is padded, and padding does not count in the loss. A document that
 * fills its room best may come up to {@value #LOOK_AHEAD} documents early; otherwise they keep
 * their order. A document longer than a row continues over several, each repeating the last token
 * of the one before, so that every token is predicted once.
 */
public final class PackedRows implements TrainingRows {
  private static final int LOOK_AHEAD = 32;

  /** A piece is its first token and its length in one number; a row is shorter than this. */
  private static final int LENGTH_BITS = 20;

  private final TokenFile tokens;
  private final int context;
  private final long[] pieces;
  private final int[] firstPieces;
  private final long padding;

  /** In which order documents are read. */
  public enum Order {
    /** As the corpus gives them. */
    GIVEN,
    /** Drawn by a seed. */
    SHUFFLED
  }

  private PackedRows(TokenFile tokens, int context, Layout layout) {
    this.tokens = tokens;
    this.context = context;
    this.pieces = layout.pieces.build().toArray();
    this.firstPieces = layout.firstPieces.build().toArray();
    this.padding =
        (long) firstPieces.length * (context + 1)
            - Arrays.stream(pieces).map(PackedRows::length).sum();
  }

  /**
   * Lays out all documents of a file, which stays the caller's to close.
   *
   * @param context positions predicted in a row
   * @param seed decides the order when it is {@link Order#SHUFFLED}
   * @throws LoupeException if the context is out of range
   */
  public static PackedRows of(TokenFile tokens, int context, Order order, long seed) {
    if (context < 2 || context >= 1 << LENGTH_BITS) {
      throw LoupeException.badInput(
          String.format(Locale.ROOT, "a context of %,d tokens is out of range", context),
          String.format(Locale.ROOT, "Choose one from 2 to %,d.", (1 << LENGTH_BITS) - 1));
    }
    long[] starts = tokens.documentStarts();
    long[] ends = new long[starts.length];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = i + 1 < starts.length ? starts[i + 1] : tokens.size();
    }
    int[] reading = IntStream.range(0, starts.length).toArray();
    if (order == Order.SHUFFLED) {
      shuffle(reading, new Random(seed));
    }
    Layout layout = new Layout(starts, ends, context + 1);
    layout.fill(reading);
    return new PackedRows(tokens, context, layout);
  }

  @Override
  public long count() {
    return firstPieces.length;
  }

  @Override
  public int context() {
    return context;
  }

  @Override
  public OptionalInt documentStart() {
    return tokens.size() == 0 ? OptionalInt.empty() : OptionalInt.of(tokens.id(0));
  }

  @Override
  public void read(long row, int[] into, boolean[] counts) {
    int number = Math.toIntExact(row);
    int end = number + 1 < firstPieces.length ? firstPieces[number + 1] : pieces.length;
    int filled = 0;
    for (int piece = firstPieces[number]; piece < end; piece++) {
      long from = pieces[piece] >>> LENGTH_BITS;
      for (long i = from; i < from + length(pieces[piece]); i++, filled++) {
        into[filled] = tokens.id(i);
        if (filled > 0) {
          counts[filled - 1] = tokens.counts(i);
        }
      }
    }
    Arrays.fill(into, filled, context + 1, tokens.id(0));
    Arrays.fill(counts, filled - 1, context, false);
  }

  /** How many positions of all rows are padding. */
  public long padding() {
    return padding;
  }

  /** The share of all positions that is padding. */
  public double paddingShare() {
    return (double) padding / ((double) count() * (context + 1));
  }

  /** How many positions of all rows count in the loss. */
  public long counted() {
    long sum = 0;
    int[] row = new int[context + 1];
    boolean[] counts = new boolean[context];
    for (long i = 0; i < count(); i++) {
      read(i, row, counts);
      for (boolean count : counts) {
        sum += count ? 1 : 0;
      }
    }
    return sum;
  }

  private static long length(long piece) {
    return piece & ((1 << LENGTH_BITS) - 1);
  }

  private static void shuffle(int[] values, Random random) {
    for (int i = values.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int value = values[i];
      values[i] = values[other];
      values[other] = value;
    }
  }

  /** Fills row after row. */
  private static final class Layout {
    private final long[] starts;
    private final long[] ends;
    private final int width;
    private final LongStream.Builder pieces = LongStream.builder();
    private final IntStream.Builder firstPieces = IntStream.builder();
    private int pieceCount;
    private int room;

    /**
     * @param width tokens in a row
     */
    Layout(long[] starts, long[] ends, int width) {
      this.starts = starts;
      this.ends = ends;
      this.width = width;
    }

    void fill(int[] reading) {
      Deque<Integer> waiting = new ArrayDeque<>();
      int next = 0;
      while (next < reading.length || !waiting.isEmpty()) {
        while (waiting.size() < LOOK_AHEAD && next < reading.length) {
          waiting.add(reading[next++]);
        }
        if (!placeFirstThatFits(waiting)) {
          newRow();
        }
      }
    }

    private boolean placeFirstThatFits(Deque<Integer> waiting) {
      for (Iterator<Integer> documents = waiting.iterator(); documents.hasNext(); ) {
        int document = documents.next();
        long length = ends[document] - starts[document];
        if (length <= room || (length > width && room > 1)) {
          documents.remove();
          place(document);
          return true;
        }
      }
      return false;
    }

    private void place(int document) {
      long from = starts[document];
      long end = ends[document];
      while (true) {
        int length = (int) Math.min(room, end - from);
        pieces.add(from << LENGTH_BITS | length);
        pieceCount++;
        room -= length;
        if (from + length == end) {
          return;
        }
        from += length - 1;
        newRow();
      }
    }

    private void newRow() {
      firstPieces.add(pieceCount);
      room = width;
    }
  }
}
