package dev.loupe.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Advice to the system about the pages of a mapped file. Without it a page that was read once
 * counts as this process's memory until the file is closed, though the system could do without, and
 * each few pages are mapped by an interrupt of their own. Only on Linux; elsewhere nothing happens.
 */
final class FilePages {
  private static final int DONT_NEED = 4;
  private static final int POPULATE_READ = 22;
  private static final long PAGE = 4096;

  private static final Optional<MethodHandle> ADVISE = find();

  private FilePages() {}

  /** Maps all pages at once, for bytes that are about to be read from end to end. */
  static void expect(MemorySegment bytes) {
    advise(bytes, POPULATE_READ);
  }

  /** Unmaps the pages; who reads them later gets the same bytes. */
  static void letGo(MemorySegment bytes) {
    advise(bytes, DONT_NEED);
  }

  private static void advise(MemorySegment bytes, int advice) {
    if (ADVISE.isEmpty() || !bytes.isMapped()) {
      return;
    }
    long from = Math.ceilDiv(bytes.address(), PAGE) * PAGE;
    long to = (bytes.address() + bytes.byteSize()) / PAGE * PAGE;
    if (to > from) {
      try {
        // A kernel without such advice reports it, and pages are managed as usual.
        int _ = (int) ADVISE.get().invokeExact(from, to - from, advice);
      } catch (Throwable e) {
        throw new IllegalStateException("madvise cannot be called", e);
      }
    }
  }

  @SuppressWarnings("restricted") // the one system call that the JDK has no method for
  private static Optional<MethodHandle> find() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.empty();
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("madvise")
        .map(call ->
            linker.downcallHandle(
                call,
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT)));
  }
}
