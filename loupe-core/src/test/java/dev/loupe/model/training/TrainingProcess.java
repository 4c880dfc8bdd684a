package dev.loupe.model.training;

import dev.loupe.JavaProcess;
import dev.loupe.corpus.TrainingRows;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The training of {@link Plans} in a process of its own, which a test can kill. */
final class TrainingProcess {
  private static final TrainingRows CORPUS = TinyCorpus.of(16);

  private TrainingProcess() {}

  /** Trains into the folder; exits with 4 after printing the message if the disk refuses. */
  public static void main(String[] arguments) {
    try {
      Trainer.run(
          Plans.of(Path.of(arguments[0])),
          CORPUS,
          Optional.of(CORPUS),
          List.of(),
          TrainingListener.NONE);
    } catch (LoupeException e) {
      System.out.println(e.getMessage());
      System.exit(4);
    }
  }

  /**
   * Starts it.
   *
   * @param limit {@code ulimit -f}, the largest file in blocks of 512 or 1,024 bytes; 0 for none
   */
  static Process start(Path folder, int limit) throws IOException {
    return JavaProcess.start(
        TrainingProcess.class, limit, Path.of(folder + ".log"), folder.toString());
  }
}
