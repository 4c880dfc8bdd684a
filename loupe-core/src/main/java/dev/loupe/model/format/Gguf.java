package dev.loupe.model.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.MappedFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * A GGUF file of version 2 or 3, memory-mapped: typed metadata and quantised tensors. Opening it
 * checks every count, length and range against the file, and allocates only what the file really
 * holds; a message names the file, the byte and the fault. A model that llama.cpp split in parts is
 * one: the metadata of its first part, the tensors of all.
 *
 * <p>The metadata accessors convert between widths of numbers but not between kinds: text is never
 * read as a number.
 */
public final class Gguf implements AutoCloseable {
  private final MappedFile file;
  private final List<MappedFile> others;
  private final GgufCursor cursor;
  private final SequencedMap<String, GgufValue> metadata;
  private final SequencedMap<String, GgufTensor> tensors;

  private Gguf(GgufParts parts) {
    this.file = parts.first().file();
    this.others = parts.others().stream().map(GgufParts.Part::file).toList();
    this.cursor = parts.first().cursor();
    this.metadata = parts.first().header().metadata();
    this.tensors = Collections.unmodifiableSequencedMap(parts.tensors());
  }

  /**
   * Opens a file, or a model split in several of which it is one.
   *
   * @throws LoupeException if it cannot be read or breaks a rule of the format, or if a part is
   *     missing or belongs to another model
   */
  public static Gguf open(Path path) {
    return new Gguf(GgufParts.open(path));
  }

  /** The location of the file, of several parts the first. */
  public Path path() {
    return file.path();
  }

  /** All tensors by name, in the order of the file. Not modifiable. */
  public SequencedMap<String, GgufTensor> tensors() {
    return tensors;
  }

  /** The tensor of that name, or empty. */
  public Optional<GgufTensor> findTensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /**
   * The tensor of that name.
   *
   * @throws LoupeException if there is none
   */
  public GgufTensor tensor(String name) {
    return findTensor(name).orElseThrow(() -> fault("has no tensor " + name));
  }

  /** All metadata keys, in the order of the file. */
  public SequencedSet<String> keys() {
    return Collections.unmodifiableSequencedMap(metadata).sequencedKeySet();
  }

  /** Whether the metadata has that key, of whatever type. */
  public boolean has(String key) {
    return metadata.containsKey(key);
  }

  /**
   * A whole number.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public long integer(String key) {
    return typed(key, value(key).integer(cursor), "a whole number");
  }

  /** As {@link #integer(String)}, or the default if the key is absent. */
  public long integer(String key, long otherwise) {
    return has(key) ? integer(key) : otherwise;
  }

  /**
   * A number, whole or not.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public double number(String key) {
    return typed(key, value(key).number(cursor), "a number");
  }

  /** As {@link #number(String)}, or the default if the key is absent. */
  public double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /**
   * True or false.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public boolean flag(String key) {
    return typed(key, value(key).flag(cursor), "true or false");
  }

  /** As {@link #flag(String)}, or the default if the key is absent. */
  public boolean flag(String key, boolean otherwise) {
    return has(key) ? flag(key) : otherwise;
  }

  /**
   * A text.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public String text(String key) {
    return typed(key, value(key).text(cursor), "text");
  }

  /** As {@link #text(String)}, or empty if the key is absent. */
  public Optional<String> findText(String key) {
    return has(key) ? Optional.of(text(key)) : Optional.empty();
  }

  /**
   * A list of texts.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public List<String> strings(String key) {
    return typed(key, value(key).texts(cursor), "a list of texts");
  }

  /**
   * A list of truth values.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public List<Boolean> flags(String key) {
    return typed(key, value(key).flags(cursor), "a list of true and false");
  }

  /**
   * A list of whole numbers.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public List<Long> integers(String key) {
    return typed(key, value(key).integers(cursor), "a list of whole numbers");
  }

  /**
   * A list of numbers.
   *
   * @throws LoupeException if the key is absent or holds something else
   */
  public List<Double> numbers(String key) {
    return typed(key, value(key).numbers(cursor), "a list of numbers");
  }

  /**
   * What the file declares a value to be, for example {@code uint32} or {@code array}.
   *
   * @throws LoupeException if the key is absent
   */
  public String typeOf(String key) {
    return value(key).type().name().toLowerCase(Locale.ROOT);
  }

  private GgufValue value(String key) {
    return Optional.ofNullable(metadata.get(key))
        .orElseThrow(() -> fault("has no metadata " + key));
  }

  private <T> T typed(String key, Optional<T> value, String wanted) {
    return value.orElseThrow(
        () -> fault("metadata " + key + " is " + typeOf(key) + ", not " + wanted));
  }

  private LoupeException fault(String what) {
    return LoupeException.badInput(
        file.path() + ": " + what, "Check that the file is a model of a supported architecture.");
  }

  /** Ends the mapping; no tensor's bytes can be read any more. */
  @Override
  public void close() {
    file.close();
    others.forEach(MappedFile::close);
  }
}
