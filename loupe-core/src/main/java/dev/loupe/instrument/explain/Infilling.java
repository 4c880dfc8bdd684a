package dev.loupe.instrument.explain;

import dev.loupe.model.Logits;
import dev.loupe.model.generate.NextTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tokenizer.BoundaryTokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Another word in the place of one, by the model itself: the likeliest word after the words before
 * it that is not the same, or one of those after it. It does not see the words behind; an infilling
 * model would.
 */
final class Infilling {
  private static final int CANDIDATES = 40;
  private static final int LONGEST = 4;

  private final LanguageModel model;
  private final NextTokens next;
  private final Map<String, List<Integer>> known = new HashMap<>();

  Infilling(LanguageModel model) {
    this.model = model;
    this.next = new NextTokens(model.transformer());
  }

  /**
   * The word, with the punctuation of the one that it replaces.
   *
   * @param rank 0 for the likeliest; the old word where there are not so many others
   */
  String of(List<String> words, int place, int rank) {
    String old = words.get(place);
    String before = String.join(" ", words.subList(0, place));
    Set<String> found = new HashSet<>(Set.of(letters(old)));
    for (int token : likeliest(before)) {
      String text = model.tokenizer().tokenText(token);
      boolean begins = place == 0 || Character.isWhitespace(text.isEmpty() ? 'x' : text.charAt(0));
      String word = text.strip();
      if (begins && isWord(word)) {
        String whole = completed(before + (place == 0 ? "" : " ") + word, word);
        if (found.add(letters(whole)) && found.size() == rank + 2) {
          return whole + old.replaceFirst("^.*[\\p{L}\\p{N}]", "");
        }
      }
    }
    return old;
  }

  private static String letters(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
  }

  private static boolean isWord(String text) {
    return text.matches("[\\p{L}\\p{N}]+");
  }

  /** The word with what the model adds before the next space. */
  private String completed(String text, String word) {
    String whole = word;
    for (int i = 1; i < LONGEST; i++) {
      String more =
          model.tokenizer().tokenText(likeliest(text + whole.substring(word.length())).getFirst());
      if (!isWord(more)) {
        break;
      }
      whole += more;
    }
    return whole;
  }

  private List<Integer> likeliest(String text) {
    return known.computeIfAbsent(text, this::ranked);
  }

  private List<Integer> ranked(String text) {
    int[] ids = model.tokenizer().ids(text, true);
    List<Integer> best = new ArrayList<>();
    next.distributions(
        List.of(ids.length == 0 ? new int[] {start()} : ids),
        (_, probabilities) ->
            best.addAll(
                Logits.largest(
                    IntStream.range(0, probabilities.length)
                        .mapToDouble(i -> probabilities[i])
                        .toArray(),
                    CANDIDATES)));
    return best;
  }

  private int start() {
    BoundaryTokens boundaries = model.boundaries();
    return boundaries.begin().orElseGet(() -> boundaries.end().orElse(0));
  }
}
