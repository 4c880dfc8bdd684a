package dev.loupe.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * What a result was made from and with, enough to make it again.
 *
 * @param inputs models and other files, by content
 * @param seed of everything random
 * @param dtype of the arithmetic
 * @param device where it ran
 * @param version of Loupe
 * @param java version of the runtime
 * @param engine version of the tensor library
 * @param seconds how long it took
 */
public record Provenance(
    List<Input> inputs,
    long seed,
    String dtype,
    String device,
    String version,
    String java,
    String engine,
    double seconds) {

  /** The version of this build. */
  public static final String LOUPE = "0.1.0";

  public Provenance {
    inputs = List.copyOf(inputs);
  }

  /** The same of a result that depends on the files of others too, each named once. */
  public Provenance and(List<Provenance> others) {
    SequencedSet<Input> all = new LinkedHashSet<>(inputs);
    others.forEach(other -> all.addAll(other.inputs));
    return new Provenance(List.copyOf(all), seed, dtype, device, version, java, engine, seconds);
  }

  /**
   * A file that the result depends on.
   *
   * @param name as the user would name it
   * @param sha256 lower-case hex
   */
  public record Input(String name, String sha256) {}
}
