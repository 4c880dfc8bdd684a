package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reference values: any file of the fixtures' layout, in any folder below {@code loupe.oracles}.
 */
final class Fixtures {
  private static final int DEPTH = 3;

  private Fixtures() {}

  /** The files of that name that have this property. */
  static List<JsonNode> named(String name, String property) throws IOException {
    Path root = OracleFiles.at("");
    try (Stream<Path> found = Files.walk(root, DEPTH)) {
      List<Path> files =
          found.filter(file -> file.endsWith(name)).filter(Files::isRegularFile).sorted().toList();
      List<JsonNode> contents = new ArrayList<>();
      for (Path file : files) {
        JsonNode read = JsonMapper.shared().readTree(Files.readString(file));
        if (read.has(property)) {
          contents.add(read);
        }
      }
      Assumptions.assumeFalse(contents.isEmpty(), "no " + name + " below " + root);
      return contents;
    }
  }

  /** The README's tolerance: relative to the expected value, but of no less than 1e-6. */
  static void near(double expected, double actual, double tolerance, String what) {
    if (Double.isNaN(expected) || Double.isInfinite(expected)) {
      assertEquals(expected, actual, what);
    } else {
      assertTrue(
          Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-6),
          () -> what + ": expected " + expected + " but was " + actual);
    }
  }

  /** Null is undefined, and infinities are words. */
  static double number(JsonNode node) {
    if (node.isNull()) {
      return Double.NaN;
    }
    return node.isString() ? Double.parseDouble(node.asString()) : node.asDouble();
  }

  static void near(JsonNode expected, Interval actual, double tolerance, String what) {
    if (expected.isNull()) {
      assertTrue(!actual.isDefined(), () -> what + ": " + actual);
    } else {
      near(number(expected.get(0)), actual.low(), tolerance, what + ", low");
      near(number(expected.get(1)), actual.high(), tolerance, what + ", high");
    }
  }

  static double[] numbers(JsonNode list) {
    return list.valueStream().mapToDouble(Fixtures::number).toArray();
  }
}
