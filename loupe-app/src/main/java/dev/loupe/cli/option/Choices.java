package dev.loupe.cli.option;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * Options that take one of a few values: each is spelt in small letters with hyphens, as the help
 * spells it, and read in any case.
 */
public final class Choices {
  private Choices() {}

  /** Makes a command and those below it read their choices so. */
  public static void readBy(CommandLine command) {
    for (ArgSpec each : command.getCommandSpec().args()) {
      for (Class<?> type : each.auxiliaryTypes()) {
        if (type.isEnum()) {
          register(command, type);
        }
      }
    }
    command.getSubcommands().values().forEach(Choices::readBy);
  }

  private static <E> void register(CommandLine command, Class<E> type) {
    command.registerConverter(type, value -> of(type, value));
  }

  private static <E> E of(Class<E> type, String value) {
    return Arrays.stream(type.getEnumConstants())
        .filter(each -> spelt(each).equals(spelt(value)))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "'%s' is none of %s"
                    .formatted(
                        value,
                        Arrays.stream(type.getEnumConstants())
                            .map(Choices::spelt)
                            .collect(Collectors.joining(", ")))));
  }

  /** Of a value, or as it was typed. */
  private static String spelt(Object value) {
    String name = value instanceof Enum<?> one ? one.name() : value.toString();
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
