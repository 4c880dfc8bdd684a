package dev.loupe.model.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsFolder;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Bit for bit: the references come from gguf-py. */
@Tag("oracle")
class DequantiserOracleTest {
  @TestFactory
  Stream<DynamicTest> expandsBlocksOfEachTypeBitForBit() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> each :
        OracleFiles.json("smollm2/dequantise.json").get("types").properties()) {
      tests.add(
          DynamicTest.dynamicTest(
              each.getKey(),
              () -> {
                GgmlType type = GgmlType.valueOf(each.getKey());
                assertEquals(each.getValue().get("block_elements").asInt(), type.blockElements());
                assertEquals(each.getValue().get("block_bytes").asInt(), type.blockBytes());
                compare(type, each.getValue());
                if (each.getValue().has("quantise")) {
                  compare(type, each.getValue().get("quantise"));
                }
              }));
    }
    assertTrue(tests.size() >= 23);
    return tests.stream();
  }

  private static void compare(GgmlType type, JsonNode reference) {
    byte[] blocks = Base64.getDecoder().decode(reference.get("blocks_base64").asString());
    float[] expected = floats(reference.get("values_float32_base64").asString());
    long elements = (long) blocks.length / type.blockBytes() * type.blockElements();
    GgufTensor tensor =
        new GgufTensor("blocks", type, List.of(elements), MemorySegment.ofArray(blocks));
    assertSameBits(expected, Dequantiser.toFloats(tensor), type.name());
  }

  @Test
  void expandsTheSampleFileBitForBit() {
    try (Gguf gguf = Gguf.open(OracleFiles.at("models/gguf/quant-blocks.gguf"));
        Safetensors expected =
            Safetensors.open(OracleFiles.at("models/gguf/quant-blocks.expected.safetensors"))) {
      assertEquals(expected.tensors().keySet(), gguf.tensors().keySet());
      for (StoredTensor reference : expected.tensors().values()) {
        GgufTensor tensor = gguf.tensor(reference.name());
        assertEquals(reference.shape(), tensor.shape());
        assertSameBits(reference.toFloats(), Dequantiser.toFloats(tensor), reference.name());
        float[] lastRow = new float[Math.toIntExact(tensor.rowLength())];
        Dequantiser.expand(
            tensor,
            tensor.rows() - 1,
            tensor.rows(),
            RowOrder.AS_STORED,
            MemorySegment.ofArray(lastRow));
        float[] all = reference.toFloats();
        float[] tail = Arrays.copyOfRange(all, all.length - lastRow.length, all.length);
        assertSameBits(tail, lastRow, reference.name());
      }
    }
  }

  @Test
  void givesTheWeightsOfTheTwinAfterUndoingTheRowOrder() {
    for (JsonNode file : OracleFiles.json("models/gguf/cases.json").get("twin").get("files")) {
      try (Gguf gguf = Gguf.open(OracleFiles.at("models/gguf/" + file.asString()));
          TensorStore twin = SafetensorsFolder.open(OracleFiles.at("models/llama-plain/model"))) {
        compare(gguf, twin, "token_embd", "model.embed_tokens", RowOrder.AS_STORED);
        for (int layer = 0; layer < gguf.integer("llama.block_count"); layer++) {
          String from = "blk." + layer + ".";
          String to = "model.layers." + layer + ".";
          RowOrder heads = RowOrder.halfSplit(headSize(gguf));
          compare(gguf, twin, from + "attn_q", to + "self_attn.q_proj", heads);
          compare(gguf, twin, from + "attn_k", to + "self_attn.k_proj", heads);
          compare(gguf, twin, from + "attn_v", to + "self_attn.v_proj", RowOrder.AS_STORED);
          compare(gguf, twin, from + "ffn_down", to + "mlp.down_proj", RowOrder.AS_STORED);
          compare(gguf, twin, from + "ffn_norm", to + "post_attention_layernorm", row -> row);
        }
      }
    }
  }

  private static int headSize(Gguf gguf) {
    return Math.toIntExact(
        gguf.integer(
            "llama.attention.key_length",
            gguf.integer("llama.embedding_length") / gguf.integer("llama.attention.head_count")));
  }

  private static void compare(Gguf gguf, TensorStore twin, String from, String to, RowOrder order) {
    float[] expected = twin.get(to + ".weight").toFloats();
    assertSameBits(expected, Dequantiser.toFloats(gguf.tensor(from + ".weight"), order), from);
  }

  static float[] floats(String base64) {
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64));
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  static void assertSameBits(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Float.floatToRawIntBits(expected[i]),
          Float.floatToRawIntBits(actual[i]),
          what + "[" + i + "]: " + expected[i] + " and " + actual[i]);
    }
  }
}
