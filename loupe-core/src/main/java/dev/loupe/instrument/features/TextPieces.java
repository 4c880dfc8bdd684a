package dev.loupe.instrument.features;

import dev.loupe.corpus.TokenFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The documents of a token file, cut into pieces that a model reads at once. Every piece is read by
 * itself and behind the token that begins documents, so that what a feature does in it depends on
 * nothing else. Pieces come in blocks of a fixed number; within a block, pieces of like length go
 * side by side.
 */
final class TextPieces {
  /** Pieces of a block, after which an index can be saved. */
  static final int BLOCK = 256;

  /** Positions that the model reads at once, at most, unless one piece alone has more. */
  private static final int MOST_POSITIONS = 1024;

  private static final int LENGTH_BITS = 20;

  private final TokenFile tokens;
  private final int start;
  private final long[] pieces;

  /**
   * A piece of a document.
   *
   * @param from index in the token file of its first token behind the one that begins it
   * @param length its tokens, the one that begins it included, at least 2
   */
  record Piece(long from, int length) {
    /** The index in the token file of what stands at a position from 1. */
    long index(int position) {
      return from + position - 1;
    }
  }

  /** Pieces side by side, shorter ones filled up on the right. */
  static final class Batch {
    private final List<Piece> pieces;
    private final int[][] rows;

    private Batch(List<Piece> pieces, int[][] rows) {
      this.pieces = List.copyOf(pieces);
      this.rows = rows;
    }

    List<Piece> pieces() {
      return pieces;
    }

    /** {@code [pieces, width]}. */
    int[][] rows() {
      return rows;
    }

    int width() {
      return rows[0].length;
    }

    /** {@code 1} where a position holds a token that counts, {@code [pieces · width]}. */
    float[] counted() {
      float[] counted = new float[rows.length * width()];
      for (int row = 0; row < rows.length; row++) {
        for (int t = 1; t < pieces.get(row).length(); t++) {
          counted[row * width() + t] = 1;
        }
      }
      return counted;
    }
  }

  private TextPieces(TokenFile tokens, int start, long[] pieces) {
    this.tokens = tokens;
    this.start = start;
    this.pieces = pieces;
  }

  /**
   * Cuts the documents of a file, which stays the caller's to close.
   *
   * @param context longest piece, the token that begins it included
   * @param most tokens of the file, beyond which no piece begins: one document may be very long
   */
  static TextPieces of(TokenFile tokens, int context, long most) {
    long[] starts = tokens.documentStarts();
    LongStream.Builder pieces = LongStream.builder();
    for (int i = 0; i < starts.length && starts[i] < most; i++) {
      long end = i + 1 < starts.length ? starts[i + 1] : tokens.size();
      for (long from = starts[i] + 1; from < Math.min(end, most); from += context - 1) {
        long length = 1 + Math.min(context - 1, end - from);
        pieces.add(from << LENGTH_BITS | length);
      }
    }
    int start = tokens.size() == 0 ? 0 : tokens.id(0);
    return new TextPieces(tokens, start, pieces.build().toArray());
  }

  /** How many pieces. */
  int count() {
    return pieces.length;
  }

  /** How many blocks. */
  int blocks() {
    return Math.ceilDiv(pieces.length, BLOCK);
  }

  /** Tokens of a block that count: all but those that begin a piece. */
  long counted(int block) {
    long sum = 0;
    for (int i = block * BLOCK; i < end(block); i++) {
      sum += piece(i).length() - 1;
    }
    return sum;
  }

  private int end(int block) {
    return Math.min(pieces.length, (block + 1) * BLOCK);
  }

  /** A piece by its number. */
  Piece piece(int number) {
    return new Piece(
        pieces[number] >>> LENGTH_BITS, (int) (pieces[number] & ((1 << LENGTH_BITS) - 1)));
  }

  /** The piece that a token of the file stands in. */
  Piece containing(long index) {
    int low = 0;
    int high = pieces.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (piece(middle).from() <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return piece(low);
  }

  /** The batches of a block; the same ones whenever it is read. */
  List<Batch> batches(int block) {
    List<Piece> sorted = new ArrayList<>();
    for (int i = block * BLOCK; i < end(block); i++) {
      sorted.add(piece(i));
    }
    sorted.sort(Comparator.comparingInt(Piece::length));
    List<Batch> batches = new ArrayList<>();
    int from = 0;
    for (int to = 1; to <= sorted.size(); to++) {
      boolean full =
          to == sorted.size() || (to - from + 1) * sorted.get(to).length() > MOST_POSITIONS;
      if (full) {
        batches.add(batch(sorted.subList(from, to)));
        from = to;
      }
    }
    return batches;
  }

  /** Some pieces side by side. */
  Batch batch(List<Piece> some) {
    int width = some.stream().mapToInt(Piece::length).max().orElseThrow();
    int[][] rows = new int[some.size()][width];
    for (int row = 0; row < rows.length; row++) {
      Piece piece = some.get(row);
      rows[row][0] = start;
      for (int t = 1; t < width; t++) {
        rows[row][t] = t < piece.length() ? tokens.id(piece.index(t)) : start;
      }
    }
    return new Batch(some, rows);
  }
}
