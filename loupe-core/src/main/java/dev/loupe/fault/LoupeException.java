package dev.loupe.fault;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A failure that the user can fix. {@link #getMessage} is what is wrong and where; {@link #remedy}
 * is what to do about it. Anything else that escapes (an {@code IllegalStateException}, say) is a
 * bug in Loupe.
 */
public final class LoupeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What kind of failure this is; the command line turns it into an exit code. */
  public enum Kind {
    /** The input (file, prompt, name, server) is wrong: exit code 3. */
    BAD_INPUT,
    /** A bound on memory, disk or time would be or was broken: exit code 4. */
    RESOURCE
  }

  private final Kind kind;
  private final String remedy;

  private LoupeException(Kind kind, String message, String remedy, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.remedy = remedy;
  }

  /**
   * A wrong input.
   *
   * @param message what is wrong and where, for example {@code model.safetensors: header claims
   *     2^63 bytes at offset 0}
   * @param remedy what to do, one sentence
   */
  public static LoupeException badInput(String message, String remedy) {
    return new LoupeException(Kind.BAD_INPUT, message, remedy, null);
  }

  /** As {@link #badInput(String, String)}, keeping the cause for {@code --debug}. */
  public static LoupeException badInput(String message, String remedy, Throwable cause) {
    return new LoupeException(Kind.BAD_INPUT, message, remedy, cause);
  }

  /** A bound that would be or was exceeded. */
  public static LoupeException resource(String message, String remedy) {
    return new LoupeException(Kind.RESOURCE, message, remedy, null);
  }

  /** As {@link #resource(String, String)}, keeping the cause for {@code --debug}. */
  public static LoupeException resource(String message, String remedy, Throwable cause) {
    return new LoupeException(Kind.RESOURCE, message, remedy, cause);
  }

  /** What is wrong, and where; never absent. */
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }

  /** What kind of failure this is. */
  public Kind kind() {
    return kind;
  }

  /** What to do about it, one sentence. */
  public String remedy() {
    return remedy;
  }
}
