package dev.loupe.corpus;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Documents on disk: a file of JSON lines (also compressed by gzip), a Parquet file, a text file,
 * or a folder of such files, which are read in the order of their paths. A record holds {@code
 * text}, or {@code messages}, or {@code prompt} and {@code answer}, and may have an {@code id}.
 * Documents are streamed, so a corpus may be larger than memory.
 */
public final class Corpus {
  private static final int MOST_FOLDERS_DEEP = 32;

  private final Path location;
  private final List<Path> files;
  private final boolean strict;

  private Corpus(Path location, List<Path> files, boolean strict) {
    this.location = location;
    this.files = files;
    this.strict = strict;
  }

  /**
   * Finds the files of a corpus; none is read yet.
   *
   * @param strict whether the first broken record is an error; otherwise they are skipped and
   *     counted
   * @throws LoupeException if there is nothing at {@code location} that could be read
   */
  public static Corpus open(Path location, boolean strict) {
    if (Files.isDirectory(location)) {
      List<Path> files = filesOf(location);
      if (files.isEmpty()) {
        throw LoupeException.badInput(
            location + ": the folder holds no file that ends in " + Format.endings(),
            "Give a corpus in one of these formats.");
      }
      return new Corpus(location, files, strict);
    }
    if (!Files.exists(location)) {
      throw LoupeException.badInput(location + ": does not exist", "Check the path of the corpus.");
    }
    if (Format.of(location).isEmpty()) {
      throw LoupeException.badInput(
          location + ": has no file extension of a corpus that Loupe reads",
          "Give a folder or a file that ends in " + Format.endings() + ".");
    }
    return new Corpus(location, List.of(location), strict);
  }

  /** Where it is. */
  public Path location() {
    return location;
  }

  /** Its files in the order in which they are read. */
  public List<Path> files() {
    return List.copyOf(files);
  }

  /**
   * Reads every document from the first to the last.
   *
   * @throws LoupeException if there is not a document, a file cannot be read to its end, or a
   *     record is broken and the corpus {@code strict}
   */
  public Reading read(Consumer<Document> documents) {
    Tally tally = new Tally(documents, strict);
    for (Path file : files) {
      String name = name(file);
      try {
        Format.of(file).orElseThrow().read(file, name, tally);
      } catch (IOException e) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "%s: cannot be read to its end, after %,d documents: %s",
                file,
                tally.documents(),
                FileFault.reason(e)),
            "Fetch or write the file again; what follows the damage would be missing.",
            e);
      }
    }
    return tally.reading(location);
  }

  /** How records of a file are named: by its path in the folder, or its own name. */
  private String name(Path file) {
    return file.equals(location)
        ? String.valueOf(file.getFileName())
        : location.relativize(file).toString().replace('\\', '/');
  }

  private static List<Path> filesOf(Path folder) {
    try (Stream<Path> found = Files.walk(folder, MOST_FOLDERS_DEEP)) {
      List<Path> files = new ArrayList<>();
      found
          .filter(file -> Format.of(file).isPresent() && Files.isRegularFile(file))
          .sorted()
          .forEach(files::add);
      return files;
    } catch (IOException e) {
      throw LoupeException.badInput(
          folder + ": cannot be listed: " + e.getMessage(), "Check its permissions.", e);
    }
  }

  /** The format of a file's documents, by its extension. */
  private enum Format {
    JSON_LINES(".jsonl", ".jsonl.gz", ".ndjson") {
      @Override
      void read(Path file, String name, Tally tally) throws IOException {
        JsonLines.read(file, name, tally);
      }
    },
    PARQUET(".parquet") {
      @Override
      void read(Path file, String name, Tally tally) throws IOException {
        ParquetFile.read(file, name, tally);
      }
    },
    TEXT(".txt", ".text", ".md") {
      @Override
      void read(Path file, String name, Tally tally) throws IOException {
        TextFile.read(file, name, tally);
      }
    };

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes a list that nobody can change
    private final List<String> ends;

    Format(String... ends) {
      this.ends = List.of(ends);
    }

    abstract void read(Path file, String name, Tally tally) throws IOException;

    static Optional<Format> of(Path file) {
      String name = String.valueOf(file.getFileName());
      return Stream.of(values())
          .filter(format -> format.ends.stream().anyMatch(name::endsWith))
          .findFirst();
    }

    static String endings() {
      return String.join(
          ", ", Stream.of(values()).flatMap(format -> format.ends.stream()).toList());
    }
  }
}
