package dev.loupe.model.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.fault.LoupeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

@Tag("oracle")
class GgufOracleTest {
  private static final String FOLDER = "models/gguf";

  @TestFactory
  Stream<DynamicTest> judgesEachFileAsItsCaseSays() {
    Path folder = OracleFiles.at(FOLDER);
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode each : OracleFiles.json(FOLDER + "/cases.json").get("cases")) {
      Path file = folder.resolve(each.get("file").asString());
      boolean accept = each.get("verdict").asString().equals("accept");
      tests.add(
          DynamicTest.dynamicTest(
              each.get("file").asString(),
              () -> {
                if (accept) {
                  Gguf.open(file).close();
                } else {
                  rejects(file);
                }
              }));
    }
    assertFalse(tests.isEmpty());
    return tests.stream();
  }

  private static void rejects(Path file) {
    LoupeException fault = assertThrows(LoupeException.class, () -> Gguf.open(file).close());
    assertTrue(String.valueOf(fault.getMessage()).startsWith(file + ": byte "), fault.toString());
  }

  @Test
  void opensEveryOtherFileOfTheFolder() throws Exception {
    List<String> judged = new ArrayList<>();
    for (JsonNode each : OracleFiles.json(FOLDER + "/cases.json").get("cases")) {
      judged.add(each.get("file").asString());
    }
    int opened = 0;
    try (Stream<Path> files = Files.list(OracleFiles.at(FOLDER))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".gguf")).toList()) {
        if (!judged.contains(String.valueOf(file.getFileName()))) {
          try (Gguf gguf = Gguf.open(file)) {
            assertFalse(gguf.tensors().isEmpty());
            opened++;
          }
        }
      }
    }
    assertTrue(opened > 0);
  }

  @Test
  void readsEveryValueType() {
    try (Gguf gguf = Gguf.open(OracleFiles.at(FOLDER + "/ok-every-value-type.gguf"))) {
      assertEquals(200, gguf.integer("u8"));
      assertEquals(-100, gguf.integer("i8"));
      assertEquals(65535, gguf.integer("u16"));
      assertEquals(-3, gguf.integer("i16"));
      assertEquals(4294967295L, gguf.integer("u32"));
      assertEquals(-5, gguf.integer("i32"));
      assertEquals(0.25, gguf.number("f32"));
      assertTrue(gguf.flag("flag"));
      assertEquals("é中", gguf.text("text"));
      assertEquals(List.of(1L, -2L, 3L), gguf.integers("list"));
      assertEquals(List.of(1.0, -2.0, 3.0), gguf.numbers("list"));
      assertEquals(List.of("one", ""), gguf.strings("words"));
      assertEquals(Long.MIN_VALUE, gguf.integer("i64"));
      assertEquals(0.1, gguf.number("f64"));
      assertEquals("uint64", gguf.typeOf("u64"));
      assertThrows(LoupeException.class, () -> gguf.integer("u64"), "2^64 - 1 needs 65 bits");
    }
  }
}
