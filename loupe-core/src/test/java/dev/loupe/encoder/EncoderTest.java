package dev.loupe.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.encoder.EntailmentModel.Inference;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Two tiny networks (loupe-bench/peer/tiny_encoders.py) beside numpy in float64. */
class EncoderTest {
  private static final double CLOSE = 1e-5;

  @TempDir private Path temporary;

  private static JsonNode expected() throws IOException {
    return JsonText.read(TinyEncoders.FOLDER.resolve("expected.json"));
  }

  private static double[] numbers(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  @Test
  void embeddingsAreThoseOfTheSecondComputation() throws IOException {
    try (EmbeddingModel model = EmbeddingModel.open(TinyEncoders.embedding())) {
      for (Map.Entry<String, JsonNode> each : expected().path("embeddings").properties()) {
        assertArrayEquals(numbers(each.getValue()), model.embed(each.getKey()), CLOSE);
      }
      double[] a = numbers(expected().path("embeddings").path("The cat sleeps."));
      double[] b = numbers(expected().path("embeddings").path("A dog runs on the mat."));
      assertEquals(
          IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum(),
          model.similarity("The cat sleeps.", "A dog runs on the mat."),
          CLOSE);
      assertEquals(1, model.similarity("A cat.", "A cat."), CLOSE);
      assertEquals(Optional.empty(), model.caveat());
    }
  }

  @Test
  void labelsAreFoundByName() throws IOException {
    try (EntailmentModel model = EntailmentModel.open(TinyEncoders.entailment())) {
      for (JsonNode each : expected().path("inferences")) {
        String premise = each.get(0).asString();
        String hypothesis = each.get(1).asString();
        same(each.get(2), model.infer(premise, hypothesis));
        assertEquals(
            Math.max(
                model.infer(premise, hypothesis).contradicted(),
                model.infer(hypothesis, premise).contradicted()),
            model.contradiction(premise, hypothesis));
      }
    }
  }

  private static void same(JsonNode expected, Inference inference) {
    assertEquals(expected.path("entailment").asDouble(), inference.entailed(), CLOSE);
    assertEquals(expected.path("contradiction").asDouble(), inference.contradicted(), CLOSE);
    assertEquals(expected.path("neutral").asDouble(), inference.neutral(), CLOSE);
  }

  @Test
  void theLongerTextIsCutWhereBothAreTooLongAndThatIsSaid() throws IOException {
    String text = expected().path("long").asString();
    try (EmbeddingModel model = EmbeddingModel.open(TinyEncoders.embedding())) {
      assertArrayEquals(numbers(expected().path("longEmbedding")), model.embed(text), CLOSE);
      assertTrue(model.caveat().orElseThrow().contains("longer than the 16 tokens"));
    }
    try (EntailmentModel model = EntailmentModel.open(TinyEncoders.entailment())) {
      same(expected().path("longInference"), model.infer(text, "cat sleeps"));
      assertTrue(model.caveat().isPresent());
      String ten = String.join(" ", List.of(text.split(" ")).subList(0, 10));
      assertEquals(model.infer("the cat sleeps", ten), model.infer("the cat sleeps", text));
      String six = String.join(" ", List.of(text.split(" ")).subList(0, 6));
      String seven = String.join(" ", List.of(text.split(" ")).subList(0, 7));
      assertEquals(model.infer(six, seven), model.infer(text, text));
    }
  }

  @Test
  void oddTextsAreRead() {
    try (EmbeddingModel model = EmbeddingModel.open(TinyEncoders.embedding())) {
      for (String text : new String[] {"", " \r\n ", "\uD800", "😀 cat", "קט", "[SEP] [CLS]"}) {
        assertEquals(1, Math.sqrt(DoubleStream.of(model.embed(text)).map(x -> x * x).sum()), CLOSE);
      }
    }
  }

  @Test
  void theFirstTokensVectorIsTakenWhereTheFilesSaySo() throws IOException {
    Path folder = TinyEncoders.copy(TinyEncoders.embedding(), temporary);
    Files.createDirectories(folder.resolve("1_Pooling"));
    Path file = folder.resolve("1_Pooling/config.json");
    Files.writeString(
        file, "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}");
    try (EmbeddingModel model = EmbeddingModel.open(folder)) {
      // The network looks at each token by itself, so all texts begin alike.
      assertEquals(1, model.similarity("The cat sleeps.", "Snow falls."), CLOSE);
    }
    Files.writeString(file, "{\"pooling_mode_max_tokens\": true}");
    refused(folder, "pools by max_tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config.json|{|is not JSON",
        "model.onnx|this is no network|ONNX Runtime refuses it",
        "model.onnx|''|ONNX Runtime refuses it",
        "modules.json|[{\"type\": \"sentence_transformers.models.Dense\"}]|has a module",
        "tokenizer.json|{}|is not a tokenizer",
        "model.onnx|version https://git-lfs.github.com/spec/v1|Git LFS pointer"
      })
  void wrongFilesAreRefusedByName(String file, String text, String reason) throws IOException {
    Path folder = TinyEncoders.copy(TinyEncoders.embedding(), temporary);
    Files.writeString(folder.resolve(file), text);
    String message = refused(folder, reason);
    assertTrue(message.contains(file), message);
  }

  @Test
  void aCutFileIsRefused() throws IOException {
    Path folder = TinyEncoders.copy(TinyEncoders.embedding(), temporary);
    byte[] whole = Files.readAllBytes(folder.resolve("model.onnx"));
    Files.write(folder.resolve("model.onnx"), java.util.Arrays.copyOf(whole, whole.length / 2));
    refused(folder, "ONNX Runtime refuses it");
  }

  @Test
  void aFolderWithoutAModelIsRefused() {
    refused(temporary, "holds no model.onnx");
    LoupeException nowhere =
        assertThrows(LoupeException.class, () -> EntailmentModel.open(Path.of("/nowhere-at-all")));
    assertTrue(nowhere.getMessage().contains("no such folder"), nowhere.getMessage());
  }

  @Test
  void labelsOfAnotherTaskAreRefused() throws IOException {
    Path folder = TinyEncoders.copy(TinyEncoders.entailment(), temporary);
    Files.writeString(
        folder.resolve("config.json"),
        "{\"id2label\": {\"0\": \"positive\", \"1\": \"negative\"}}");
    LoupeException refused =
        assertThrows(LoupeException.class, () -> EntailmentModel.open(folder).close());
    assertTrue(refused.getMessage().contains("positive"), refused.getMessage());
  }

  @Test
  void aNetworkOfAnotherKindIsRefused() throws IOException {
    Path folder = TinyEncoders.copy(TinyEncoders.entailment(), temporary);
    refused(folder, "has the outputs [logits]");
  }

  private static String refused(Path folder, String reason) {
    LoupeException refused =
        assertThrows(LoupeException.class, () -> EmbeddingModel.open(folder).close());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    return refused.getMessage();
  }
}
