package dev.loupe.file;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The name of one part of a GGUF model that llama.cpp split: {@code NAME-00001-of-00003.gguf}.
 *
 * @param name the part before the number, folders included
 * @param number which part, from 1
 * @param count how many parts there are
 */
public record PartName(String name, int number, int count) {
  /** How llama.cpp numbers parts: the most that its 16-bit count holds is 65,535. */
  private static final int MOST_PARTS = 65_535;

  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  /** Reads a file's name; empty if it is not the name of one part of several. */
  public static Optional<PartName> of(String fileName) {
    Matcher part = PART.matcher(fileName);
    if (!part.matches()) {
      return Optional.empty();
    }
    int number = Integer.parseInt(part.group(2));
    int count = Integer.parseInt(part.group(3));
    // One of one is a whole model, whatever it is called.
    return count < 2 || count > MOST_PARTS || number < 1 || number > count
        ? Optional.empty()
        : Optional.of(new PartName(part.group(1), number, count));
  }

  /** The file name of another part of the same model. */
  public String sibling(int other) {
    return "%s-%05d-of-%05d.gguf".formatted(name, other, count);
  }

  /** The file names of all parts, in order. */
  public List<String> all() {
    return IntStream.rangeClosed(1, count).mapToObj(this::sibling).toList();
  }
}
