package dev.loupe.instrument.geometry;

import dev.loupe.geometry.ActivationTable;
import dev.loupe.instrument.Subject;
import java.util.Arrays;
import java.util.List;

/** The words at which features are most active. */
final class Peaks {
  /** Tokens told before the one on which a feature is most active. */
  private static final int BEFORE = 3;

  private static final double HALF = 0.5;

  private final Subject subject;
  private final int[] tokens;
  private final int length;

  Peaks(Subject subject, TextSample texts) {
    this.subject = subject;
    this.tokens = texts.tokens();
    this.length = texts.length();
  }

  /** The token on which at least half of each feature's activation lies; empty for none. */
  List<String> labels(ActivationTable table) {
    return Arrays.stream(table.mostly(tokens, HALF))
        .mapToObj(token -> token < 0 ? "" : text(token))
        .toList();
  }

  private String text(int token) {
    return subject.weights().tokenizer().tokenText(token);
  }

  /** The token at a position and what stands before it in its text; empty for none, -1. */
  String at(int position) {
    StringBuilder text = new StringBuilder();
    int first = Math.max(position / length * length, position - BEFORE);
    for (int i = Math.max(0, first); i <= position; i++) {
      text.append(text(tokens[i]));
    }
    return text.toString();
  }
}
