package dev.loupe.audit.claims;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers and dates of an English text, by value: 1,200 and 1.2 thousand are one number, 8
 * October and October 8th one date. Months without a day or a year are words.
 *
 * @param all in order
 */
public record Quantities(List<Quantity> all) {
  /** With a capital: "may" and "march" are words. */
  private static final String MONTH =
      "(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
          + "|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?";

  private static final String DAY = "(\\d{1,2})(?:st|nd|rd|th)?";
  private static final Pattern DATE =
      Pattern.compile(
          "(?<![\\p{L}\\p{N}])(?:(\\d{4})-(\\d{2})-(\\d{2})"
              + "|%1$s(?: of)? %2$s(?:,? (\\d{4}))?|%2$s %1$s(?:,? (\\d{4}))?|%2$s,? (\\d{4}))(?![\\p{L}\\p{N}])"
                  .formatted(DAY, MONTH));
  private static final Map<String, Integer> WORDS =
      Map.ofEntries(
          Map.entry("two", 2),
          Map.entry("three", 3),
          Map.entry("four", 4),
          Map.entry("five", 5),
          Map.entry("six", 6),
          Map.entry("seven", 7),
          Map.entry("eight", 8),
          Map.entry("nine", 9),
          Map.entry("ten", 10),
          Map.entry("eleven", 11),
          Map.entry("twelve", 12));
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?i)(?<![\\p{L}\\p{N}.])([-−]?(?:\\d{1,3}(?:,\\d{3})+|\\d{1,30})(?:\\.\\d{1,30})?|"
              + String.join("|", WORDS.keySet())
              + ")(?:st|nd|rd|th)?(?:[ -](thousand|million|billion))?( ?%| percent| per cent)?"
              + "(?![\\p{L}\\p{N}])");

  public Quantities {
    all = List.copyOf(all);
  }

  /** A number or a date with its place. */
  public sealed interface Quantity {
    /** First UTF-16 index. */
    int start();

    /** UTF-16 index after the last. */
    int end();

    /** Whether this says at least what the other says. */
    boolean holds(Quantity other);

    /** Whether both are of one kind, so that one can stand in the other's place. */
    boolean isLike(Quantity other);
  }

  /**
   * A number.
   *
   * @param percent whether it is a percentage
   */
  public record Amount(BigDecimal value, boolean percent, int start, int end) implements Quantity {
    @Override
    public boolean holds(Quantity other) {
      return other instanceof Amount number
          && percent == number.percent
          && value.compareTo(number.value) == 0;
    }

    @Override
    public boolean isLike(Quantity other) {
      return other instanceof Amount number && percent == number.percent;
    }
  }

  /** A date, of which a part may be missing. */
  public record Date(OptionalInt year, OptionalInt month, OptionalInt day, int start, int end)
      implements Quantity {
    @Override
    public boolean holds(Quantity other) {
      return other instanceof Date date
          && (date.year.isEmpty() || date.year.equals(year))
          && (date.month.isEmpty() || date.month.equals(month))
          && (date.day.isEmpty() || date.day.equals(day));
    }

    @Override
    public boolean isLike(Quantity other) {
      return other instanceof Date date
          && (date.year.isEmpty() || year.isPresent())
          && (date.day.isEmpty() || day.isPresent());
    }
  }

  /** Those of a text. */
  public static Quantities of(String text) {
    List<Quantity> found = new ArrayList<>();
    StringBuilder rest = new StringBuilder(text);
    Matcher dates = DATE.matcher(text);
    while (dates.find()) {
      date(dates)
          .ifPresent(date -> {
            found.add(date);
            for (int i = date.start(); i < date.end(); i++) {
              rest.setCharAt(i, ' ');
            }
          });
    }
    Matcher numbers = NUMBER.matcher(rest);
    while (numbers.find()) {
      found.add(number(numbers));
    }
    found.sort((a, b) -> Integer.compare(a.start(), b.start()));
    return new Quantities(found);
  }

  private static Optional<Date> date(Matcher found) {
    OptionalInt year = first(found, 1, 6, 9, 11);
    OptionalInt month = OptionalInt.empty();
    for (int group : new int[] {5, 7, 10}) {
      if (found.group(group) != null) {
        month = OptionalInt.of(month(found.group(group)));
      }
    }
    if (found.group(2) != null) {
      month = first(found, 2);
    }
    OptionalInt day = first(found, 3, 4, 8);
    boolean isOne =
        month.orElse(1) >= 1 && month.orElse(1) <= 12 && day.orElse(1) >= 1 && day.orElse(1) <= 31;
    return isOne
        ? Optional.of(new Date(year, month, day, found.start(), found.end()))
        : Optional.empty();
  }

  private static OptionalInt first(Matcher found, int... groups) {
    for (int group : groups) {
      if (found.group(group) != null) {
        return OptionalInt.of(Integer.parseInt(found.group(group)));
      }
    }
    return OptionalInt.empty();
  }

  private static int month(String name) {
    String three = name.substring(0, 3).toLowerCase(Locale.ROOT);
    return "janfebmaraprmayjunjulaugsepoctnovdec".indexOf(three) / 3 + 1;
  }

  private static Amount number(Matcher found) {
    String digits = found.group(1).toLowerCase(Locale.ROOT);
    Integer word = WORDS.get(digits);
    BigDecimal value =
        word != null
            ? BigDecimal.valueOf(word)
            : new BigDecimal(digits.replace(",", "").replace('−', '-'));
    String scale = found.group(2) == null ? "" : found.group(2).toLowerCase(Locale.ROOT);
    int zeros =
        switch (scale) {
          case "thousand" -> 3;
          case "million" -> 6;
          case "billion" -> 9;
          default -> 0;
        };
    return new Amount(
        value.scaleByPowerOfTen(zeros), found.group(3) != null, found.start(), found.end());
  }

  /** Whether every one of these is said by one of the others. */
  public boolean heldBy(Quantities others) {
    return all.stream().allMatch(each -> others.all.stream().anyMatch(it -> it.holds(each)));
  }

  /** Whether one of these is missing in the others, and another of its kind stands there. */
  public boolean differFrom(Quantities others) {
    return all.stream()
        .filter(each -> others.all.stream().noneMatch(it -> it.holds(each)))
        .anyMatch(each ->
            others.all.stream()
                .anyMatch(it -> it.isLike(each) && all.stream().noneMatch(own -> it.holds(own))));
  }

  /** Whether a stretch of the text lies in one of them. */
  boolean cover(int start, int end) {
    return all.stream().anyMatch(each -> each.start() <= start && end <= each.end());
  }
}
