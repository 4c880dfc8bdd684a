package dev.loupe.cli.option;

import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.ResultFolder;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How option values are read; each refuses what is out of range, naming the range. */
public final class OptionConverters {
  private OptionConverters() {}

  /** A whole number of at least one. */
  public static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      try {
        int count = Integer.parseInt(value);
        if (count >= 1) {
          return count;
        }
      } catch (NumberFormatException e) {
        // Refused below, like a number out of range.
      }
      throw new TypeConversionException("'" + value + "' is not a whole number of at least 1");
    }
  }

  /** A share above 0, at most 1. */
  public static final class Share implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      try {
        double share = Double.parseDouble(value);
        if (share > 0 && share <= 1) {
          return share;
        }
      } catch (NumberFormatException e) {
        // Refused below, like a number out of range.
      }
      throw new TypeConversionException("'" + value + "' is not a share above 0 and at most 1");
    }
  }

  /** A finite number above 0. */
  public static final class Positive implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      try {
        double number = Double.parseDouble(value);
        if (number > 0 && Double.isFinite(number)) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Refused below, like a number out of range.
      }
      throw new TypeConversionException("'" + value + "' is not a number above 0");
    }
  }

  /** How many of something: {@code 250000}, {@code 15M}, {@code 1.5k}. */
  public static final class Amount implements ITypeConverter<Long> {
    private static final Pattern AMOUNT =
        Pattern.compile("(\\d{1,15}(?:\\.\\d{1,6})?)([kmg]?)", Pattern.CASE_INSENSITIVE);

    @Override
    public Long convert(String value) {
      Matcher amount = AMOUNT.matcher(value.strip());
      if (!amount.matches()) {
        throw new TypeConversionException("'" + value + "' is not a count such as 250000 or 15M");
      }
      int power = " kmg".indexOf(amount.group(2).toLowerCase(Locale.ROOT) + "");
      long count =
          new BigDecimal(amount.group(1))
              .multiply(BigDecimal.valueOf(1000).pow(amount.group(2).isEmpty() ? 0 : power))
              .longValue();
      if (count < 1) {
        throw new TypeConversionException("'" + value + "' is less than one");
      }
      return count;
    }
  }

  /** An amount of memory in bytes: {@code 4GiB}, {@code 1.5g}, {@code 800MB}. */
  public static final class Memory implements ITypeConverter<Long> {
    private static final Pattern AMOUNT =
        Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)\\s*([kmgt]?)(i?)b?", Pattern.CASE_INSENSITIVE);

    @Override
    public Long convert(String value) {
      Matcher amount = AMOUNT.matcher(value.strip());
      if (!amount.matches()) {
        throw new TypeConversionException(
            "'" + value + "' is not an amount of memory such as 4GiB or 800MB");
      }
      int power = " kmgt".indexOf(amount.group(2).toLowerCase(Locale.ROOT) + "");
      boolean letterAlone = !value.toLowerCase(Locale.ROOT).contains("b");
      long unit = amount.group(3).isEmpty() && !letterAlone ? 1000 : 1024;
      long bytes =
          new BigDecimal(amount.group(1))
              .multiply(BigDecimal.valueOf(unit).pow(amount.group(2).isEmpty() ? 0 : power))
              .longValue();
      if (bytes < 1) {
        throw new TypeConversionException("'" + value + "' leaves no memory at all");
      }
      return bytes;
    }
  }

  /** A device: {@code cpu}, {@code cuda} or {@code cuda:1}. */
  static final class Device implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      if (!value.matches("cpu|cuda(:\\d{1,3})?")) {
        throw new TypeConversionException(
            "'" + value + "' is neither cpu nor cuda nor cuda:NUMBER");
      }
      return value;
    }
  }

  /** A file to write; refused if it cannot be written. */
  public static final class Output implements ITypeConverter<ResultFile> {
    @Override
    public ResultFile convert(String value) {
      ResultFile file = new ResultFile(path(value));
      refuse(file.obstacle());
      return file;
    }
  }

  /** A file to write, or {@code -} for standard output. */
  static final class OutputOrStandard implements ITypeConverter<ResultFile> {
    @Override
    public ResultFile convert(String value) {
      return value.equals(JsonOption.STANDARD_OUTPUT)
          ? new ResultFile(Path.of(value))
          : new Output().convert(value);
    }
  }

  /** A folder to write to; refused if it can neither be made nor written to. */
  public static final class OutputFolder implements ITypeConverter<ResultFolder> {
    @Override
    public ResultFolder convert(String value) {
      ResultFolder folder = new ResultFolder(path(value));
      refuse(folder.obstacle());
      return folder;
    }
  }

  private static Path path(String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + value + "' is not a path: " + e.getReason());
    }
  }

  private static void refuse(Optional<String> obstacle) {
    if (obstacle.isPresent()) {
      throw new CannotBeWritten(obstacle.get());
    }
  }

  /** The command line makes sense, but something on this machine prevents it. */
  public static final class CannotBeWritten extends TypeConversionException {
    private static final long serialVersionUID = 1;

    CannotBeWritten(String obstacle) {
      super(obstacle);
    }
  }

  /** A share from 0 to 1: {@code 0.05} or {@code 5%}. */
  public static final class ShareFromZero implements ITypeConverter<Double> {
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
  public static final class Inner implements ITypeConverter<Double> {
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
