package dev.loupe.dictionary.format;

import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.TensorStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files behind a dictionary that is being opened, to be closed when that fails. */
final class OpenFiles {
  private final List<TensorStore> stores = new ArrayList<>();

  TensorStore safetensors(Path file) {
    return add(Safetensors.open(file));
  }

  TensorStore add(TensorStore store) {
    stores.add(store);
    return store;
  }

  List<TensorStore> stores() {
    return List.copyOf(stores);
  }

  void close() {
    stores.forEach(TensorStore::close);
  }
}
