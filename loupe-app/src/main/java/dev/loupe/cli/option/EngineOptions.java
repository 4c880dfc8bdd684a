package dev.loupe.cli.option;

import dev.loupe.tensor.DType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the engine computes: the options of every command that runs a model. */
public final class EngineOptions {
  /** The element types a model can compute in. */
  public enum Precision {
    FLOAT32(DType.F32),
    BFLOAT16(DType.BF16);

    private final DType dtype;

    Precision(DType dtype) {
      this.dtype = dtype;
    }

    public DType dtype() {
      return dtype;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Weights of a matrix of an MLP: almanac's have 2¹⁸, SmolLM2-135M's nearly 2²⁰. */
  private static final long LEAST_SHARED_WEIGHTS = 1L << 19;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      order = 800,
      description = "Seed of all random choices (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      order = 801,
      converter = OptionConverters.Count.class,
      description =
          "Number of compute threads (default: one per core; one for a single prompt of a model as"
              + " small as almanac).")
  private @Nullable Integer threads;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      order = 802,
      description =
          "Floating-point type of the computation: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}). Where sums must close, bfloat16 keeps the weights as their"
              + " file holds them, half the memory, and computes in float32.")
  private Precision precision = Precision.FLOAT32;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      order = 803,
      converter = OptionConverters.Device.class,
      description = "Device to compute on: cpu, cuda or cuda:NUMBER (default: ${DEFAULT-VALUE}).")
  private String device = "cpu";

  /** Seed of everything random. */
  public long seed() {
    return seed;
  }

  /** Threads of the engine, at least one. */
  public int threads() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /**
   * Threads for a single prompt. The operations of a small model are over before a second thread
   * has woken: a trace of almanac takes a fifth more processor time with two, and no less time.
   */
  public int threadsForOnePrompt(int dModel, int dMlp) {
    boolean isSmall = (long) dModel * dMlp < LEAST_SHARED_WEIGHTS;
    return threads == null && isSmall ? 1 : threads();
  }

  /** The type to compute in. */
  public DType dtype() {
    return precision.dtype;
  }

  /** {@code cpu}, {@code cuda} or {@code cuda:NUMBER}. */
  public String device() {
    return device;
  }
}
