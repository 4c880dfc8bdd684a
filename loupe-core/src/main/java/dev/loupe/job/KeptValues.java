package dev.loupe.job;

import dev.loupe.file.Sha256;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Numbers that long work has measured, kept in a file as they come, so that the same work goes on
 * where it was stopped. What is kept is a whole batch under all that it depends on: resumed work
 * runs the batches that it would have run, and comes to the same bits.
 */
public final class KeptValues {
  /** Keeps nothing. */
  public static final KeptValues NONE = new KeptValues(Optional.empty(), "");

  private final Optional<FigureLog<Batch>> log;
  private final String part;

  private record Batch(String batch, List<Double> values) {}

  private KeptValues(Optional<FigureLog<Batch>> log, String part) {
    this.log = log;
    this.part = part;
  }

  /**
   * Opens a file, or begins it.
   *
   * @param of what is measured, in words that are the same each time and tell all that the values
   *     depend on beside the names of batches
   * @throws dev.loupe.fault.LoupeException if the file is of other work, damaged, or cannot be
   *     written
   */
  public static KeptValues in(Path file, String of) {
    return new KeptValues(Optional.of(FigureLog.open(file, of, Batch.class, Batch::batch)), "");
  }

  /** The same file for a part of the work, whose batches may be named as others are. */
  public KeptValues part(String name) {
    return new KeptValues(log, part + name + "\n");
  }

  /**
   * A batch from the file, or measured and written there.
   *
   * @param name all that the values depend on within the part
   */
  public double[] of(Supplier<String> name, Supplier<double[]> measured) {
    if (log.isEmpty()) {
      return measured.get();
    }
    String batch = Sha256.of(part + name.get());
    return log.get()
        .find(batch)
        .map(kept -> kept.values().stream().mapToDouble(Double::doubleValue).toArray())
        .orElseGet(() -> {
          double[] values = measured.get();
          log.get().add(new Batch(batch, Arrays.stream(values).boxed().toList()));
          return values;
        });
  }
}
