package dev.loupe.corpus;

import static java.util.Objects.requireNonNull;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.LongStream;

/**
 * The tokens of many documents, one after the other, in a memory-mapped file: a little-endian
 * 32-bit word per token, whose two highest bits mark whether the token begins a document and
 * whether it is left out of the loss.
 */
public final class TokenFile implements AutoCloseable {
  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int UNCOUNTED = 1 << 31;
  private static final int STARTS = 1 << 30;
  private static final int ID = STARTS - 1;

  private final Arena arena;
  private final MemorySegment words;

  private TokenFile(Arena arena, MemorySegment words) {
    this.arena = arena;
    this.words = words;
  }

  /**
   * Maps a file that {@link Writer} wrote.
   *
   * @throws LoupeException if it is missing or its size or beginning is not that of such a file
   */
  @SuppressWarnings("MustBeClosedChecker") // the object owns the arena; close() ends it
  public static TokenFile open(Path file) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      MemorySegment words = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      if (size % WORD.byteSize() != 0 || (size > 0 && (words.get(WORD, 0) & STARTS) == 0)) {
        throw LoupeException.badInput(
            file + ": is not a file of encoded documents", "Delete it; it will be written again.");
      }
      opened = true;
      return new TokenFile(arena, words);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** How many tokens it holds. */
  public long size() {
    return words.byteSize() / WORD.byteSize();
  }

  /** The number of the token at {@code index}. */
  public int id(long index) {
    return words.getAtIndex(WORD, index) & ID;
  }

  /** Whether the token at {@code index} counts in the loss when it is predicted. */
  public boolean counts(long index) {
    return words.getAtIndex(WORD, index) >= 0;
  }

  /** Where the documents begin, in order. */
  public long[] documentStarts() {
    return LongStream.range(0, size())
        .filter(index -> (words.getAtIndex(WORD, index) & STARTS) != 0)
        .toArray();
  }

  @Override
  public void close() {
    arena.close();
  }

  /**
   * Writes a token file under a temporary name and moves it into place when all documents are in
   * it.
   */
  public static final class Writer implements AutoCloseable {
    private final Path target;
    private final Path aside;
    private final OutputStream out;
    private final byte[] word = new byte[Integer.BYTES];
    private long tokens;

    /**
     * Begins a file.
     *
     * @throws LoupeException if the disk refuses
     */
    public Writer(Path target) {
      this.target = target;
      this.aside = target.resolveSibling(target.getFileName() + ".part");
      try {
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null) {
          Files.createDirectories(folder);
        }
        this.out = new BufferedOutputStream(Files.newOutputStream(aside), 1 << 16);
      } catch (IOException e) {
        throw refused(e);
      }
    }

    /**
     * Appends a document.
     *
     * @throws LoupeException as {@link DocumentEncoder} does, or if the disk refuses
     */
    public void add(Document document, DocumentEncoder encoder) {
      try {
        encoder.encode(document, this::write);
      } catch (UncheckedIOException e) {
        throw refused(requireNonNull(e.getCause()));
      }
    }

    private void write(int id, boolean starts, boolean counts) {
      int value = id | (starts ? STARTS : 0) | (counts ? 0 : UNCOUNTED);
      for (int i = 0; i < word.length; i++) {
        word[i] = (byte) (value >>> (Byte.SIZE * i));
      }
      try {
        out.write(word);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      tokens++;
    }

    /** How many tokens have been written. */
    public long tokens() {
      return tokens;
    }

    /**
     * Ends the file and puts it into place.
     *
     * @throws LoupeException if the disk refuses
     */
    public void finish() {
      try {
        out.close();
        Files.move(
            aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw refused(e);
      }
    }

    /** Drops what was not finished. */
    @Override
    public void close() {
      try (OutputStream _ = out) {
        Files.deleteIfExists(aside);
      } catch (IOException _) {
        // The failure that brought us here, or none, is the one to tell.
      }
    }

    private LoupeException refused(IOException cause) {
      return FileFault.cannotWrite(target, cause);
    }
  }
}
