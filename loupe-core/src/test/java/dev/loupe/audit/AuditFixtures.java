package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.loupe.OracleFiles;
import dev.loupe.statistics.Interval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reference values: any file of the layout, in any folder below {@code loupe.oracles}. */
final class AuditFixtures {
  /** By the fixtures' README: absolute, values of order 1. */
  static final double TOLERANCE = 1e-9;

  /** By the README, since clipping at 1e-15 rounds. */
  static final double LOG_TOLERANCE = 1e-7;

  static final double LEVEL = 0.95;

  private static final int DEPTH = 4;

  private AuditFixtures() {}

  /** The files whose name matches. */
  static List<Path> files(String pattern) throws IOException {
    Path root = OracleFiles.at("");
    try (Stream<Path> found = Files.walk(root, DEPTH)) {
      List<Path> files =
          found
              .filter(file -> file.getFileName().toString().matches(pattern))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      Assumptions.assumeFalse(files.isEmpty(), "no " + pattern + " below " + root);
      return files;
    }
  }

  /** The members of these arrays, of all files of that name that have it. */
  static List<JsonNode> cases(String name, String property) throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (Path file : files(Pattern.quote(name))) {
      JsonNode read = JsonMapper.shared().readTree(Files.readString(file));
      read.path(property).forEach(cases::add);
    }
    Assumptions.assumeFalse(cases.isEmpty(), "no " + property + " in any " + name);
    return cases;
  }

  static double number(JsonNode node) {
    assertFalse(node.isMissingNode());
    if (node.isNull()) {
      return Double.NaN;
    }
    return node.isString() ? Double.parseDouble(node.asString()) : node.asDouble();
  }

  static void near(JsonNode expected, double actual, String what) {
    near(expected, actual, TOLERANCE, what);
  }

  static void near(JsonNode expected, double actual, double tolerance, String what) {
    double value = number(expected);
    if (Double.isNaN(value)) {
      assertEquals(value, actual, what);
      return;
    }
    // Of order 1 or absolute, as the README has it; counts and estimates of them are larger.
    assertEquals(value, actual, tolerance * Math.max(1, Math.abs(value)), what);
  }

  static void near(JsonNode expected, Interval actual, String what) {
    if (expected.isNull()) {
      assertFalse(actual.isDefined(), what + ": " + actual);
      return;
    }
    near(expected.get(0), actual.low(), what + ", low");
    near(expected.get(1), actual.high(), what + ", high");
  }

  static double[] numbers(JsonNode list) {
    return list.valueStream().mapToDouble(AuditFixtures::number).toArray();
  }

  static boolean[] truths(JsonNode list) {
    boolean[] truths = new boolean[list.size()];
    for (int i = 0; i < truths.length; i++) {
      truths[i] = list.get(i).asInt() == 1;
    }
    return truths;
  }

  static List<Grade> grades(JsonNode letters) {
    return letters
        .valueStream()
        .map(each ->
            switch (each.asString()) {
              case "c" -> Grade.RIGHT;
              case "w" -> Grade.WRONG;
              default -> Grade.ABSTAINED;
            })
        .toList();
  }
}
