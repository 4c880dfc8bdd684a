package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launcher says and how it starts the JVM: in a checkout with something else for one. */
class LauncherTest {
  private static final Path ROOT = Path.of(System.getProperty("loupe.root", ".."));
  private static final Instant BUILT = Instant.parse("2026-06-01T12:00:00.500Z");

  @TempDir Path folder;
  private Path source = Path.of("");

  @BeforeEach
  void aCheckout() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "nothing that makes a terminal");
    Files.copy(ROOT.resolve("loupe"), folder.resolve("loupe"));
    Files.writeString(folder.resolve("pom.xml"), "");
    write("scripts/find-jdk.sh", "find_jdk() { LOUPE_JDK_FOUND=$root/jdk; }\n");
    write("jdk/release", "");
    Path java = write("jdk/bin/java", "#!/bin/sh\necho started \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    // Reproducible builds give the jar a fixed time, far before that of any source.
    age(
        write("loupe-app/target/loupe/lib/loupe-app.jar", ""),
        Instant.parse("2026-01-01T00:00:00Z"));
    age(write("loupe-app/target/loupe/built", ""), BUILT);
    source = age(write("loupe-core/src/main/A.java", ""), BUILT.minusMillis(400));
    Files.createDirectories(folder.resolve("loupe-web/src"));
    Files.createDirectories(folder.resolve("loupe-app/src/main"));
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    return Files.writeString(file, text);
  }

  private static Path age(Path file, Instant time) throws IOException {
    return Files.setLastModifiedTime(file, FileTime.from(time));
  }

  /** What the launcher says on a terminal; it asks for one before it looks. */
  private String said() throws IOException, InterruptedException {
    return said("--version");
  }

  private String said(String arguments) throws IOException, InterruptedException {
    String command = "/bin/sh '" + folder.resolve("loupe") + "' " + arguments;
    List<String> line =
        System.getProperty("os.name").startsWith("Mac")
            ? List.of("script", "-q", "/dev/null", "/bin/sh", "-c", command)
            : List.of("script", "-qec", command, "/dev/null");
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("started"), said);
    return said;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--help",
        "trace x -h",
        "help trace",
        "completion zsh",
        "--version",
        "trace x",
        "trace -- --help",
        "steer x",
        "lens x",
        "train --help"
      })
  void helpAndCommandsOfSecondsDoWithoutTheSecondCompiler(String arguments)
      throws IOException, InterruptedException {
    assertTrue(said(arguments).contains("-XX:TieredStopAtLevel=1"), said(arguments));
  }

  @ParameterizedTest
  @ValueSource(strings = {"train x", "world evaluate", "models run trace", "study -- --help"})
  void longWorkHasBothCompilers(String arguments) throws IOException, InterruptedException {
    assertFalse(said(arguments).contains("TieredStopAtLevel"), said(arguments));
  }

  @Test
  void aBuildOfTheseSourcesIsNotCalledOld() throws IOException, InterruptedException {
    assertFalse(said().contains("newer"), said());
  }

  @Test
  void aSourceEditedSinceTheBuildBeganIsSaid() throws IOException, InterruptedException {
    age(source, BUILT.plusMillis(400));
    assertTrue(said().contains("sources are newer than the build"), said());
  }
}
