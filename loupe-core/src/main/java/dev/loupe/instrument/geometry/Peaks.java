package dev.loupe.instrument.geometry;

import dev.loupe.instrument.Subject;

/** The words at which features are most active. */
final class Peaks {
  /** Tokens told before the one on which a feature is most active. */
  private static final int BEFORE = 3;

  private final Subject subject;
  private final int[] tokens;
  private final int length;

  Peaks(Subject subject, TextSample texts) {
    this.subject = subject;
    this.tokens = texts.tokens();
    this.length = texts.length();
  }

  /** The token at a position and what stands before it in its text; empty for none, -1. */
  String at(int position) {
    StringBuilder text = new StringBuilder();
    int first = Math.max(position / length * length, position - BEFORE);
    for (int i = Math.max(0, first); i <= position; i++) {
      text.append(subject.weights().tokenizer().tokenText(tokens[i]));
    }
    return text.toString();
  }
}
