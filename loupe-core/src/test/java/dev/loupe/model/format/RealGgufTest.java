package dev.loupe.model.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.OracleFiles;
import dev.loupe.RealModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NonFinite;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The reader on a real model, against what gguf-py says of it. */
@Tag("oracle")
@Tag("weights")
class RealGgufTest {
  private static final String SUMMARY = "smollm2/gguf_summary.json";

  @Test
  void listsTheTensorsOfTheRealModel() {
    JsonNode summary = OracleFiles.json(SUMMARY);
    try (Gguf gguf = Gguf.open(RealModel.path())) {
      List<String> names = new ArrayList<>();
      for (JsonNode expected : summary.get("tensors")) {
        GgufTensor tensor = gguf.tensor(expected.get("name").asString());
        names.add(tensor.name());
        assertEquals(expected.get("type").asString(), tensor.type().name());
        assertEquals(expected.get("bytes").asLong(), tensor.bytes().byteSize());
        List<Long> shape = new ArrayList<>();
        expected.get("shape_gguf").forEach(size -> shape.addFirst(size.asLong()));
        assertEquals(shape, tensor.shape());
      }
      assertEquals(names, List.copyOf(gguf.tensors().keySet()));
      long parameters = gguf.tensors().values().stream().mapToLong(GgufTensor::elements).sum();
      assertEquals(summary.get("parameters").asLong(), parameters);
    }
  }

  @Test
  void readsTheMetadataOfTheRealModel() {
    try (Gguf gguf = Gguf.open(RealModel.path())) {
      for (Map.Entry<String, JsonNode> entry :
          OracleFiles.json(SUMMARY).get("metadata").properties()) {
        if (!entry.getKey().startsWith("GGUF.")) {
          compare(gguf, entry.getKey(), entry.getValue());
        }
      }
    }
  }

  private static void compare(Gguf gguf, String key, JsonNode expected) {
    if (expected.isObject()) {
      boolean texts = expected.get("first").get(0).isString();
      List<?> actual = texts ? gguf.strings(key) : gguf.integers(key);
      assertEquals(expected.get("length").asInt(), actual.size(), key);
      assertEquals(list(expected.get("first")), strings(actual.subList(0, 4)), key);
      int size = actual.size();
      assertEquals(list(expected.get("last")), strings(actual.subList(size - 4, size)), key);
    } else if (expected.isArray()) {
      assertEquals(list(expected), gguf.strings(key), key);
    } else if (expected.isString()) {
      assertEquals(expected.asString(), gguf.text(key), key);
    } else if (expected.isBoolean()) {
      assertEquals(expected.asBoolean(), gguf.flag(key), key);
    } else if (expected.isIntegralNumber()) {
      assertEquals(expected.asLong(), gguf.integer(key), key);
    } else {
      assertEquals(expected.asDouble(), gguf.number(key), key);
    }
  }

  private static List<String> list(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asString()));
    return texts;
  }

  private static List<String> strings(List<?> values) {
    return values.stream().map(String::valueOf).toList();
  }

  @Test
  void expandsRowsOfTheRealModelBitForBit() {
    JsonNode rows = OracleFiles.json("smollm2/dequantise.json").get("rows_of_the_model");
    try (Gguf gguf = Gguf.open(RealModel.path())) {
      for (JsonNode each : rows) {
        GgufTensor tensor = gguf.tensor(each.get("tensor").asString());
        assertEquals(each.get("type").asString(), tensor.type().name());
        long row = each.get("row").asLong();
        float[] values = new float[Math.toIntExact(tensor.rowLength())];
        Dequantiser.expand(tensor, row, row + 1, RowOrder.AS_STORED, MemorySegment.ofArray(values));
        DequantiserOracleTest.assertSameBits(
            DequantiserOracleTest.floats(each.get("values_float32_base64").asString()),
            values,
            tensor.name() + " row " + row);
      }
    }
  }

  @Test
  void expandsTheWholeModelToFiniteNumbers() {
    try (Gguf gguf = Gguf.open(RealModel.path());
        Arena arena = Arena.ofShared()) {
      for (GgufTensor tensor : gguf.tensors().values()) {
        MemorySegment values = arena.allocate(tensor.elements() * Float.BYTES, Float.BYTES);
        Dequantiser.expand(tensor, RowOrder.AS_STORED, values);
        assertEquals(false, NonFinite.in(DType.F32, values), tensor.name());
      }
    }
  }
}
