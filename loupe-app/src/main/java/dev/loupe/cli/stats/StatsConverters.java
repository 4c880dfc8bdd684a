package dev.loupe.cli.stats;

import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Pairs;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How counts and shares are read; each refuses what makes no sense, saying why. */
final class StatsConverters {
  private static final String WHOLE = "[+-]?\\d+";

  private StatsConverters() {}

  /** Successes of trials: {@code 48/50}. */
  static final class Fraction implements ITypeConverter<Counts> {
    @Override
    public Counts convert(String value) {
      String[] parts = value.split("/", -1);
      if (parts.length != 2) {
        throw new TypeConversionException(
            "'" + value + "' is not successes of trials; write for example 48/50");
      }
      long successes = whole(parts[0], value);
      long trials = whole(parts[1], value);
      if (trials == 0) {
        throw new TypeConversionException("'" + value + "' has no trials: there is no rate");
      }
      if (successes > trials) {
        throw new TypeConversionException(
            "'%s' has more successes than trials; write successes/trials".formatted(value));
      }
      return new Counts(successes, trials);
    }
  }

  /** Pairs by who succeeded: {@code 36,12,2,0}. */
  static final class FourCounts implements ITypeConverter<Pairs> {
    @Override
    public Pairs convert(String value) {
      List<String> parts = Arrays.asList(value.split(",", -1));
      if (parts.size() != 4) {
        throw new TypeConversionException(
            "'%s' is not four counts; write BOTH,FIRST,SECOND,NEITHER, for example 36,12,2,0"
                .formatted(value));
      }
      long[] counts = parts.stream().mapToLong(part -> whole(part, value)).toArray();
      if (Arrays.stream(counts).sum() == 0) {
        throw new TypeConversionException("'" + value + "' has no items");
      }
      return new Pairs(counts[0], counts[1], counts[2], counts[3]);
    }
  }

  private static long whole(String text, String value) {
    String digits = text.strip();
    if (!digits.matches(WHOLE)) {
      throw new TypeConversionException(
          "'%s' in '%s' is not a whole number".formatted(text, value));
    }
    if (digits.startsWith("-")) {
      throw new TypeConversionException("'" + value + "' has a negative count");
    }
    // Sixteen digits fit into a long; what is beyond the bound is refused by its length.
    if (digits.length() > 16 || Long.parseLong(digits) > Counts.MOST / 4) {
      throw new TypeConversionException("'" + value + "' has a count beyond 2.5e14");
    }
    return Long.parseLong(digits);
  }

  /** A share from 0 to 1: {@code 0.05} or {@code 5%}. */
  static final class Share implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double share = share(value);
      if (share >= 0 && share <= 1) {
        return share;
      }
      throw new TypeConversionException(
          "'" + value + "' is not a share from 0 to 1; write for example 0.05 or 5%");
    }
  }

  /** A share strictly between 0 and 1. */
  static final class Inner implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double share = share(value);
      if (share > 0 && share < 1) {
        return share;
      }
      throw new TypeConversionException(
          "'" + value + "' is not between 0 and 1; write for example 0.95 or 95%");
    }
  }

  /** NaN for what is no number. */
  private static double share(String value) {
    String text = value.strip();
    boolean isPercent = text.endsWith("%");
    try {
      double number = Double.parseDouble(isPercent ? text.substring(0, text.length() - 1) : text);
      return isPercent ? number / 100 : number;
    } catch (NumberFormatException _) {
      return Double.NaN;
    }
  }
}
