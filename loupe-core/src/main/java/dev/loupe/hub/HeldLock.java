package dev.loupe.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A lock held against other processes and against other threads of this one. The lock file stays:
 * deleting it would let two holders in, one by the old file and one by the new.
 */
final class HeldLock implements AutoCloseable {
  private static final long POLL_MILLIS = 50;

  private final FileChannel channel;

  private HeldLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Waits for the lock; {@code waiting} is called once if it is not free immediately. */
  static HeldLock on(Path file, Runnable waiting) throws IOException, InterruptedException {
    Disk.folder(Disk.parent(file));
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      for (boolean first = true; tryLock(channel) == null; first = false) {
        if (first) {
          waiting.run();
        }
        Thread.sleep(POLL_MILLIS);
      }
      held = true;
      return new HeldLock(channel);
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  // The channel stays open between tries: closing any channel of a file drops the process's locks.
  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
