package dev.loupe.fault;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Files and folders that refuse, in the operating system's words instead of Java's. */
public final class FileFault {
  private FileFault() {}

  /**
   * A file that cannot be read.
   *
   * @param file its path, or its name for the user
   */
  public static LoupeException cannotRead(Object file, Exception cause) {
    return cannotRead(file, "Check the path and its permissions.", cause);
  }

  /**
   * A file that cannot be read, and what to do about it.
   *
   * @param file its path, or its name for the user
   */
  public static LoupeException cannotRead(Object file, String remedy, Exception cause) {
    String what = cause instanceof NoSuchFileException ? ": " : ": cannot be read: ";
    return LoupeException.badInput(file + what + reason(cause), remedy, cause);
  }

  /**
   * A file or folder that cannot be written, moved or deleted.
   *
   * @param file its path, or its name for the user
   */
  public static LoupeException cannotWrite(Object file, Exception cause) {
    return LoupeException.resource(
        file + ": cannot be written: " + reason(cause),
        "Check the folder's permissions and the free space, or write somewhere else.",
        cause);
  }

  /** Why, in a few words; the path is not among them. */
  public static String reason(Throwable failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case NotDirectoryException _ -> "it is not a folder";
      case DirectoryNotEmptyException _ -> "the folder is not empty";
      case FileAlreadyExistsException _ -> "something of that name already exists";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      case CharacterCodingException _ -> "it is not UTF-8 text";
      case RuntimeException e when e.getCause() instanceof IOException cause -> reason(cause);
      default -> firstLine(failure);
    };
  }

  /** Parsers tell the source below it. */
  private static String firstLine(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : message.lines().findFirst().orElseThrow();
  }
}
