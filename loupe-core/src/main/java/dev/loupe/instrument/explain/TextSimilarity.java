package dev.loupe.instrument.explain;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How alike two texts are, word by word without case: for models that give no probabilities. */
final class TextSimilarity {
  private static final int LONGEST_RUN = 4;

  private TextSimilarity() {}

  private static List<String> words(String text) {
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  /**
   * ROUGE-L (Lin 2004): F1 of the longest common subsequence of words; 1 for two texts without
   * words.
   */
  static double rouge(String candidate, String reference) {
    List<String> a = words(candidate);
    List<String> b = words(reference);
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() && b.isEmpty() ? 1 : 0;
    }
    int[] row = new int[b.size() + 1];
    for (String word : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.size(); j++) {
        int above = row[j];
        row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(row[j], row[j - 1]);
        diagonal = above;
      }
    }
    double common = row[b.size()];
    return 2 * common / (a.size() + b.size());
  }

  /**
   * BLEU of one sentence (Papineni et al. 2002), runs of up to four words, of which those of two
   * and more are counted with one added to both sides (Lin and Och 2004).
   */
  static double bleu(String candidate, String reference) {
    List<String> a = words(candidate);
    List<String> b = words(reference);
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() && b.isEmpty() ? 1 : 0;
    }
    double sum = 0;
    for (int length = 1; length <= LONGEST_RUN; length++) {
      Map<List<String>, Integer> known = runs(b, length);
      int matched = 0;
      for (Map.Entry<List<String>, Integer> run : runs(a, length).entrySet()) {
        matched += Math.min(run.getValue(), known.getOrDefault(run.getKey(), 0));
      }
      int total = Math.max(0, a.size() - length + 1);
      int more = length == 1 ? 0 : 1;
      if (matched + more == 0) {
        return 0;
      }
      sum += Math.log((double) (matched + more) / (total + more)) / LONGEST_RUN;
    }
    double brevity = a.size() >= b.size() ? 0 : 1 - (double) b.size() / a.size();
    return Math.exp(sum + brevity);
  }

  private static Map<List<String>, Integer> runs(List<String> words, int length) {
    Map<List<String>, Integer> runs = new HashMap<>();
    for (int i = 0; i + length <= words.size(); i++) {
      runs.merge(words.subList(i, i + length), 1, Integer::sum);
    }
    return runs;
  }
}
