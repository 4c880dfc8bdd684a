package dev.loupe.instrument.influence;

import dev.loupe.JavaProcess;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;

/** A fit with its index in a process of its own, which a test can kill. */
final class FitProcess {
  private FitProcess() {}

  /** Fits; exits with 4 after printing the message if the disk refuses. */
  public static void main(String[] arguments) {
    try (LanguageModel model =
        LanguageModel.open(Path.of(arguments[0]), LoadOptions.of(DType.F32))) {
      new FitInfluence()
          .ask(
              request(Path.of(arguments[1]), Path.of(arguments[2])),
              Subject.of(model, () -> "ab12"),
              Run.silent(3));
    } catch (LoupeException e) {
      System.out.println(e.getMessage());
      System.exit(4);
    }
  }

  /** Too little memory for two maps: each is a group of its own. */
  static FitRequest request(Path corpus, Path out) {
    return new FitRequest(corpus, out, 1, true, false, 1, FitRequest.DEFAULT_WIDEST, true);
  }

  /**
   * Starts it.
   *
   * @param limit {@code ulimit -f}, the largest file in blocks of 512 or 1,024 bytes; 0 for none
   */
  static Process start(Path model, Path corpus, Path out, int limit) throws IOException {
    return JavaProcess.start(
        FitProcess.class,
        limit,
        Path.of(out + ".log"),
        model.toString(),
        corpus.toString(),
        out.toString());
  }
}
