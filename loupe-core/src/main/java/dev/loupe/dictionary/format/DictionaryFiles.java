package dev.loupe.dictionary.format;

import static java.util.stream.Collectors.joining;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureExamples;
import dev.loupe.dictionary.Place;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Opens and writes dictionaries in every format that Loupe knows. */
public final class DictionaryFiles {
  private static final List<DictionaryFormat> FORMATS =
      List.of(
          new CircuitTracerClt(),
          new CircuitTracerTranscoders(),
          new SaeLensSae(),
          new SparsifySae(),
          new GemmaScope());

  private DictionaryFiles() {}

  /** The formats' names. */
  public static List<String> formats() {
    return FORMATS.stream().map(DictionaryFormat::name).toList();
  }

  /**
   * Opens a folder in whatever format it holds.
   *
   * @param at where the dictionary reads and writes, for files that do not say; it overrides those
   *     that do
   * @throws LoupeException if the folder holds no dictionary, or a damaged or incomplete one
   */
  public static Dictionary open(Path folder, Optional<Place> at) {
    if (!Files.isDirectory(folder)) {
      throw LoupeException.badInput(
          folder + (Files.exists(folder) ? ": is a file, not a folder" : ": no such folder"),
          "Name the folder of a dictionary.");
    }
    DictionaryFormat format =
        FORMATS.stream()
            .filter(candidate -> candidate.isIn(folder))
            .findFirst()
            .orElseThrow(() ->
                LoupeException.badInput(
                    folder + ": holds no dictionary that Loupe knows",
                    "It needs one of these: "
                        + FORMATS.stream()
                            .map(known -> known.files() + " (" + known.name() + ")")
                            .collect(joining("; "))
                        + "."));
    OpenFiles files = new OpenFiles();
    boolean opened = false;
    try {
      Path examples = folder.resolve(FeatureExamples.FILE);
      Optional<TensorStore> beside =
          Files.exists(examples) ? Optional.of(files.safetensors(examples)) : Optional.empty();
      Dictionary read = format.read(folder, at, files);
      Dictionary dictionary =
          beside.map(each -> read.with(new FeatureExamples(each, read))).orElse(read);
      files.requireAllAsked();
      opened = true;
      return dictionary;
    } finally {
      if (!opened) {
        files.close();
      }
    }
  }

  /**
   * How many bytes a dictionary takes in a format.
   *
   * @throws LoupeException if the format is unknown
   */
  public static long bytes(Dictionary dictionary, String format) {
    return named(format).bytes(dictionary);
  }

  /**
   * Fails now where {@link #write} would fail before the first byte.
   *
   * @throws LoupeException if the format is unknown or cannot say what this dictionary is, the
   *     folder is in use, or the disk has too little room
   */
  public static void check(Dictionary dictionary, Path folder, String format) {
    named(format).requireExpressible(dictionary);
    Path target = folder.toAbsolutePath().normalize();
    if (isInUse(target)) {
      throw LoupeException.badInput(folder + ": is not empty", "Name a new folder.");
    }
    long bytes = bytes(dictionary, format);
    try {
      Path existing = target;
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      long room = Files.getFileStore(existing).getUsableSpace();
      if (bytes > room) {
        throw LoupeException.resource(
            String.format(
                Locale.ROOT,
                "%s: the dictionary takes %,d bytes but the disk has %,d left",
                folder,
                bytes,
                room),
            "Free some space or write somewhere else.");
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  /**
   * Writes a dictionary: completely or not at all.
   *
   * @param folder new or empty
   * @throws LoupeException as {@link #check} says, if the dictionary holds numbers that are not
   *     finite, or if the disk refuses
   */
  public static void write(Dictionary dictionary, Path folder, String format) {
    check(dictionary, folder, format);
    dictionary.layers().forEach(layer -> dictionary.parts(layer).requireFinite());
    Path target = folder.toAbsolutePath().normalize();
    Path aside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      try {
        Files.createDirectories(aside);
        named(format).write(dictionary, aside);
        Files.deleteIfExists(target);
        Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        remove(aside);
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  private static DictionaryFormat named(String name) {
    return FORMATS.stream()
        .filter(format -> format.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            LoupeException.badInput(
                "there is no dictionary format '" + name + "'",
                "Choose one of: " + String.join(", ", formats()) + "."));
  }

  private static boolean isInUse(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Files.exists(folder);
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
