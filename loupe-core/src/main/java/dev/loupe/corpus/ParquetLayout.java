package dev.loupe.corpus;

import dev.loupe.corpus.ThriftReader.Struct;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The locations of the parts of a Parquet file, checked before its reader follows them: a range
 * outside of the file makes the reader search for bytes forever, a hostile length makes it allocate
 * gigabytes. Only the footer and the headers of the pages are read. The numbers are the fields of
 * the format's definition, parquet.thrift.
 */
final class ParquetLayout {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int MAGIC = 'P' | 'A' << 8 | 'R' << 16 | '1' << 24;

  /** The magic in front; behind, the length of the footer and the magic again. */
  private static final int START_BYTES = 4;

  private static final int END_BYTES = 8;

  /** Pages are about a megabyte; one document in a page of its own is the largest there can be. */
  private static final long LARGEST_PAGE = 512L << 20;

  private static final long REPEATED = 2;

  private final MemorySegment file;
  private final long end;

  private ParquetLayout(MemorySegment file, long end) {
    this.file = file;
    this.end = end;
  }

  /**
   * Checks a file.
   *
   * @param columns the columns at the top that will be read; pages of others are not looked at
   * @throws IOException if something is out of place
   */
  static void check(Path path, Set<String> columns) throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(path)) {
      MemorySegment file = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      long size = file.byteSize();
      if (size < START_BYTES + END_BYTES
          || file.get(INT, 0) != MAGIC
          || file.get(INT, size - 4) != MAGIC) {
        throw new IOException(
            "it does not start and end with PAR1: it is truncated or not Parquet");
      }
      long footer = file.get(INT, size - END_BYTES);
      if (footer <= 0 || footer > size - START_BYTES - END_BYTES) {
        throw new IOException("its footer claims " + footer + " bytes, which are not there");
      }
      long start = size - END_BYTES - footer;
      new ParquetLayout(file, start)
          .check(new ThriftReader(file.asSlice(start, footer)).struct(), columns);
    }
  }

  private void check(Struct footer, Set<String> columns) throws IOException {
    List<Struct> schema = footer.list(2, Struct.class);
    if (schema.isEmpty()) {
      throw new IOException("its footer has no schema");
    }
    Set<String> repeated =
        schema.stream()
            .filter(element -> element.number(3, 0) == REPEATED)
            .map(element -> element.text(4))
            .collect(Collectors.toSet());
    long rows = 0;
    for (Struct group : footer.list(4, Struct.class)) {
      long rowsOfGroup = group.number(3, -1);
      if (rowsOfGroup < 0 || rowsOfGroup > Long.MAX_VALUE - rows) {
        throw new IOException("a group of rows claims to have " + rowsOfGroup);
      }
      rows += rowsOfGroup;
      for (Struct column : group.list(1, Struct.class)) {
        Struct data = column.struct(3);
        List<String> path = data.list(3, String.class);
        if (!path.isEmpty() && columns.contains(path.getFirst())) {
          boolean flat = path.stream().noneMatch(repeated::contains);
          check(column, data, String.join(".", path), flat, rowsOfGroup);
        }
      }
    }
    if (rows != footer.number(3, rows)) {
      throw new IOException(
          "its footer gives %d rows, its row groups %d".formatted(footer.number(3, 0), rows));
    }
  }

  private void check(Struct column, Struct data, String name, boolean flat, long rows)
      throws IOException {
    long values = data.number(5, -1);
    if (flat ? values != rows : values < rows) {
      throw new IOException(
          "column %s claims %d values in a group of %d rows".formatted(name, values, rows));
    }
    long first = data.number(9, -1);
    long dictionary = data.number(11, 0);
    long from = dictionary > 0 ? Math.min(dictionary, first) : first;
    long size = data.number(7, -1);
    require(from, size, "column " + name);
    pages(from, from + size, values, name);
    // The indexes are optional, and their ranges are followed where they are given.
    if (column.has(4)) {
      require(column.number(4, -1), column.number(5, -1), "the offset index of column " + name);
      Struct index =
          new ThriftReader(file.asSlice(column.number(4, -1), column.number(5, -1))).struct();
      for (Struct page : index.list(1, Struct.class)) {
        require(page.number(1, -1), page.number(2, -1), "a page of column " + name);
      }
    }
    if (column.has(6)) {
      require(column.number(6, -1), column.number(7, -1), "the column index of column " + name);
    }
  }

  private void require(long from, long size, String what) throws IOException {
    if (from < START_BYTES || size < 0 || from > end || size > end - from) {
      throw new IOException(
          "%s claims %d bytes from byte %d, outside of the data".formatted(what, size, from));
    }
  }

  /** Goes from page to page by their headers, until the column has its values. */
  private void pages(long from, long to, long values, String name) throws IOException {
    long at = from;
    long found = 0;
    while (found < values && at < to) {
      ThriftReader reader = new ThriftReader(file.asSlice(at, to - at));
      Struct page = reader.struct();
      long plain = page.number(2, -1);
      long stored = page.number(3, -1);
      at += reader.position();
      if (stored < 0 || stored > to - at || plain < 0 || plain > LARGEST_PAGE) {
        throw new IOException(
            "a page of column %s claims %d bytes, %d when expanded, where %d follow"
                .formatted(name, stored, plain, to - at));
      }
      long inPage = Math.max(page.struct(5).number(1, 0), page.struct(8).number(1, 0));
      if (inPage < 0 || page.struct(5).number(1, 0) < 0 || page.struct(7).number(1, 0) < 0) {
        throw new IOException("a page of column " + name + " claims a negative number of values");
      }
      if (page.struct(7).number(1, 0) > 8 * plain + 1) {
        throw new IOException("a dictionary of column " + name + " claims more than it holds");
      }
      found += inPage;
      at += stored;
    }
    if (found != values) {
      throw new IOException(
          "the pages of column %s hold %d values, not %d".formatted(name, found, values));
    }
  }
}
