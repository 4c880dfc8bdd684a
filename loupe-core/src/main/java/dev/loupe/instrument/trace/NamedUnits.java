package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.fault.LoupeException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Units that a person groups under a name: a supernode as a line of a text file, {@code NAME:
 * LAYER/NUMBER@POSITION LAYER/NUMBER@POSITION …}.
 *
 * @param name without a line break
 * @param units at least one
 */
public record NamedUnits(String name, List<FeatureAt> units) {
  public NamedUnits {
    units = List.copyOf(units);
    if (units.isEmpty() || name.isBlank() || name.contains("\n")) {
      throw new IllegalArgumentException("a supernode has a name of one line and a unit");
    }
  }

  /**
   * Reads a file of them, one a line; empty lines and those that begin with # are left out.
   *
   * @param source of the text, for messages
   * @throws LoupeException if a line is no supernode, or there is none
   */
  public static List<NamedUnits> parse(String text, String source) {
    List<String> lines = text.lines().toList();
    List<NamedUnits> all =
        IntStream.range(0, lines.size())
            .filter(i -> !lines.get(i).isBlank() && !lines.get(i).startsWith("#"))
            .mapToObj(i -> line(lines.get(i).strip(), source + ", line " + (i + 1)))
            .toList();
    if (all.isEmpty()) {
      throw LoupeException.badInput(source + " holds no supernode", HOW);
    }
    return all;
  }

  private static final String HOW =
      "Write a supernode a line: its name, a colon, and units as LAYER/NUMBER@POSITION.";

  private static NamedUnits line(String line, String where) {
    // Names may hold colons; units cannot.
    int colon = line.lastIndexOf(':');
    if (colon < 1 || line.substring(colon + 1).isBlank()) {
      throw LoupeException.badInput(where + " is no supernode: '" + line + "'", HOW);
    }
    return new NamedUnits(
        line.substring(0, colon).strip(),
        Arrays.stream(line.substring(colon + 1).strip().split("\\s+"))
            .map(FeatureAt::parse)
            .distinct()
            .toList());
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return name + ": " + units.stream().map(FeatureAt::toString).collect(Collectors.joining(" "));
  }
}
