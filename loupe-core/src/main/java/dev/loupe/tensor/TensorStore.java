package dev.loupe.tensor;

import dev.loupe.fault.LoupeException;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Named tensors in one or several mapped files. Closing it ends every tensor's bytes. */
public interface TensorStore extends AutoCloseable {
  /** All tensors by name, in the order of their bytes, file after file. Not modifiable. */
  SequencedMap<String, StoredTensor> tensors();

  /** Free text that the writer attached; not modifiable. */
  Map<String, String> metadata();

  /** Where the tensors come from, for messages. */
  String origin();

  /** The tensor of that name, or empty. */
  default Optional<StoredTensor> find(String name) {
    return Optional.ofNullable(tensors().get(name));
  }

  /**
   * The tensor of that name.
   *
   * @throws LoupeException if there is none
   */
  default StoredTensor get(String name) {
    return find(name)
        .orElseThrow(() ->
            LoupeException.badInput(
                origin() + ": has no tensor " + name,
                "Check that the file belongs to this architecture."));
  }

  @Override
  void close();
}
