package dev.loupe.tensor;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.LfsPointer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A whole file seen as memory, read only. Pages are loaded when they are touched, so opening a
 * large checkpoint costs nothing. The bytes may be read from any thread until {@link #close}; after
 * that, reading throws {@link IllegalStateException}.
 *
 * <p>The file must not shrink while it is mapped: the operating system answers a read past its new
 * end with a fault.
 *
 * @param path the file
 * @param bytes its content
 * @param arena owns the mapping
 */
public record MappedFile(Path path, MemorySegment bytes, Arena arena) implements AutoCloseable {
  /**
   * Maps a file.
   *
   * @throws LoupeException if there is no such file, it is not a plain file or a pointer of Git
   *     LFS, or it cannot be read
   */
  @SuppressWarnings("MustBeClosedChecker") // the record owns the arena; close() ends it
  public static MappedFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw LoupeException.badInput(path + ": is a folder, not a file", "Name the file inside it.");
    }
    refusePointer(path);
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      return new MappedFile(path, bytes, arena);
    } catch (IOException | UnsupportedOperationException e) {
      arena.close();
      throw FileFault.cannotRead(path, e);
    }
  }

  private static void refusePointer(Path path) {
    try {
      LfsPointer.refuse(path);
    } catch (IOException e) {
      throw FileFault.cannotRead(path, e);
    }
  }

  /** Bytes in the file. */
  public long size() {
    return bytes.byteSize();
  }

  /** Ends the mapping; every segment sliced from it ends too. */
  @Override
  public void close() {
    arena.close();
  }
}
