package dev.loupe.dictionary.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.SameDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatsTest {
  @TempDir Path folder;
  private final RandomDictionary random = new RandomDictionary(7, DType.BF16);

  private DictionaryLayer layer(String place, boolean centred, Selection selection, boolean skip) {
    return random.layer(Place.parse(place), centred, selection, skip);
  }

  private Dictionary written(Dictionary dictionary, String format) {
    Path target = folder.resolve("written-" + format);
    DictionaryFiles.write(dictionary, target, format);
    Dictionary again = DictionaryFiles.open(target, Optional.empty());
    assertEquals(format, again.info().format());
    return again;
  }

  @Test
  void crossLayerTranscodersGoRound() {
    Dictionary dictionary =
        RandomDictionary.of(
            random.crossing(0, 3, random.jumpRelu()),
            random.crossing(1, 3, random.jumpRelu()),
            random.crossing(2, 3, random.jumpRelu()));
    try (Dictionary again = written(dictionary, "circuit-tracer-clt")) {
      SameDictionary.assertSame(dictionary, again);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void perLayerTranscodersGoRound(boolean skip) {
    Dictionary dictionary =
        RandomDictionary.of(
            layer("mlp_in.0", false, new Selection.Relu(), skip),
            layer("mlp_in.1", false, new Selection.Relu(), skip));
    for (String format : new String[] {"circuit-tracer-plt", "saelens"}) {
      try (Dictionary again = written(dictionary, format)) {
        SameDictionary.assertSame(dictionary, again);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"resid_post.2,true", "mlp_out.1,false", "attn_out.0,true", "resid_pre.3,false"})
  void saeLensGoesRound(String place, boolean centred) {
    for (Selection selection :
        new Selection[] {new Selection.Relu(), random.jumpRelu(), new Selection.TopK(3)}) {
      Dictionary dictionary = RandomDictionary.of(layer(place, centred, selection, false));
      Path target = folder.resolve(selection.label());
      DictionaryFiles.write(dictionary, target, "saelens");
      try (Dictionary again = DictionaryFiles.open(target, Optional.empty())) {
        SameDictionary.assertSame(dictionary, again);
      }
    }
  }

  @Test
  void sparsifyGoesRound() {
    Dictionary saes =
        RandomDictionary.of(
            layer("resid_post.0", true, new Selection.TopK(4), false),
            layer("attn_out.2", true, new Selection.TopK(5), false));
    try (Dictionary again = written(saes, "sparsify")) {
      SameDictionary.assertSame(saes, again);
    }
    Path other = folder.resolve("transcoder");
    Dictionary transcoder =
        RandomDictionary.of(layer("mlp_in.1", false, new Selection.TopK(4), true));
    DictionaryFiles.write(transcoder, other, "sparsify");
    try (Dictionary again = DictionaryFiles.open(other, Optional.empty())) {
      SameDictionary.assertSame(transcoder, again);
    }
  }

  @Test
  void gemmaScopeGoesRound() {
    RandomDictionary single = new RandomDictionary(8, DType.F32);
    Dictionary dictionary =
        RandomDictionary.of(
            single.layer(Place.parse("resid_post.5"), false, single.jumpRelu(), false),
            single.layer(Place.parse("mlp_in.6"), false, single.jumpRelu(), true));
    try (Dictionary again = written(dictionary, "gemma-scope")) {
      SameDictionary.assertSame(dictionary, again);
    }
  }

  /** What one format keeps in the bias another keeps in the input, and so on. */
  @Test
  void theFunctionSurvivesEveryConversion() {
    Dictionary centred = RandomDictionary.of(layer("resid_post.0", true, random.jumpRelu(), false));
    for (String format : new String[] {"gemma-scope", "circuit-tracer-plt", "circuit-tracer-clt"}) {
      try (Dictionary again = written(centred, format)) {
        SameDictionary.assertSameFunction(centred, again, 1e-5);
        assertFalse(again.parts(0).centred());
      }
    }
    Dictionary plain =
        RandomDictionary.of(layer("resid_post.0", false, new Selection.TopK(6), false));
    try (Dictionary again = written(plain, "sparsify")) {
      SameDictionary.assertSameFunction(plain, again, 1e-5);
      assertTrue(again.parts(0).centred());
    }
    Dictionary batch =
        RandomDictionary.of(layer("resid_post.0", true, new Selection.BatchTopK(6, 0.5), false));
    try (Dictionary again = written(batch, "saelens")) {
      SameDictionary.assertSameFunction(batch, again, 1e-5);
    }
    Dictionary transcoders =
        RandomDictionary.of(
            layer("mlp_in.0", false, new Selection.Relu(), false),
            layer("mlp_in.1", false, new Selection.Relu(), false));
    Path clt = folder.resolve("widened");
    DictionaryFiles.write(transcoders, clt, "circuit-tracer-clt");
    try (Dictionary again = DictionaryFiles.open(clt, Optional.empty())) {
      assertEquals(2, again.writes(0).size());
      SameDictionary.assertSameFunction(transcoders, again, 1e-9);
      long headers = bytes(clt) - DictionaryFiles.bytes(transcoders, "circuit-tracer-clt");
      assertTrue(headers > 0 && headers < 4000, () -> headers + " bytes of headers");
    }
  }

  private static long bytes(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String refusal(Executable action) {
    return assertThrows(LoupeException.class, action).getMessage();
  }

  @Test
  void whatAFormatCannotSayIsRefused() {
    Dictionary skipping = RandomDictionary.of(layer("mlp_in.0", false, new Selection.Relu(), true));
    assertTrue(refusal(() -> written(skipping, "circuit-tracer-clt")).contains("skip matrix"));
    assertTrue(refusal(() -> written(skipping, "sparsify")).contains("ReLU"));
    Dictionary topK =
        RandomDictionary.of(layer("resid_post.0", true, new Selection.TopK(3), false));
    assertTrue(refusal(() -> written(topK, "gemma-scope")).contains("TopK"));
    assertTrue(refusal(() -> written(topK, "circuit-tracer-plt")).contains("TopK"));
    Dictionary crossing =
        RandomDictionary.of(
            random.crossing(0, 2, new Selection.Relu()),
            random.crossing(1, 2, new Selection.Relu()));
    for (String format : new String[] {"circuit-tracer-plt", "saelens", "gemma-scope"}) {
      assertTrue(refusal(() -> written(crossing, format)).contains("several layers"), format);
    }
    Dictionary late = RandomDictionary.of(layer("mlp_in.2", false, new Selection.Relu(), false));
    assertTrue(refusal(() -> written(late, "circuit-tracer-plt")).contains("without layer 0"));
    assertTrue(refusal(() -> written(late, "onnx")).contains("no dictionary format 'onnx'"));
    assertFalse(Files.exists(folder.resolve("written-circuit-tracer-clt")));
  }

  @Test
  void nothingIsLeftOfAFailedWriting() throws IOException {
    Dictionary dictionary =
        RandomDictionary.of(layer("mlp_in.0", false, new Selection.Relu(), false));
    Path mine = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(mine.resolve("notes.txt"), "mine");
    assertTrue(
        refusal(() -> DictionaryFiles.write(dictionary, mine, "saelens")).contains("not empty"));
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    refusal(() -> DictionaryFiles.write(dictionary, file, "saelens"));
    refusal(() -> DictionaryFiles.write(dictionary, file.resolve("below"), "saelens"));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(2, left.count());
    }
  }

  private Path plt() {
    Path target = folder.resolve("plt");
    DictionaryFiles.write(
        RandomDictionary.of(
            layer("mlp_in.0", false, random.jumpRelu(), false),
            layer("mlp_in.1", false, random.jumpRelu(), false),
            layer("mlp_in.2", false, random.jumpRelu(), false)),
        target,
        "circuit-tracer-plt");
    return target;
  }

  private static String openRefusal(Path folder) {
    return refusal(() -> DictionaryFiles.open(folder, Optional.empty()).close());
  }

  @Test
  void damagedFoldersAreRefusedByName() throws IOException {
    assertTrue(openRefusal(folder.resolve("absent")).contains("no such folder"));
    assertTrue(openRefusal(folder).contains("no dictionary that Loupe knows"));
    Path plt = plt();
    Path middle = plt.resolve("layer_1.safetensors");
    Path aside = Files.move(middle, folder.resolve("aside"));
    assertTrue(openRefusal(plt).contains("lacks layer_1.safetensors"));
    write(middle, false, RandomDictionary.WIDTH, 1);
    assertTrue(openRefusal(plt).contains("layer 1 has no threshold but layer 0 has"));
    Files.delete(middle);
    write(middle, true, RandomDictionary.WIDTH, Float.NaN);
    assertTrue(openRefusal(plt).contains("layer_1.safetensors: b_enc holds infinities"));
    Files.delete(middle);
    write(middle, true, 5, 1);
    assertTrue(openRefusal(plt).contains("W_dec is [40, 12] but must be"));
    Files.delete(middle);
    Files.move(aside, middle);
    Files.writeString(plt.resolve("config.yaml"), "feature_input_hook: [1, 2]\n");
    assertTrue(openRefusal(plt).contains("config.yaml"));
    Files.writeString(plt.resolve("config.yaml"), "a: !!java.net.URL [\"file:/\"]\n");
    assertTrue(openRefusal(plt).contains("not YAML"));
    Files.writeString(plt.resolve("config.yaml"), "feature_input_hook: hook_q\n");
    assertTrue(openRefusal(plt).contains("the hook hook_q"));
    Files.delete(plt.resolve("config.yaml"));
    assertTrue(openRefusal(plt).contains("config.yaml: no such file"));
  }

  private void write(Path file, boolean threshold, int width, float bias) {
    float[] biases = new float[RandomDictionary.FEATURES];
    biases[3] = bias;
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .add(random.normal("W_enc", DType.F32, RandomDictionary.FEATURES, 12))
            .add(random.normal("W_dec", DType.F32, RandomDictionary.FEATURES, 12))
            .add("b_enc", biases, RandomDictionary.FEATURES)
            .add("b_dec", new float[width], width);
    if (threshold) {
      writer.add(
          "activation_function.threshold",
          new float[RandomDictionary.FEATURES],
          RandomDictionary.FEATURES);
    }
    writer.write(file);
  }

  @Test
  void whatSaeLensSaysAndLoupeCannotDoIsRefused() throws IOException {
    Path sae = folder.resolve("sae");
    DictionaryFiles.write(
        RandomDictionary.of(layer("resid_post.0", true, new Selection.Relu(), false)),
        sae,
        "saelens");
    Path config = sae.resolve("cfg.json");
    String sound = Files.readString(config);
    String[][] changes = {
      {"\"standard\"", "\"gated\"", "architecture is gated"},
      {"\"standard\"", "\"jumprelu\"", "no tensor threshold"},
      {"\"standard\"", "\"topk\"", "does not give k"},
      {
        "\"normalize_activations\" : \"none\"",
        "\"normalize_activations\" : \"layer_norm\"",
        "normalize_activations is layer_norm"
      },
      {"hook_resid_post", "hook_z", "the hook hook_z"},
      {"\"hook_name\"", "\"neuronpedia_id\"", "does not say where"},
    };
    for (String[] change : changes) {
      String changed = sound.replace(change[0], change[1]);
      assertFalse(changed.equals(sound), change[0]);
      Files.writeString(config, changed);
      String refusal = openRefusal(sae);
      assertTrue(refusal.contains(change[2]), refusal);
    }
    try (Dictionary placed = DictionaryFiles.open(sae, Optional.of(Place.parse("mlp_out.4")))) {
      assertEquals("mlp_out.4", Place.name(placed.reads(4)));
    }
    Files.delete(config);
    assertTrue(openRefusal(sae).contains("cfg.json: no such file"));
  }

  @Test
  void theOldFlatConfigurationOfSaeLensIsRead() throws IOException {
    Path sae = folder.resolve("old");
    DictionaryFiles.write(
        RandomDictionary.of(layer("resid_pre.8", true, new Selection.Relu(), false)),
        sae,
        "saelens");
    Files.writeString(
        sae.resolve("cfg.json"),
        """
        {"architecture": "standard", "activation_fn_str": "relu", "model_name": "gpt2-small",
         "hook_name": "blocks.8.hook_resid_pre", "hook_layer": 8, "hook_head_index": null,
         "normalize_activations": "none", "apply_b_dec_to_input": true}
        """);
    try (Dictionary again = DictionaryFiles.open(sae, Optional.empty())) {
      assertEquals("gpt2-small", again.info().modelName().orElseThrow());
      assertEquals("resid_pre.8", Place.name(again.reads(8)));
      assertTrue(again.parts(8).centred());
    }
  }
}
