package dev.loupe.hub;

import dev.loupe.file.PartName;
import java.nio.file.Path;
import java.util.List;

/** Which GGUF files are one model: a file alone, or all parts of one that llama.cpp split. */
final class GgufFiles {
  private GgufFiles() {}

  /** The names of all files of the model that a file belongs to, in order. */
  static List<String> parts(String file) {
    return PartName.of(file).map(PartName::all).orElse(List.of(file));
  }

  /** The file by which a model is known: of several parts the first. */
  static String first(String file) {
    return PartName.of(file).map(part -> part.sibling(1)).orElse(file);
  }

  /** All files of the model that a file on disk belongs to, whether they are there or not. */
  static List<Path> parts(Path file) {
    return parts(Disk.fileName(file)).stream().map(file::resolveSibling).toList();
  }
}
