package dev.loupe.cli.terminal;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The core names the fields of a request in backticks, {@code `maxNodes`}, since it knows no
 * command line; here they are options, {@code --max-nodes}.
 */
public final class RequestFields {
  private static final Pattern FIELD = Pattern.compile("`([a-z][a-zA-Z0-9]*)`");
  private static final Pattern HUMP = Pattern.compile("[A-Z]");

  private RequestFields() {}

  /** The text as someone at a command line reads it. */
  public static String asOptions(String text) {
    return FIELD
        .matcher(text)
        .replaceAll(field ->
            "--"
                + HUMP.matcher(field.group(1))
                    .replaceAll(hump -> "-" + hump.group().toLowerCase(Locale.ROOT)));
  }
}
