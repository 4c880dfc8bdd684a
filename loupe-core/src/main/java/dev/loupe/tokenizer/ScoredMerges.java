package dev.loupe.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The merges of a SentencePiece vocabulary, which stores scores instead: every way to make a token
 * of two others, best score first. Ties are ordered as Hugging Face's converter orders them, so
 * that ids agree with converted models.
 */
final class ScoredMerges {
  /** Two pieces that may be joined. */
  record Merge(String left, String right, float score) {
    private int leftLength() {
      return left.codePointCount(0, left.length());
    }

    private int rightLength() {
      return right.codePointCount(0, right.length());
    }
  }

  private ScoredMerges() {}

  static List<Merge> of(Map<String, Integer> ids, List<Float> scores) {
    List<String> tokens =
        ids.entrySet().stream()
            .sorted(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .toList();
    List<Merge> merges = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      List<Merge> ofToken = new ArrayList<>();
      for (int at = token.offsetByCodePoints(0, token.isEmpty() ? 0 : 1);
          at < token.length();
          at = token.offsetByCodePoints(at, 1)) {
        String left = token.substring(0, at);
        String right = token.substring(at);
        if (ids.containsKey(left) && ids.containsKey(right)) {
          ofToken.add(new Merge(left, right, scores.get(id)));
        }
      }
      ofToken.sort(
          Comparator.comparingInt((Merge merge) -> ids.get(merge.left()))
              .thenComparingInt(merge -> ids.get(merge.right())));
      merges.addAll(ofToken);
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(Merge::leftLength)
            .thenComparingInt(Merge::rightLength)
            .reversed());
    return merges;
  }
}
