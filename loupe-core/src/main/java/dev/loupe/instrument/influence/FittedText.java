package dev.loupe.instrument.influence;

import dev.loupe.corpus.Corpus;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.training.SequenceGradients;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The documents to which a fit was made.
 *
 * @param described what was fitted
 * @param corpus where they are; opened only when they are read
 */
record FittedText(
    FitFolder.Description described, Path corpus, Subject subject, SequenceGradients network) {
  /**
   * Of a fit of this model.
   *
   * @param corpus where it is now; where the fit found it when empty
   * @throws LoupeException if the fit is not finished, damaged or another model's
   */
  static FittedText of(
      Path fit, Optional<Path> corpus, Subject subject, SequenceGradients network) {
    FitFolder.Description found = new FitFolder(fit).describe(network.maps(true));
    String sha256 = subject.sha256();
    if (!found.identity().model().equals(sha256)) {
      throw LoupeException.badInput(
          "%s was fitted to a model with weights %s…, and %s has weights %s…"
              .formatted(
                  fit, brief(found.identity().model()), subject.weights().name(), brief(sha256)),
          "Open the model that it was fitted to, or fit this one.");
    }
    return new FittedText(found, corpus.orElse(found.corpus()), subject, network);
  }

  private static String brief(String sha256) {
    return sha256.substring(0, Math.min(12, sha256.length()));
  }

  /**
   * About how many tokens they have: English text, and the Almanac's, have four characters a token.
   */
  double tokens() {
    return TrainingText.characters(Corpus.open(corpus, false)) * described.share() / 4;
  }

  /** Seconds that a pass over them takes, from a short one. */
  double seconds() {
    return tokens() * Networks.secondsOfAToken(network);
  }

  /**
   * Reads them.
   *
   * @throws LoupeException if they are not those of the fit
   */
  TrainingText read(Run run) {
    TrainingText text =
        TrainingText.read(
            Corpus.open(corpus, false),
            subject.weights(),
            described.share(),
            network.context(),
            run);
    if (!text.sha256().equals(described.identity().corpus())) {
      throw LoupeException.badInput(
          "the documents are not those of the fit: SHA-256 of their ids and tokens is %s…, was %s…"
              .formatted(brief(text.sha256()), brief(described.identity().corpus())),
          "Name the corpus that was fitted (`corpus`), or fit this one.");
    }
    return text;
  }
}
