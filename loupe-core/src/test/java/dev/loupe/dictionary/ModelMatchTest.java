package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The model has 3 layers of width 32. */
@Tag("oracle")
class ModelMatchTest {
  private static DictionaryLayer layer(int layer, int width) {
    RandomDictionary random = new RandomDictionary(1, DType.F32);
    StoredTensor matrix = random.normal("W", DType.F32, 8, width);
    Place place = Place.parse("mlp_in." + layer);
    return new DictionaryLayer(
        "layer",
        place.reads(),
        StoredRows.of(matrix),
        random.normal("b", DType.F32, 8),
        false,
        new Selection.Relu(),
        List.of(new DictionaryLayer.Write(place.writes(), StoredRows.of(matrix))),
        random.normal("c", DType.F32, width),
        Optional.empty());
  }

  private static Dictionary dictionary(String model, String hash, DictionaryLayer... layers) {
    DictionaryInfo info =
        new DictionaryInfo(
            "mine",
            "none",
            Optional.of(model).filter(name -> !name.isEmpty()),
            Optional.of(hash).filter(text -> !text.isEmpty()));
    return Dictionary.of(info, List.of(layers), List.of());
  }

  private static void require(Dictionary dictionary, String name, boolean anyName) {
    try (Transformer model =
        ModelLoader.transformer(
            OracleFiles.at("attribution/models/gpt2-tiny"), LoadOptions.DEFAULT)) {
      ModelMatch.require(dictionary, name, model, () -> "00ff", anyName);
    }
  }

  private static String refusal(Dictionary dictionary, String name) {
    return assertThrows(LoupeException.class, () -> require(dictionary, name, false)).getMessage();
  }

  @Test
  void acceptsItsOwnModel() {
    require(dictionary("org/GPT2_tiny", "", layer(2, 32)), "models/gpt2-tiny/", false);
    require(dictionary("gpt2-small", "", layer(0, 32)), "openai-community/gpt2", false);
    require(dictionary("", "", layer(0, 32)), "anything", false);
    require(dictionary("other", "", layer(0, 32)), "gpt2-tiny", true);
    require(dictionary("other", "00FF", layer(0, 32)), "gpt2-tiny", false);
  }

  @Test
  void namesBothSidesOfADifference() {
    String name = refusal(dictionary("llama-tiny", "", layer(0, 32)), "gpt2-tiny");
    assertTrue(name.contains("trained on llama-tiny, not on gpt2-tiny"), name);
    String hash = refusal(dictionary("gpt2-tiny", "abcd", layer(0, 32)), "gpt2-tiny");
    assertTrue(hash.contains("abcd") && hash.contains("00ff"), hash);
    String width = refusal(dictionary("wide", "", layer(0, 48)), "gpt2-tiny");
    assertTrue(width.contains("wide") && width.contains("48") && width.contains("32"), width);
    String layers = refusal(dictionary("deep", "", layer(3, 32)), "gpt2-tiny");
    assertTrue(layers.contains("layer 3") && layers.contains("gpt2-tiny has 3 layers"), layers);
  }
}
