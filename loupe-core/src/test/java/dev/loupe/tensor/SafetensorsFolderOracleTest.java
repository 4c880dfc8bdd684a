package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.OracleFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("oracle")
class SafetensorsFolderOracleTest {
  @Test
  void readsShardsAsTheWholeFile() {
    Path folder = OracleFiles.at("models/gpt2");
    try (TensorStore whole = SafetensorsFolder.open(folder.resolve("model"));
        TensorStore sharded = SafetensorsFolder.open(folder.resolve("model-sharded"))) {
      assertEquals(whole.tensors().keySet(), sharded.tensors().keySet());
      whole
          .tensors()
          .forEach((name, tensor) -> {
            assertEquals(tensor.shape(), sharded.get(name).shape());
            assertEquals(-1, tensor.bytes().mismatch(sharded.get(name).bytes()), name);
          });
    }
  }

  @Test
  void opensEveryCheckpointOfTheFixtures() throws Exception {
    int opened = 0;
    try (var paths = Files.walk(OracleFiles.at("models"), 2)) {
      for (Path folder : paths.filter(Files::isDirectory).toList()) {
        if (SafetensorsFolder.isPresent(folder)) {
          try (TensorStore store = SafetensorsFolder.open(folder)) {
            store.tensors().values().forEach(t -> assertEquals(false, t.hasNonFinite(), t.name()));
            opened++;
          }
        }
      }
    }
    assertEquals(true, opened > 0);
  }
}
