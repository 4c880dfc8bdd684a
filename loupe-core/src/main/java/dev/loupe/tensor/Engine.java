package dev.loupe.tensor;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/** The native engine as a whole: its version and its threads. */
public final class Engine {
  private Engine() {}

  /** Name and version, for provenance. */
  public static String version() {
    String presets = torch.class.getPackage().getImplementationVersion();
    return "libtorch " + (presets == null ? "of unknown version" : presets);
  }

  /**
   * Sets how many threads one operation may use. Both libraries are told, because a matrix product
   * that goes to the other one would otherwise keep its own count.
   */
  public static void useThreads(int threads) {
    torch.set_num_threads(threads);
    openblas.blas_set_num_threads(threads);
  }

  /** How many threads one operation may use. */
  public static int threads() {
    return torch.get_num_threads();
  }

  /** Loads the native libraries now rather than at the first operation. */
  public static void load() {
    Loader.load(torch.class);
  }
}
