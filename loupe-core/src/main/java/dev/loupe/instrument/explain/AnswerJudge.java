package dev.loupe.instrument.explain;

import java.util.List;

/** Compares two answers by what they say, not by their words. */
public sealed interface AnswerJudge permits ModelJudge, EntailmentJudge {
  /** How different the answers are, from 0 to 1. */
  double difference(String first, String second);

  /** What the number is, in words. */
  String measured();

  /** What a reader has to know, once it has judged. */
  List<String> caveats();
}
