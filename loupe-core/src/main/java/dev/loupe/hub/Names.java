package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which names are accepted, from users and from servers: each becomes part of a path on disk and of
 * an address, so each is refused unless it is plain.
 */
final class Names {
  private static final String WORD = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
  private static final Pattern REPOSITORY = Pattern.compile(WORD + "(?:/" + WORD + ")?");
  private static final Pattern REVISION =
      Pattern.compile(
          "[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}(?:/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}){0,5}");
  private static final Pattern COMMIT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
  private static final Pattern FORBIDDEN_IN_FILE =
      Pattern.compile("[\\p{Cntrl}\\p{Cf}\\\\:*?\"<>|]");
  private static final int LONGEST_FILE_NAME = 500;
  private static final int LONGEST_SHOWN = 80;

  private Names() {}

  /** {@code org/name} or {@code name}, as the hub allows it. */
  static boolean isRepository(String text) {
    return REPOSITORY.matcher(text).matches() && !text.contains("--") && !text.contains("..");
  }

  /** A branch, a tag, a commit or {@code refs/pr/1}. */
  static boolean isRevision(String text) {
    return REVISION.matcher(text).matches() && !text.contains("..");
  }

  /** A commit, or another single word that names a snapshot or a blob. */
  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches() && !text.contains("..");
  }

  /** A relative path of plain segments that this system can write. */
  static boolean isFile(String text) {
    return isPlain(text) && isPathHere(text);
  }

  private static boolean isPlain(String text) {
    if (text.isEmpty()
        || text.length() > LONGEST_FILE_NAME
        || FORBIDDEN_IN_FILE.matcher(text).find()) {
      return false;
    }
    for (String segment : text.split("/", -1)) {
      if (segment.isEmpty()
          || segment.equals(".")
          || segment.equals("..")
          || segment.endsWith(" ")
          || segment.endsWith(".")) {
        return false;
      }
    }
    return true;
  }

  /** Without a UTF-8 locale the JVM writes no path beyond ASCII. */
  private static boolean isPathHere(String text) {
    try {
      var _ = Path.of(text);
      return true;
    } catch (InvalidPathException _) {
      return false;
    }
  }

  /** The file name, if it is plain. */
  static String requireFile(String text, String repository) {
    if (isPlain(text) && !isPathHere(text)) {
      throw LoupeException.badInput(
          repository + " lists a file whose name this locale cannot write: " + shown(text),
          "Set LC_ALL=C.UTF-8 and run the command again.");
    }
    if (!isFile(text)) {
      throw LoupeException.badInput(
          repository + " lists a file with a forbidden name: " + shown(text),
          "Nothing was written; do not trust this model or this hub.");
    }
    return text;
  }

  /** The commit or blob name out of a header, if it is plain. */
  static Optional<String> commit(String text) {
    return Optional.of(text).filter(Names::isCommit);
  }

  /** A hostile name made fit for a terminal. */
  static String shown(String text) {
    String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
    return "'"
        + (plain.length() > LONGEST_SHOWN ? plain.substring(0, LONGEST_SHOWN) + "..." : plain)
        + "'";
  }
}
