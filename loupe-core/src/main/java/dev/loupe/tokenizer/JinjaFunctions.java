package dev.loupe.tokenizer;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The functions that transformers gives to chat templates. Public because Jinjava calls them. */
public final class JinjaFunctions {
  private JinjaFunctions() {}

  /** A template's own refusal. */
  static final class Raised extends RuntimeException {
    private static final long serialVersionUID = 1;

    Raised(String message) {
      super(message);
    }
  }

  /** The bound on steps is broken. An error, since Jinjava continues after exceptions. */
  static final class Bound extends Error {
    private static final long serialVersionUID = 1;
  }

  /**
   * Ends the rendering with a message for the user.
   *
   * @throws RuntimeException always
   */
  public static Object raiseException(@Nullable Object message) {
    throw new Raised(String.valueOf(message));
  }

  /** The rendering's date, written as C's strftime does in its own locale. */
  public static String strftimeNow(@Nullable Object format) {
    JinjavaInterpreter interpreter = JinjavaInterpreter.getCurrent();
    ZoneId zone = interpreter.getConfig().getTimeZone();
    long millis = interpreter.getConfig().getDateTimeProvider().getCurrentTimeMillis();
    ZonedDateTime now = Instant.ofEpochMilli(millis).atZone(zone);
    String pattern = String.valueOf(format);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char letter = pattern.charAt(i);
      if (letter == '%' && i + 1 < pattern.length()) {
        text.append(part(now, pattern.charAt(++i)));
      } else {
        text.append(letter);
      }
    }
    return text.toString();
  }

  private static String part(ZonedDateTime now, char conversion) {
    String pattern =
        switch (conversion) {
          case 'Y' -> "uuuu";
          case 'y' -> "uu";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'B' -> "MMMM";
          case 'b', 'h' -> "MMM";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'j' -> "DDD";
          case 'F' -> "uuuu-MM-dd";
          case 'T' -> "HH:mm:ss";
          case '%' -> "'%'";
          default -> throw new Raised("strftime_now has no conversion %" + conversion);
        };
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
  }
}
