package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The same model as a folder and as GGUF files. */
@Tag("oracle")
class GgufTwinTest {
  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "models");

  private static JsonNode twin() {
    Path cases = ROOT.resolve("gguf/cases.json");
    assumeTrue(Files.exists(cases), "no GGUF fixtures under " + ROOT);
    return JsonMapper.shared().readTree(cases.toFile()).get("twin");
  }

  static List<Path> files() {
    return StreamSupport.stream(twin().get("files").spliterator(), false)
        .map(name -> ROOT.resolve("gguf").resolve(name.stringValue()))
        .toList();
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }

  @ParameterizedTest
  @MethodSource("files")
  void givesTheVeryLogitsOfTheFolder(Path file) {
    Path folder = ROOT.resolve(twin().get("same_weights_as").stringValue());
    JsonNode sequences =
        JsonMapper.shared()
            .readTree(folder.resolveSibling("expected.json").toFile())
            .get("sequences");
    for (long most : new long[] {Long.MAX_VALUE, 0}) {
      LoadOptions options = new LoadOptions(DType.F32, most);
      try (Transformer gguf = ModelLoader.transformer(file, options);
          Transformer hugging = ModelLoader.transformer(folder, options)) {
        for (JsonNode sequence : sequences) {
          TokenBatch tokens = TokenBatch.of(ints(sequence.get("ids")));
          try (var _ = NativeScope.open()) {
            assertArrayEquals(
                hugging.logits(tokens, Hooks.NONE).toFloats(),
                gguf.logits(tokens, Hooks.NONE).toFloats());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void meetsTheReferenceLogits(Path file) {
    Path expected = ROOT.resolve(twin().get("logits").stringValue());
    JsonNode sequences =
        JsonMapper.shared()
            .readTree(expected.resolveSibling("expected.json").toFile())
            .get("sequences");
    try (Transformer model = ModelLoader.transformer(file, LoadOptions.of(DType.F64));
        Safetensors wanted = Safetensors.open(expected)) {
      for (int k = 0; k < sequences.size(); k++) {
        double[] logits =
            wanted
                .get("s" + k + ".logits")
                .bytes()
                .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
        try (var _ = NativeScope.open()) {
          TokenBatch tokens = TokenBatch.of(ints(sequences.get(k).get("ids")));
          assertArrayEquals(logits, model.logits(tokens, Hooks.NONE).toDoubles(), 1e-10);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsTextsAsTheReference(Path file) {
    try (LanguageModel model = LanguageModel.open(file, LoadOptions.DEFAULT)) {
      for (JsonNode text : twin().get("texts")) {
        assertEquals(
            Arrays.toString(ints(text.get("ids"))),
            Arrays.toString(model.tokenizer().encode(text.get("text").stringValue(), false).ids()),
            text.get("text").stringValue());
      }
    }
  }
}
