package dev.loupe.tensor;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntSupplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/**
 * The native engine as a whole: its version and its threads.
 *
 * <p>Its libraries are loaded by one thread while the others wait. Loading initialises classes from
 * native code, and each such class loads libraries when it is initialised from Java: two threads
 * that come from both ends wait for each other for ever. So every class through which this package
 * first meets the engine calls {@link #load} in its static initialiser.
 */
public final class Engine {
  private static boolean loaded;

  /** The default of a thread; -1 while the engine decides. */
  private static int usualThreads = -1;

  private Engine() {}

  /** Name and version, for provenance. */
  public static String version() {
    String presets = torch.class.getPackage().getImplementationVersion();
    return "libtorch " + (presets == null ? "of unknown version" : presets);
  }

  /**
   * Sets how many threads one operation of this thread may use, and of threads that start later: a
   * setting of the process, for its beginning.
   */
  public static synchronized void useThreads(int threads) {
    load();
    usualThreads = threads;
    torch.set_num_threads(threads);
  }

  /**
   * Sets how many threads one operation of this thread may use, and of no other: for workers, so
   * that what goes on beside them stays as it is.
   */
  public static synchronized void useThreadsHere(int threads) {
    load();
    if (usualThreads < 0) {
      usualThreads = elsewhere(torch::get_num_threads);
    }
    torch.get_num_threads(); // a thread's first question or operation takes the process's setting
    torch.set_num_threads(threads);
    // The engine takes the last setting of any thread for those that start later.
    elsewhere(() -> {
      torch.set_num_threads(usualThreads);
      return usualThreads;
    });
  }

  /** What a new thread answers. */
  private static int elsewhere(IntSupplier question) {
    FutureTask<Integer> answer = new FutureTask<>(question::getAsInt);
    Thread.ofPlatform().name("loupe-engine-setting").daemon().start(answer);
    boolean isInterrupted = false;
    try {
      while (true) {
        try {
          return answer.get();
        } catch (InterruptedException _) {
          isInterrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** How many threads one operation may use. */
  public static int threads() {
    load();
    return torch.get_num_threads();
  }

  /**
   * Whether oneDNN multiplies bfloat16 on this processor, and no slower than float32; found out by
   * trying. Where it does not, products in bfloat16 are those of widened factors, rounded.
   */
  public static boolean multipliesBfloat16() {
    load();
    return Bfloat16Support.isThere();
  }

  /**
   * The instructions that the engine's own kernels use: {@code AVX2}, {@code AVX512} and the like.
   */
  public static String instructions() {
    load();
    return torch.get_cpu_capability().getString();
  }

  /** Bytes of physical memory that this process holds now, its native memory included. */
  public static long residentBytes() {
    load();
    return Pointer.physicalBytes();
  }

  /** Bytes of physical memory that this machine has. */
  public static long physicalMemory() {
    load();
    return Pointer.totalPhysicalBytes();
  }

  /**
   * How many tensors are {@link Tensor#retain retained} now, those retained twice counted twice:
   * the same before and after work that has released all that it kept. All threads count; what
   * scopes hold does not.
   */
  public static long retainedTensors() {
    return Tensor.RETAINED.sum();
  }

  /** Loads the native libraries now rather than at the first operation; returns when they are. */
  public static synchronized void load() {
    if (!loaded) {
      Loader.load(torch.class);
      Loader.load(openblas.class);
      openblas.blas_set_num_threads(1); // Products says why
      loaded = true;
    }
  }
}
