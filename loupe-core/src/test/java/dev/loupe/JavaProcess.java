package dev.loupe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A main class of the tests in a process of its own, to be killed or to run short of disk. */
public final class JavaProcess {
  private JavaProcess() {}

  /**
   * Starts it with one engine thread; what it says goes to a file.
   *
   * @param limit {@code ulimit -f}, the largest file in blocks of 512 or 1,024 bytes; 0 for none
   */
  public static Process start(Class<?> main, int limit, Path log, String... arguments)
      throws IOException {
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
            main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("OPENBLAS_NUM_THREADS", "1");
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }
}
