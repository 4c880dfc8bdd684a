package dev.loupe.job;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second piece of work out of the folder that a first one writes; ends with the process,
 * however that ends. The file {@code .lock} stays and means nothing on its own.
 */
public final class FolderLock implements AutoCloseable {
  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Locks a folder, which is made when it is missing.
   *
   * @param work what writes there, for messages: {@code training}
   * @throws LoupeException if other work has it, or the disk refuses
   */
  public static FolderLock of(Path folder, String work) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        channel.close();
        throw LoupeException.badInput(
            folder + ": another " + work + " is writing there",
            "Wait for it or stop it, or name another folder.");
      }
      return new FolderLock(folder, channel);
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // this process has it
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }
}
