package dev.loupe.dictionary.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.LfsPointer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * NumPy's {@code .npz}: a zip of {@code .npy} arrays, read into memory outside the heap. Only plain
 * little-endian numbers: arrays of Python objects would have to be unpickled, which can run code,
 * and are refused. What a header claims is compared with the size of its entry, and that with the
 * size of the file, before anything is allocated.
 */
final class Npz implements TensorStore {
  /** No deflated byte gives more than this many. */
  private static final long MOST_INFLATION = 1032;

  private static final int MOST_HEADER_BYTES = 1 << 16;
  private static final int MOST_ARRAYS = 1024;
  private static final int PIECE = 1 << 16;
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '([^']{2,16})', 'fortran_order': (True|False),"
              + " 'shape': \\(((?:\\d{1,18}(?:, ?\\d{1,18}){0,31},?)?)\\),? ?\\}\\s*");
  private static final Map<String, DType> TYPES =
      Map.of(
          "<f2", DType.F16, "<f4", DType.F32, "<f8", DType.F64, "<i4", DType.I32, "<i8", DType.I64);

  private final Path path;
  private final Arena arena;
  private final SequencedMap<String, StoredTensor> tensors;

  private Npz(Path path, Arena arena, SequencedMap<String, StoredTensor> tensors) {
    this.path = path;
    this.arena = arena;
    this.tensors = Collections.unmodifiableSequencedMap(tensors);
  }

  /**
   * Opens a file.
   *
   * @throws LoupeException if it cannot be read, is damaged, or holds anything but plain numbers
   */
  @SuppressWarnings("MustBeClosedChecker") // the object owns the arena; close() ends it
  static Npz open(Path path) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try (ZipFile zip = zip(path)) {
      Npz result = new Npz(path, arena, new Reading(path, zip, arena).arrays());
      opened = true;
      return result;
    } catch (NoSuchFileException e) {
      throw LoupeException.badInput(path + ": no such file", "Check the path.", e);
    } catch (IOException | IllegalArgumentException e) {
      // The JDK answers some damaged names with the second.
      throw LoupeException.badInput(
          path + ": is not a readable npz file (" + e.getMessage() + ")",
          "The file is damaged or of another kind: download it again.",
          e);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  private static ZipFile zip(Path path) throws IOException {
    LfsPointer.refuse(path);
    return new ZipFile(path.toFile());
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public String origin() {
    return path.toString();
  }

  @Override
  public void close() {
    arena.close();
  }

  private record Header(DType dtype, boolean columnMajor, List<Long> shape) {}

  private record Reading(Path path, ZipFile zip, Arena arena) {
    SequencedMap<String, StoredTensor> arrays() throws IOException {
      SequencedMap<String, StoredTensor> arrays = new LinkedHashMap<>();
      Enumeration<? extends ZipEntry> entries = zip.entries();
      long fileBytes = Files.size(path);
      long claimed = 0;
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        String name = entry.getName().replaceFirst("\\.npy$", "");
        long packed = Math.max(0, entry.getCompressedSize());
        claimed += packed;
        if (claimed < 0 || claimed > fileBytes || entry.getSize() / MOST_INFLATION > packed) {
          throw fault(
              name,
              String.format(
                  Locale.ROOT, "claims %,d bytes, more than the file can hold", entry.getSize()));
        }
        if (arrays.size() == MOST_ARRAYS) {
          throw fault(
              name, String.format(Locale.ROOT, "is one of more than %,d arrays", MOST_ARRAYS));
        }
        try (DataInputStream bytes = new DataInputStream(zip.getInputStream(entry))) {
          if (arrays.put(name, array(name, entry.getSize(), bytes)) != null) {
            throw fault(name, "occurs twice");
          }
        } catch (EOFException e) {
          throw LoupeException.badInput(
              path + ": array " + name + " ends too early", "Download the file again.", e);
        }
      }
      return arrays;
    }

    private StoredTensor array(String name, long entryBytes, DataInputStream bytes)
        throws IOException {
      byte[] start = bytes.readNBytes(MAGIC.length + 2);
      if (start.length < MAGIC.length + 2
          || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
        throw fault(name, "is not an npy array");
      }
      int version = start[MAGIC.length];
      if (version < 1 || version > 3) {
        throw fault(name, "is npy version %d; 1 to 3 are known".formatted(version));
      }
      boolean isShort = version == 1;
      long length =
          isShort
              ? Short.toUnsignedInt(Short.reverseBytes(bytes.readShort()))
              : Integer.toUnsignedLong(Integer.reverseBytes(bytes.readInt()));
      if (length > MOST_HEADER_BYTES) {
        throw fault(name, String.format(Locale.ROOT, "has a header of %,d bytes", length));
      }
      Header header =
          header(name, new String(bytes.readNBytes((int) length), StandardCharsets.ISO_8859_1));
      long data = entryBytes - start.length - (isShort ? 2 : 4) - length;
      long wanted = bytes(name, header);
      if (data != wanted) {
        throw fault(
            name,
            String.format(
                Locale.ROOT,
                "is %s %s, which needs %,d bytes, but has %,d",
                header.dtype(),
                header.shape(),
                wanted,
                data));
      }
      MemorySegment values = arena.allocate(Math.max(1, wanted), 8).asSlice(0, wanted);
      fill(values, bytes);
      if (bytes.read() >= 0) {
        throw fault(name, "holds more bytes than its header says");
      }
      MemorySegment rows = header.columnMajor() ? rowMajor(header, values) : values;
      return new StoredTensor(name, header.dtype(), header.shape(), rows);
    }

    private Header header(String name, String text) {
      Matcher parts = HEADER.matcher(text);
      if (!parts.matches()) {
        throw fault(name, "has a header that is not understood");
      }
      String type = parts.group(1);
      if (type.contains("O")) {
        throw fault(name, "holds Python objects, which Loupe does not unpickle");
      }
      DType dtype = TYPES.get(type);
      if (dtype == null) {
        throw fault(name, "has the element type %s; known are %s".formatted(type, TYPES.keySet()));
      }
      List<Long> shape = new ArrayList<>();
      Matcher sizes = Pattern.compile("\\d+").matcher(parts.group(3));
      while (sizes.find()) {
        shape.add(Long.parseLong(sizes.group()));
      }
      boolean columnMajor = parts.group(2).equals("True") && shape.size() > 1;
      if (columnMajor && shape.size() != 2) {
        throw fault(name, "is stored by columns in %d dimensions".formatted(shape.size()));
      }
      return new Header(dtype, columnMajor, shape);
    }

    private long bytes(String name, Header header) {
      try {
        long bytes = header.dtype().bytes();
        for (long size : header.shape()) {
          bytes = Math.multiplyExact(bytes, size);
        }
        return bytes;
      } catch (ArithmeticException e) {
        throw LoupeException.badInput(
            path + ": array " + name + " claims 2^63 bytes or more", "Download the file again.", e);
      }
    }

    private static void fill(MemorySegment values, InputStream bytes) throws IOException {
      byte[] piece = new byte[PIECE];
      for (long at = 0; at < values.byteSize(); ) {
        int read = bytes.read(piece, 0, (int) Math.min(PIECE, values.byteSize() - at));
        if (read < 0) {
          throw new EOFException();
        }
        MemorySegment.copy(MemorySegment.ofArray(piece), 0, values, at, read);
        at += read;
      }
    }

    private MemorySegment rowMajor(Header header, MemorySegment columns) {
      long height = header.shape().getFirst();
      long width = header.shape().getLast();
      int step = header.dtype().bytes();
      MemorySegment rows = arena.allocate(Math.max(1, columns.byteSize()), 8);
      for (long row = 0; row < height; row++) {
        for (long column = 0; column < width; column++) {
          MemorySegment.copy(
              columns, (column * height + row) * step, rows, (row * width + column) * step, step);
        }
      }
      return rows.asSlice(0, columns.byteSize());
    }

    private LoupeException fault(String name, String what) {
      return LoupeException.badInput(
          path + ": array " + name + " " + what,
          "The file is damaged or of another kind: download it again.");
    }
  }
}
