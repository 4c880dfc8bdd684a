package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A model reference as the user types it. */
public sealed interface ModelReference {
  /**
   * A model of the hub.
   *
   * @param repository {@code org/name}, or {@code name} alone
   * @param revision a branch, tag or commit; {@code main} when absent
   * @param file the one GGUF file meant, of several
   */
  record Named(String repository, Optional<String> revision, Optional<String> file)
      implements ModelReference {
    /**
     * @throws LoupeException if a part could not be a name on the hub
     */
    public Named {
      if (!Names.isRepository(repository)) {
        throw notAName(repository);
      }
      if (revision.filter(text -> !Names.isRevision(text)).isPresent()) {
        throw LoupeException.badInput(
            Names.shown(revision.get()) + " is not a revision",
            "A revision is a branch, a tag or a commit, as in org/name@main.");
      }
      if (file.filter(text -> !Names.isFile(text) || !text.endsWith(".gguf")).isPresent()) {
        throw LoupeException.badInput(
            Names.shown(file.get()) + " is not the name of a GGUF file",
            "After the colon stands a file of the model, as in org/name:model-Q4_1.gguf.");
      }
    }

    /** The revision asked for, {@code main} by default. */
    public String revisionOrMain() {
      return revision.orElse("main");
    }

    @Override
    public String toString() {
      return repository + revision.map(r -> "@" + r).orElse("") + file.map(f -> ":" + f).orElse("");
    }
  }

  /** A folder or a file of this machine. */
  record OnDisk(Path path) implements ModelReference {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /**
   * Reads {@code org/name}, {@code name}, either with {@code @revision} and {@code :file.gguf}, or
   * a path. What exists on disk wins over a name; what starts with {@code /}, {@code ./} or {@code
   * ../} is always a path.
   *
   * @param workingFolder where a relative path starts
   * @throws LoupeException if the text is none of these
   */
  static ModelReference parse(String text, Path workingFolder) {
    if (text.isBlank()) {
      throw LoupeException.badInput(
          "the name of the model is empty", "Give org/name, or the path of a folder or a file.");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw notAName(text);
    }
    if (Syntax.PATH.matcher(text).lookingAt()) {
      return new OnDisk(Syntax.path(text, workingFolder));
    }
    Matcher name = Syntax.NAME.matcher(text);
    boolean named = name.matches();
    if (Syntax.existsOnDisk(text, workingFolder)
        || (named && name.group(3) == null && Syntax.WEIGHTS.matcher(text).find())) {
      return new OnDisk(Syntax.path(text, workingFolder));
    }
    if (!named) {
      throw notAName(text);
    }
    return new Named(
        name.group(1), Optional.ofNullable(name.group(2)), Optional.ofNullable(name.group(3)));
  }

  private static LoupeException notAName(String text) {
    return LoupeException.badInput(
        Names.shown(text) + " is not the name of a model, nor a path that exists",
        "Names look like org/name, org/name@revision or org/name:file.gguf; a path may start with"
            + " ./ or /.");
  }

  /** The forms of text that {@link ModelReference#parse} distinguishes. */
  final class Syntax {
    private static final Pattern PATH =
        Pattern.compile("\\.{0,2}[/\\\\]|\\.{1,2}$|[A-Za-z]:[/\\\\]");
    private static final Pattern NAME = Pattern.compile("([^@:]*)(?:@([^:]*))?(?::(.*))?");
    private static final Pattern WEIGHTS = Pattern.compile("\\.(gguf|safetensors)$");

    private Syntax() {}

    private static Path path(String text, Path workingFolder) {
      try {
        return workingFolder.resolve(text);
      } catch (InvalidPathException e) {
        throw LoupeException.badInput(
            Names.shown(text) + " is not a path that this system allows",
            "Give the path of a folder or a file.",
            e);
      }
    }

    private static boolean existsOnDisk(String text, Path workingFolder) {
      try {
        return Files.exists(workingFolder.resolve(text));
      } catch (InvalidPathException e) {
        return false;
      }
    }
  }
}
