package dev.loupe.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.family.Families;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model folder with its reference results: {@code <name>/model*} and {@code expected*} beside it.
 *
 * @param folder what to open
 * @param results the stem of the results, {@code expected} or {@code expected-bf16}
 */
public record ModelFixture(Path folder, String results) {
  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"));

  /** All that can be found; skips the calling test where there is none. */
  public static List<ModelFixture> all() {
    List<ModelFixture> found = new java.util.ArrayList<>();
    List<Path> names =
        Stream.of("models", "families")
            .flatMap(set -> children(ROOT.resolve(set)).stream())
            .toList();
    for (Path name : names) {
      for (Path model : children(name)) {
        if (!Files.exists(model.resolve("config.json"))) {
          continue;
        }
        String kind = model.getFileName().toString().replaceFirst("^model", "");
        String own = "expected" + kind;
        String results = Files.exists(name.resolve(own + ".json")) ? own : "expected";
        if (Files.exists(name.resolve(results + ".json"))) {
          found.add(new ModelFixture(model, results));
        }
      }
    }
    assumeTrue(!found.isEmpty(), "no model fixtures under " + ROOT.resolve("models"));
    return found;
  }

  /** Every model folder, with results or without. */
  public static List<Path> folders() {
    List<Path> found =
        Stream.concat(
                Stream.of("models", "families")
                    .flatMap(set -> children(ROOT.resolve(set)).stream())
                    .flatMap(name -> children(name).stream()),
                children(ROOT.resolve("attribution/models")).stream())
            .filter(folder -> Files.exists(folder.resolve("config.json")))
            .filter(ModelFixture::isRun)
            .toList();
    assumeTrue(!found.isEmpty(), "no model folders under " + ROOT);
    return found;
  }

  /** Whether the family of a folder is one that Loupe runs. */
  private static boolean isRun(Path folder) {
    String type = type(folder);
    return Families.names().contains(type) || type.equals("gemma3") || type.isEmpty();
  }

  private static String type(Path folder) {
    return JsonMapper.shared()
        .readTree(folder.resolve("config.json").toFile())
        .path("model_type")
        .asString("");
  }

  private static List<Path> children(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode json() {
    return JsonMapper.shared().readTree(folder.resolveSibling(results + ".json").toFile());
  }

  Safetensors tensors() {
    return Safetensors.open(folder.resolveSibling(results + ".safetensors"));
  }

  public Transformer open(DType dtype) {
    assumeTrue(isRun(folder), () -> "Loupe does not run the family " + type(folder) + " yet");
    return ModelLoader.transformer(folder, LoadOptions.of(dtype));
  }

  /** The token numbers of one of its prompts. */
  public int[] prompt(int index) {
    return ints(json().get("sequences").get(index).get("ids"));
  }

  static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).intValue();
    }
    return values;
  }

  /** The values of a stored float32 or float64 tensor. */
  static double[] doubles(StoredTensor stored) {
    if (stored.dtype() == DType.F64) {
      return stored
          .bytes()
          .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    }
    if (stored.dtype() == DType.I64) {
      return java.util.Arrays.stream(
              stored
                  .bytes()
                  .toArray(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN)))
          .asDoubleStream()
          .toArray();
    }
    float[] narrow = stored.toFloats();
    double[] values = new double[narrow.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = narrow[i];
    }
    return values;
  }

  @Override
  public String toString() {
    return folder.subpath(folder.getNameCount() - 2, folder.getNameCount()).toString();
  }
}
