package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.fault.LoupeException;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

@Tag("oracle")
class SafetensorsOracleTest {
  private static final String FOLDER = "models/safetensors";

  /** The reference takes the later of two tensors with one name. */
  private static final Set<String> STRICTER = Set.of("name-repeated.safetensors");

  @TestFactory
  Stream<DynamicTest> judgesEachFileLikeTheReferenceReader() {
    Path folder = OracleFiles.at(FOLDER);
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode each : OracleFiles.json(FOLDER + "/cases.json").get("cases")) {
      Path file = folder.resolve(each.get("file").asString());
      tests.add(
          DynamicTest.dynamicTest(
              each.get("file").asString(),
              () -> {
                boolean accepted = each.get("verdict").asString().equals("accept");
                if (accepted && !STRICTER.contains(each.get("file").asString())) {
                  accepts(file, each);
                } else {
                  rejects(file);
                }
              }));
    }
    assertFalse(tests.isEmpty());
    return tests.stream();
  }

  private static void rejects(Path file) {
    LoupeException fault = assertThrows(LoupeException.class, () -> Safetensors.open(file).close());
    assertTrue(String.valueOf(fault.getMessage()).contains(file.toString()), fault.toString());
  }

  private static void accepts(Path file, JsonNode expected) {
    try (Safetensors opened = Safetensors.open(file)) {
      TreeSet<String> names = new TreeSet<>();
      expected.get("deserialize").get("names").forEach(name -> names.add(name.asString()));
      assertEquals(names, new TreeSet<>(opened.tensors().keySet()));
      if (expected.has("tensors")) {
        for (Map.Entry<String, JsonNode> tensor : expected.get("tensors").properties()) {
          compare(opened.get(tensor.getKey()), tensor.getValue());
        }
      }
    }
  }

  private static void compare(StoredTensor actual, JsonNode expected) {
    assertEquals(expected.get("dtype").asString(), actual.dtype().name());
    List<Long> shape = new ArrayList<>();
    expected.get("shape").forEach(size -> shape.add(size.asLong()));
    assertEquals(shape, actual.shape());
    byte[] bytes = actual.bytes().toArray(ValueLayout.JAVA_BYTE);
    assertEquals(expected.get("bytes").asString(), HexFormat.of().formatHex(bytes));
    if (actual.dtype() == DType.C64) {
      assertThrows(LoupeException.class, actual::toFloats);
      return;
    }
    float[] values = actual.toFloats();
    assertEquals(expected.get("values").size(), values.length);
    boolean nonFinite = false;
    for (int i = 0; i < values.length; i++) {
      String text = expected.get("values").get(i).asString();
      float value = parse(text);
      assertEquals(value, values[i], actual.name() + "[" + i + "] = " + text);
      nonFinite |= text.contains("nan") || text.contains("inf");
    }
    assertEquals(nonFinite, actual.hasNonFinite(), actual.name());
  }

  /** A number as Python prints it, rounded once. */
  private static float parse(String text) {
    return switch (text) {
      case "nan" -> Float.NaN;
      case "inf" -> Float.POSITIVE_INFINITY;
      case "-inf" -> Float.NEGATIVE_INFINITY;
      default ->
          text.matches("-?[0-9]+") ? new BigInteger(text).floatValue() : Float.parseFloat(text);
    };
  }
}
