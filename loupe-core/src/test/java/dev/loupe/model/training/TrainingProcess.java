package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.fault.LoupeException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
    List<String> command = new ArrayList<>();
    if (limit > 0) {
      command.addAll(List.of("sh", "-c", "ulimit -f " + limit + "; exec \"$@\"", "sh"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Dorg.bytedeco.javacpp.nopointergc=true",
            "-cp",
            System.getProperty("java.class.path"),
            TrainingProcess.class.getName(),
            folder.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("OPENBLAS_NUM_THREADS", "1");
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    builder.redirectErrorStream(true);
    builder.redirectOutput(new File(folder.toString() + ".log"));
    return builder.start();
  }
}
