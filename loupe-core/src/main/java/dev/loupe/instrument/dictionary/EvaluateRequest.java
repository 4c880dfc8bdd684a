package dev.loupe.instrument.dictionary;

import java.nio.file.Path;

/**
 * Asks how good the subject's dictionary is.
 *
 * @param texts on which it is measured: those held out, or all if none are
 */
public record EvaluateRequest(DictionaryTexts texts) {
  /** On the held-out documents of a corpus. */
  public static EvaluateRequest of(Path corpus) {
    return new EvaluateRequest(DictionaryTexts.of(corpus));
  }
}
