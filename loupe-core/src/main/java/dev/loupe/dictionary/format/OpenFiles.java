package dev.loupe.dictionary.format;

import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.TensorStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files of a dictionary that is being opened, to be closed when that fails. */
final class OpenFiles {
  private final List<AskedStore> stores = new ArrayList<>();

  TensorStore safetensors(Path file) {
    return add(Safetensors.open(file));
  }

  TensorStore add(TensorStore store) {
    AskedStore asked = new AskedStore(store);
    stores.add(asked);
    return asked;
  }

  List<TensorStore> stores() {
    return List.copyOf(stores);
  }

  /**
   * Fails if a file holds a tensor that was not read.
   *
   * @throws dev.loupe.fault.LoupeException naming the tensor
   */
  void requireAllAsked() {
    stores.forEach(AskedStore::requireAllAsked);
  }

  void close() {
    stores.forEach(TensorStore::close);
  }
}
