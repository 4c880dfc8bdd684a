package dev.loupe.dictionary;

import java.util.List;
import java.util.Optional;

/**
 * The metadata in the files of a dictionary.
 *
 * @param name its own name, or where it is
 * @param format the file format it was read from
 * @param modelName the model that it was trained on
 * @param modelSha256 the hash of that model's weights, as {@code Hub.identify} gives it
 * @param notes what a reader of results should know of how it was trained or read; empty for most
 */
public record DictionaryInfo(
    String name,
    String format,
    Optional<String> modelName,
    Optional<String> modelSha256,
    List<String> notes) {
  public DictionaryInfo {
    notes = List.copyOf(notes);
  }

  /** Without metadata. */
  public DictionaryInfo(
      String name, String format, Optional<String> modelName, Optional<String> modelSha256) {
    this(name, format, modelName, modelSha256, List.of());
  }
}
