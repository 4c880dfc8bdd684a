package dev.loupe.model.family;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** Stored weights by the names that the family's published code gives them. */
public interface WeightSource extends AutoCloseable {
  /** The shape of a stored weight, or empty when there is none of that name. */
  Optional<long[]> shape(String name);

  /** Bytes that all weights take in a type, without those that the file holds in that type. */
  long bytes(DType dtype);

  /** Whether a name of the file starts so. */
  boolean hasPrefix(String prefix);

  /**
   * The values, in the scope that is open on this thread; without a copy where the file holds them
   * in that type.
   *
   * @throws dev.loupe.fault.LoupeException if one of them is infinite or not a number
   */
  Tensor load(String name, DType dtype);

  /**
   * One of the parts that a weight stacks along its first axis, as {@link #load}; the others are
   * not read.
   */
  Tensor loadPart(String name, int part, DType dtype);

  /** Names of stored weights that have not been loaded, in order. */
  List<String> unread();

  /** What was done to the names or values on the way, for the reader of a result. */
  default List<String> notes() {
    return List.of();
  }

  /** The file or folder, for messages. */
  String origin();

  @Override
  void close();
}
