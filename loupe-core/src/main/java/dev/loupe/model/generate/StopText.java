package dev.loupe.model.generate;

import java.util.List;
import java.util.Optional;

/**
 * Lets text through until a stop text is complete, whatever the pieces in which it arrives. Holds
 * back what may yet become a stop text.
 */
final class StopText {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private Optional<String> found = Optional.empty();

  StopText(List<String> stops) {
    this.stops = stops;
  }

  /** Takes a piece and returns the text that is now certain; after a stop, always none. */
  String push(String piece) {
    if (found.isPresent()) {
      return "";
    }
    for (int i = 0; i < piece.length(); i++) {
      held.append(piece.charAt(i));
      Optional<String> ending = longestEnding();
      if (ending.isPresent()) {
        found = ending;
        String certain = held.substring(0, held.length() - ending.get().length());
        held.setLength(0);
        return certain;
      }
    }
    int certain = held.length() - possibleStart();
    String text = held.substring(0, certain);
    held.delete(0, certain);
    return text;
  }

  /** What was held back, once no more text will come. */
  String finish() {
    String text = held.toString();
    held.setLength(0);
    return text;
  }

  /** The stop text that was met. */
  Optional<String> found() {
    return found;
  }

  private Optional<String> longestEnding() {
    String best = "";
    for (String stop : stops) {
      if (stop.length() > best.length() && endsWith(stop, stop.length())) {
        best = stop;
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  /** Length of the longest end of the held text with which a stop text begins. */
  private int possibleStart() {
    int longest = 0;
    for (String stop : stops) {
      int length = Math.min(stop.length() - 1, held.length());
      while (length > longest && !endsWith(stop, length)) {
        length--;
      }
      longest = Math.max(longest, length);
    }
    return longest;
  }

  private boolean endsWith(String stop, int length) {
    int start = held.length() - length;
    if (start < 0) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (held.charAt(start + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
