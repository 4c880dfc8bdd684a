package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.family.WeightSource;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Weights of a safetensors checkpoint, used in place if stored in the requested type. */
final class StoredWeights implements WeightSource {
  private final TensorStore store;
  private final Set<String> checked = new HashSet<>();

  /** From names as the family's published code gives them to names in the file. */
  private final SortedMap<String, String> names = new TreeMap<>();

  private boolean wrapped;

  StoredWeights(TensorStore store) {
    this.store = store;
    for (String stored : store.tensors().keySet()) {
      String name = published(stored);
      wrapped |= stored.contains("_orig_mod.") || stored.startsWith("module.");
      String other = names.put(name, stored);
      if (other != null) {
        throw LoupeException.badInput(
            "%s: %s and %s are both the tensor %s".formatted(origin(), other, stored, name),
            "Choose a checkpoint that holds each weight once.");
      }
    }
  }

  @Override
  public Optional<long[]> shape(String name) {
    return name.endsWith(Mxfp4.SUFFIX)
        ? Mxfp4.of(store, stem(name)).map(Mxfp4::shape)
        : Optional.ofNullable(names.get(name)).flatMap(store::find).map(StoredTensor::sizes);
  }

  private String stem(String name) {
    String stem = name.substring(0, name.length() - Mxfp4.SUFFIX.length());
    String blocks = names.getOrDefault(stem + Mxfp4.BLOCKS, stem + Mxfp4.BLOCKS);
    return blocks.substring(0, blocks.length() - Mxfp4.BLOCKS.length());
  }

  @Override
  public long bytes(DType dtype) {
    return store.tensors().values().stream()
        .filter(tensor -> tensor.dtype() != dtype)
        .mapToLong(tensor ->
            Arrays.stream(tensor.sizes()).reduce(dtype.bytes(), (a, b) -> a * b)
                * (tensor.name().endsWith(Mxfp4.BLOCKS) ? 2 : 1))
        .sum();
  }

  @Override
  public boolean hasPrefix(String prefix) {
    return names.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  @Override
  public Tensor load(String name, DType dtype) {
    StoredTensor stored = found(name);
    return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes()).to(dtype);
  }

  @Override
  public Tensor loadPart(String name, int part, DType dtype) {
    if (name.endsWith(Mxfp4.SUFFIX)) {
      String stem = name.substring(0, name.length() - Mxfp4.SUFFIX.length());
      checked.add(stem + Mxfp4.BLOCKS);
      checked.add(stem + Mxfp4.SCALES);
      return Mxfp4.of(store, stem(name)).orElseThrow().part(part).to(dtype);
    }
    StoredTensor stored = found(name);
    long[] sizes = stored.sizes();
    long bytes = stored.bytes().byteSize() / sizes[0];
    return Tensor.mapped(
            stored.bytes().asSlice(part * bytes, bytes),
            stored.dtype(),
            Arrays.copyOfRange(sizes, 1, sizes.length))
        .to(dtype);
  }

  private StoredTensor found(String name) {
    StoredTensor stored = store.get(names.getOrDefault(name, name));
    switch (stored.dtype()) {
      case F64, F32, BF16, F16 -> {}
      default ->
          throw LoupeException.badInput(
              "%s: tensor %s is stored as %s".formatted(origin(), name, stored.dtype()),
              "Weights must be F64, F32, BF16 or F16: convert the model, or choose another.");
    }
    if (checked.add(name) && stored.hasNonFinite()) {
      throw LoupeException.badInput(
          origin() + ": tensor " + name + " holds infinities or values that are not numbers",
          "The checkpoint is damaged: download it again.");
    }
    return stored;
  }

  /**
   * Without the prefixes that compiled and distributed training put before names, and with the text
   * part of a wrapper under the names that it has alone.
   */
  private static String published(String stored) {
    String name = stored.replace("_orig_mod.", "");
    while (name.startsWith("module.")) {
      name = name.substring("module.".length());
    }
    for (String inside : List.of("model.language_model.", "model.text_model.")) {
      if (name.startsWith(inside)) {
        return "model." + name.substring(inside.length());
      }
    }
    return name.startsWith("language_model.") ? name.substring("language_model.".length()) : name;
  }

  @Override
  public List<String> unread() {
    return names.keySet().stream()
        .filter(name -> !checked.contains(name) && !isCopyOfEmbedding(name))
        .toList();
  }

  /** A tied head that the file holds all the same: no weight of its own. */
  private boolean isCopyOfEmbedding(String name) {
    if (!name.endsWith("lm_head.weight") && !name.endsWith("embed_out.weight")) {
      return false;
    }
    StoredTensor head = store.get(names.getOrDefault(name, name));
    return names.keySet().stream()
        .filter(other -> checked.contains(other) && !other.equals(name))
        .map(other -> store.get(names.getOrDefault(other, other)))
        .anyMatch(other ->
            other.dtype() == head.dtype()
                && Arrays.equals(other.sizes(), head.sizes())
                && other.bytes().mismatch(head.bytes()) == -1);
  }

  @Override
  public List<String> notes() {
    return wrapped
        ? List.of("Stored names of tensors contain _orig_mod. or module., which was left out.")
        : List.of();
  }

  @Override
  public String origin() {
    return store.origin();
  }

  @Override
  public void close() {
    store.close();
  }
}
