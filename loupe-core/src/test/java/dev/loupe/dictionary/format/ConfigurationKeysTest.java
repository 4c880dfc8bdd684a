package dev.loupe.dictionary.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What files say besides the weights: followed, known to be without effect, or refused by name. */
class ConfigurationKeysTest {
  @TempDir private Path folder;

  private Path written(String format) {
    Path at = folder.resolve(format);
    Place place = Place.parse(format.startsWith("circuit") ? "mlp_in.0:mlp_out.0" : "resid_post.0");
    Selection selection = format.equals("sparsify") ? new Selection.TopK(4) : new Selection.Relu();
    RandomDictionary random = new RandomDictionary(5, DType.F32);
    DictionaryFiles.write(
        RandomDictionary.of(random.layer(place, format.equals("sparsify"), selection, false)),
        at,
        format);
    return at;
  }

  private static Path config(Path at) throws IOException {
    try (Stream<Path> files = Files.walk(at)) {
      return files
          .filter(file -> file.endsWith("cfg.json") || file.endsWith("config.yaml"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Adds a key, whose value is written as JSON: YAML reads that too. */
  private static void put(Path at, String key, String value) throws IOException {
    Path file = config(at);
    if (file.endsWith("config.yaml")) {
      Files.writeString(file, Files.readString(file) + "\n" + key + ": " + value + "\n");
    } else {
      ObjectNode root = (ObjectNode) JsonMapper.shared().readTree(file);
      root.set(key, JsonMapper.shared().readTree(value));
      Files.writeString(file, root.toString());
    }
  }

  private static String refusal(Path at) {
    return assertThrows(
            LoupeException.class, () -> DictionaryFiles.open(at, Optional.empty()).close())
        .getMessage();
  }

  private static KnownKeys keys(String format) {
    return switch (format) {
      case "saelens" -> FormatKeys.SAELENS;
      case "sparsify" -> FormatKeys.SPARSIFY;
      case "gemma-scope" -> FormatKeys.GEMMA_SCOPE;
      default -> FormatKeys.CIRCUIT_TRACER;
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"saelens", "sparsify", "gemma-scope", "circuit-tracer-plt", "circuit-tracer-clt"})
  void unknownKeysAreRefusedByNameAndThoseWithoutEffectAccepted(String format) throws IOException {
    Path at = written(format);
    String sound = Files.readString(config(at));
    Random random = new Random(11);
    for (String value : new String[] {"true", "false", "3", "\"tanh\"", "[1, 2]", "{\"a\": 1}"}) {
      String key = "made_up_" + random.nextInt(1000);
      put(at, key, value);
      String refusal = refusal(at);
      assertTrue(refusal.contains(key), refusal);
      Files.writeString(config(at), sound);
    }
    put(at, "made_up", "null");
    DictionaryFiles.open(at, Optional.empty()).close();
    Files.writeString(config(at), sound);
    for (String key : new TreeSet<>(keys(format).withoutEffect())) {
      if (!key.equals("meta")) {
        put(at, key, "7");
      }
    }
    DictionaryFiles.open(at, Optional.empty()).close();
  }

  @ParameterizedTest
  @CsvSource({
    "saelens, normalize_activations, '\"layer_norm\"'",
    "saelens, normalize_activations, '\"expected_average_only_in\"'",
    "saelens, normalize_activations, '\"constant_norm_rescale\"'",
    "saelens, reshape_activations, '\"hook_z\"'",
    "saelens, rescale_acts_by_decoder_norm, true",
    "saelens, finetuning_scaling_factor, true",
    "saelens, hook_head_index, 3",
    "saelens, activation_fn, '\"tanh-relu\"'",
    "saelens, architecture, '\"gated\"'",
    "saelens, architecture, '\"temporal\"'",
    "saelens, metadata, '{\"hook_name\": \"blocks.0.hook_resid_post\", \"hook_head_index\": 2}'",
    "sparsify, activation, '\"groupmax\"'",
    "sparsify, embed_skip, true",
    "sparsify, gram_lookup, true",
    "sparsify, skip_connection, true",
    "circuit-tracer-plt, activation, '\"topk\"'",
    "circuit-tracer-plt, k, 5",
    "circuit-tracer-clt, transcoders, '[\"hf://some/where.safetensors\"]'"
  })
  void whatChangesTheComputationIsRefusedByName(String format, String key, String value)
      throws IOException {
    Path at = written(format);
    put(at, key, value);
    String refusal = refusal(at);
    String wanted =
        switch (key) {
          case "metadata" -> "hook_head_index";
          case "skip_connection" -> "W_skip";
          default -> key;
        };
    assertTrue(refusal.contains(wanted), refusal);
    if (value.contains("gated")) {
      assertTrue(refusal.contains("gated"), refusal);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "saelens, sae_weights.safetensors, r_mag",
    "saelens, sae_weights.safetensors, post_encoder_scale",
    "saelens, sae_weights.safetensors, W_skip",
    "saelens, sae_weights.safetensors, scaling_factor",
    "sparsify, layers.0/sae.safetensors, W_gate",
    "circuit-tracer-plt, layer_0.safetensors, k",
    "circuit-tracer-clt, W_enc_0.safetensors, scale_0"
  })
  void aTensorThatNoPartAskedForIsRefusedByName(String format, String file, String name)
      throws IOException {
    Path at = written(format);
    Path weights = at.resolve(file);
    Path longer = at.resolveSibling("longer.safetensors");
    try (Safetensors store = Safetensors.open(weights)) {
      SafetensorsWriter writer = new SafetensorsWriter();
      store.tensors().values().forEach(writer::add);
      writer.add(RandomDictionary.stored(name, DType.F32, new float[] {2, 3}, 2));
      writer.write(longer);
    }
    Files.move(longer, weights, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    String refusal = refusal(at);
    assertTrue(refusal.contains(name), refusal);
  }

  @Test
  void factorsOfOneAreNone() throws IOException {
    Path at = written("saelens");
    Path weights = at.resolve("sae_weights.safetensors");
    Path longer = at.resolveSibling("longer.safetensors");
    try (Safetensors store = Safetensors.open(weights)) {
      SafetensorsWriter writer = new SafetensorsWriter();
      store.tensors().values().forEach(writer::add);
      writer.add(RandomDictionary.stored("scaling_factor", DType.F32, new float[] {1, 1}, 2));
      writer.write(longer);
    }
    Files.move(longer, weights, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    DictionaryFiles.open(at, Optional.empty()).close();
  }

  /** Against the definition: the k largest by magnitude, which keep their sign. */
  @Test
  void signedKeepsTheLargestByMagnitude() throws IOException {
    Path at = written("sparsify");
    put(at, "signed", "true");
    RandomDictionary random = new RandomDictionary(9, DType.F32);
    try (var _ = NativeScope.open();
        Dictionary dictionary = DictionaryFiles.open(at, Optional.empty())) {
      Tensor input = random.input(20);
      SparseActivations active = dictionary.encode(0, input);
      Tensor pre = dictionary.preActivations(0, input);
      boolean negative = false;
      for (int position = 0; position < 20; position++) {
        double[] row = pre.select(0, position).toDoubles();
        Set<Integer> largest = new HashSet<>();
        IntStream.range(0, row.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -Math.abs(row[i])))
            .limit(4)
            .forEach(largest::add);
        Set<Integer> found = new HashSet<>();
        for (int i = active.start(position); i < active.start(position + 1); i++) {
          found.add(active.feature(i));
          assertEquals(row[active.feature(i)], active.value(i));
          assertEquals(row[active.feature(i)], active.preActivation(i));
          negative |= active.value(i) < 0;
        }
        assertEquals(largest, found, Arrays.toString(row));
      }
      assertTrue(negative, "some of the largest are below zero");
      Path again = folder.resolve("again");
      DictionaryFiles.write(dictionary, again, "sparsify");
      JsonNode config = JsonMapper.shared().readTree(config(again));
      assertTrue(config.path("signed").asBoolean());
      LoupeException refusal =
          assertThrows(
              LoupeException.class,
              () -> DictionaryFiles.check(dictionary, folder.resolve("other"), "saelens"));
      assertTrue(refusal.getMessage().contains("magnitude"), refusal.getMessage());
    }
  }
}
