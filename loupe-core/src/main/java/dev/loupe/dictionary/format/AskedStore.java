package dev.loupe.dictionary.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/** A file of tensors that remembers which ones a format asked for. */
final class AskedStore implements TensorStore {
  private final TensorStore store;
  private final Set<String> asked = new HashSet<>();

  AskedStore(TensorStore store) {
    this.store = store;
  }

  @Override
  public Optional<StoredTensor> find(String name) {
    asked.add(name);
    return store.find(name);
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return store.tensors();
  }

  @Override
  public Map<String, String> metadata() {
    return store.metadata();
  }

  @Override
  public String origin() {
    return store.origin();
  }

  /**
   * Fails if the file holds a tensor that nobody asked for: part of a computation that Loupe would
   * leave out.
   *
   * @throws LoupeException naming the tensor
   */
  void requireAllAsked() {
    for (String name : new TreeSet<>(store.tensors().keySet())) {
      if (!asked.contains(name)) {
        throw LoupeException.badInput(
            "%s: holds the tensor %s, which no part of a dictionary that Loupe reads has"
                .formatted(store.origin(), name),
            "It may change what the dictionary computes: fold it into the other weights, or choose"
                + " another dictionary.");
      }
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
