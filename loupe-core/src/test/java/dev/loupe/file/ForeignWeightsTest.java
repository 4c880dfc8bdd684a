package dev.loupe.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.SafetensorsFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders whose weights Loupe does not open say what they hold and how to convert it. */
class ForeignWeightsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "pytorch_model.bin, pickled weights (pytorch_model.bin), safe_serialization=True",
    "consolidated.00.pth, pickled weights, safe_serialization=True",
    "model.pt, pickled weights, safe_serialization=True",
    "model.ckpt, pickled weights, safe_serialization=True",
    "tf_model.h5, TensorFlow (tf_model.h5), from_tf=True",
    "flax_model.msgpack, Flax (flax_model.msgpack), from_flax=True",
    "adapter_model.safetensors, only an adapter, merge_and_unload",
    "consolidated.safetensors, only consolidated.safetensors, layout of transformers",
    "model-00001-of-00002.safetensors, no model.safetensors.index.json, Fetch the index",
    "weights.safetensors, has weights.safetensors but neither, Rename the file",
    "model.onnx, another runtime, .safetensors or .gguf"
  })
  void namesWhatIsThereAndWhatToDo(String file, String what, String remedy) throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    Files.writeString(folder.resolve("training_args.bin"), "");
    Files.writeString(folder.resolve(file), "");
    LoupeException fault =
        assertThrows(LoupeException.class, () -> SafetensorsFolder.open(folder).close());
    assertTrue(fault.getMessage().startsWith(folder + ": "), fault.getMessage());
    assertTrue(fault.getMessage().contains(what), fault.getMessage());
    assertTrue(fault.remedy().contains(remedy), fault.remedy());
  }

  @Test
  void whatTrainingLeavesIsNoWeights() {
    List<String> files = List.of("training_args.bin", "optimizer.pt", "rng_state_0.pth");
    assertEquals(Optional.empty(), ForeignWeights.among(files, "x"));
  }

  @Test
  void namesAllMissingShards() throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"a\":\"2.safetensors\",\"b\":\"1.safetensors\",\"c\":\"3.safetensors\"}}");
    Files.writeString(folder.resolve("3.safetensors"), "");
    LoupeException fault =
        assertThrows(LoupeException.class, () -> SafetensorsFolder.open(folder).close());
    assertTrue(
        fault.getMessage().endsWith("are missing: 1.safetensors, 2.safetensors"),
        fault.getMessage());
  }
}
