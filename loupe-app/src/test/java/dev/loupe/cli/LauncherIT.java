package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.loupe.Loupe;
import dev.loupe.cli.terminal.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a process, in the checkout and from the unpacked zip; runs after packaging. */
class LauncherIT {
  private static final Path ROOT = Path.of(System.getProperty("loupe.root", ".."));

  @TempDir Path folder;

  @BeforeEach
  void needsAShell() {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no POSIX shell on this machine");
  }

  private static Ran run(Path directory, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    Path err = Files.createTempFile("loupe", "err");
    try {
      Process process = builder.redirectError(err.toFile()).start();
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Ran(process.waitFor(), out, Files.readString(err));
    } finally {
      Files.delete(err);
    }
  }

  private static Path packagedZip() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("loupe-app/target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("loupe-.*\\.zip"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Path unpack(Path zip, Path target) throws IOException {
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : file.stream().toList()) {
        Path path = target.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          try (InputStream bytes = file.getInputStream(entry)) {
            Files.copy(bytes, path);
          }
        }
      }
    }
    try (Stream<Path> top = Files.list(target)) {
      Path launcher = top.findFirst().orElseThrow().resolve("loupe");
      Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
      return launcher;
    }
  }

  @Test
  void answersInTheCheckoutFromAnyDirectory() throws IOException, InterruptedException {
    Ran ran = run(folder, Map.of(), List.of(ROOT.resolve("loupe").toString(), "--version"));
    assertEquals(new Ran(0, ran.out(), ""), ran);
    assertTrue(ran.out().startsWith("loupe " + Loupe.VERSION), ran.out());
  }

  @Test
  void theBuildLeavesAStampOfWhenItBegan() throws IOException {
    Path target = ROOT.resolve("loupe-app/target/loupe");
    FileTime built = Files.getLastModifiedTime(target.resolve("built"));
    FileTime launcher = Files.getLastModifiedTime(ROOT.resolve("loupe"));
    assertTrue(built.compareTo(launcher) > 0, built + " is before " + launcher);
    assertTrue(built.toInstant().isBefore(Instant.now()), built + " is yet to come");
  }

  @Test
  void answersFromTheUnpackedZipThroughALinkAndWithSpacesInThePath()
      throws IOException, InterruptedException {
    Path launcher = unpack(packagedZip(), Files.createDirectory(folder.resolve("with a space")));
    Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);
    Ran ran = run(folder, Map.of(), List.of(link.toString(), "--version"));
    assertEquals(new Ran(0, ran.out(), ""), ran);
    assertTrue(ran.out().startsWith("loupe " + Loupe.VERSION), ran.out());
  }

  @Test
  void theZipKeepsTheLauncherExecutable() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/unzip")), "no unzip on this machine");
    run(folder, Map.of(), List.of("unzip", "-q", packagedZip().toString(), "*/loupe"));
    try (Stream<Path> top = Files.list(folder)) {
      assertTrue(Files.isExecutable(top.findFirst().orElseThrow().resolve("loupe")));
    }
  }

  @Test
  void findsANewerJdkWhenJavaOnThePathIsOld() throws IOException, InterruptedException {
    Path old = oldJdk();
    Ran ran =
        run(
            folder,
            Map.of(
                "PATH", old + "/bin:/usr/bin:/bin", "JAVA_HOME", System.getProperty("java.home")),
            List.of(ROOT.resolve("loupe").toString(), "--version"));
    assertEquals(0, ran.exitCode(), ran.err());
  }

  @Test
  void withoutAJdkSaysInOneMessageHowToGetOne() throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("app/scripts"));
    Files.copy(ROOT.resolve("loupe"), folder.resolve("app/loupe"));
    // The real search, with the places where this machine may keep a JDK taken out.
    String search = Files.readString(ROOT.resolve("scripts/find-jdk.sh"));
    Files.writeString(
        folder.resolve("app/scripts/find-jdk.sh"),
        search.replaceAll("(?<=\\s)/(usr|opt|Library)/\\S+", ""));
    Path old = oldJdk();
    Ran ran =
        run(
            folder,
            Map.of(
                "PATH",
                old + "/bin:/usr/bin:/bin",
                "JAVA_HOME",
                old.toString(),
                "HOME",
                folder.toString()),
            List.of("/bin/sh", folder.resolve("app/loupe").toString(), "--version"));
    assertEquals(ExitCode.RESOURCE.number(), ran.exitCode(), ran.err());
    assertEquals("", ran.out());
    assertTrue(ran.err().contains("JDK 25 or newer"), ran.err());
    assertTrue(ran.err().contains("JAVA_HOME"), ran.err());
    assertTrue(ran.err().lines().count() <= 4, ran.err());
  }

  @Test
  void aClosedPipeIsNoError() throws IOException, InterruptedException {
    String pipe = "'" + ROOT.resolve("loupe") + "' completion bash | head -n 1";
    Ran ran = run(folder, Map.of(), List.of("/bin/sh", "-c", pipe));
    assertEquals("", ran.err());
    assertEquals(1, ran.out().lines().count());
  }

  @Test
  void aFullDiskIsOne() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/dev/full")), "no /dev/full on this machine");
    String full = "'" + ROOT.resolve("loupe") + "' --help > /dev/full";
    Ran ran = run(folder, Map.of(), List.of("/bin/sh", "-c", full));
    assertEquals(ExitCode.RESOURCE.number(), ran.exitCode());
    assertTrue(ran.err().startsWith("error: standard output: No space left"), ran.err());
  }

  @Test
  void anInterruptEndsWith130() throws IOException, InterruptedException {
    assumeTrue(
        interruptsArrive(), "this build runs with interrupts ignored, and children inherit it");
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ProcessBuilder builder =
          new ProcessBuilder(ROOT.resolve("loupe").toString(), "models", "pull", "org/name");
      String endpoint = "http://127.0.0.1:" + silent.getLocalPort();
      builder.environment().putAll(Map.of("HF_ENDPOINT", endpoint, "HF_HOME", folder.toString()));
      builder.environment().keySet().removeAll(Set.of("HF_HUB_OFFLINE", "HF_HUB_CACHE"));
      Path err = folder.resolve("err");
      Process process = builder.redirectError(err.toFile()).start();
      try (Socket _ = silent.accept()) {
        run(folder, Map.of(), List.of("kill", "-INT", Long.toString(process.pid())));
        assertEquals(ExitCode.INTERRUPTED.number(), process.waitFor());
        assertEquals("", Files.readString(err));
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void anInterruptedTraceEndsWith130AndLeavesNoFile() throws IOException, InterruptedException {
    assumeTrue(
        interruptsArrive(), "this build runs with interrupts ignored, and children inherit it");
    Path results = Files.createDirectory(folder.resolve("results"));
    // Long enough that the graph is far from whole when the first line has been printed.
    String prompt = "The capital of France is ".repeat(60);
    ProcessBuilder builder =
        new ProcessBuilder(
            command(
                "trace",
                "--model=smollm2-135m-instruct",
                "--threads=1",
                "--json=" + results.resolve("trace.json"),
                "--html=" + results.resolve("trace.html"),
                "--graph=" + results.resolve("graph.json"),
                prompt));
    Path err = folder.resolve("err");
    Process process = builder.redirectError(err.toFile()).start();
    try (BufferedReader out = process.inputReader(UTF_8)) {
      String first = out.readLine();
      assumeTrue(first != null, () -> "the real model cannot be had: " + read(err));
      run(folder, Map.of(), List.of("kill", "-INT", Long.toString(process.pid())));
      assertEquals(ExitCode.INTERRUPTED.number(), process.waitFor());
      assertFalse(Files.readString(err).contains("error"), Files.readString(err));
      try (Stream<Path> left = Files.list(results)) {
        assertEquals(List.of(), left.toList());
      }
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aTraceKeepsToItsMemory() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "no /proc on this machine");
    String prompt = "The capital of France is Paris. ".repeat(28);
    // Three thousand neurons of 200 tokens would take twice this bound.
    ProcessBuilder builder =
        new ProcessBuilder(
            command(
                "trace",
                "--model=smollm2-135m-instruct",
                "--threads=1",
                "--max-nodes=3000",
                "--max-memory=1500MiB",
                prompt));
    Path err = folder.resolve("err");
    Process process =
        builder.redirectError(err.toFile()).redirectOutput(folder.resolve("out").toFile()).start();
    long peak = 0;
    while (process.isAlive()) {
      peak = Math.max(peak, peakResident(process.pid()));
      Thread.sleep(20);
    }
    assumeTrue(process.exitValue() != ExitCode.BAD_INPUT.number(), () -> read(err));
    assertEquals(ExitCode.DONE.number(), process.exitValue(), () -> read(err));
    assertTrue(peak > 500L << 20 && peak <= 1500L << 20, "peak " + (peak >> 20) + " MiB");
    assertTrue(Files.readString(folder.resolve("out")).contains("--max-memory"));
  }

  /** The most memory that a running process ever had resident, in bytes; 0 when it has ended. */
  private static long peakResident(long process) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process), "status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void aConversationIsWrittenInTheModelsTemplateUnlessRaw()
      throws IOException, InterruptedException {
    String[] question = {
      "models", "run", "smollm2-135m-instruct", "What is the capital of France?"
    };
    String[] options = {"--json=-", "--max-tokens=12", "--threads=1"};
    Ran chat = run(folder, Map.of(), command(joined(question, options)));
    assumeTrue(chat.exitCode() != ExitCode.BAD_INPUT.number(), chat.err());
    assertEquals(ExitCode.DONE.number(), chat.exitCode(), chat.err());
    assertTrue(chat.out().contains("<|im_start|>user\\nWhat is the capital"), chat.out());
    assertTrue(chat.out().contains("Paris"), chat.out());
    Ran raw = run(folder, Map.of(), command(joined(joined(question, options), "--raw")));
    assertEquals(ExitCode.DONE.number(), raw.exitCode(), raw.err());
    assertFalse(raw.out().contains("<|im_start|>"), raw.out());
  }

  @Test
  void theFirstCommandOfTheReadmeAnswersOfflineAndFromNothing()
      throws IOException, InterruptedException {
    String command =
        Files.readAllLines(ROOT.resolve("README.md")).stream()
            .filter(line -> line.startsWith("./loupe "))
            .findFirst()
            .orElseThrow()
            .replaceFirst("#.*", "");
    Map<String, String> environment =
        Map.of(
            "HOME",
            folder.toString(),
            "HF_HOME",
            folder.resolve("hub").toString(),
            "XDG_CACHE_HOME",
            folder.resolve("cache").toString(),
            "HF_HUB_OFFLINE",
            "1",
            "JAVA_HOME",
            System.getProperty("java.home"));
    Ran ran = run(ROOT, environment, List.of("/bin/sh", "-c", command));
    assertEquals(ExitCode.DONE.number(), ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("The strongest paths name Rostavia"), ran.out());
  }

  private static String[] joined(String[] first, String... second) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(second)).toArray(String[]::new);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aHubThatAnswersWithAWebPageIsBadInputAndLeavesNoFile()
      throws IOException, InterruptedException {
    HttpServer hub =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hub.createContext(
        "/",
        exchange -> {
          byte[] page = "<html>please log in</html>".getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    hub.start();
    try {
      Map<String, String> environment =
          Map.of(
              "HF_ENDPOINT",
              "http://127.0.0.1:" + hub.getAddress().getPort(),
              "HF_HUB_CACHE",
              folder.toString(),
              "HF_HUB_OFFLINE",
              "0");
      Ran ran = run(folder, environment, command("trace", "--model", "org/name", "x"));
      assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
      assertTrue(ran.err().contains("answered with a web page"), ran.err());
      assertEquals(2, ran.err().lines().count(), ran.err());
      try (Stream<Path> left = Files.walk(folder)) {
        assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
      }
    } finally {
      hub.stop(0);
    }
  }

  @Test
  void aCacheThatCannotBeReadIsBadInput() throws IOException, InterruptedException {
    Path cache = Files.writeString(folder.resolve("cache"), "a file, no folder");
    Map<String, String> environment = Map.of("HF_HUB_CACHE", cache.toString());
    Ran ran = run(folder, environment, command("trace", "--model=org/name", "x"));
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().startsWith("error: the model cache " + cache), ran.err());
    assertEquals(2, ran.err().lines().count(), ran.err());
    assertEquals("a file, no folder", Files.readString(cache));
  }

  private static List<String> command(String... arguments) {
    return Stream.concat(Stream.of(ROOT.resolve("loupe").toString()), Stream.of(arguments))
        .toList();
  }

  /** Whether SIGINT, number 2, is not in the set of signals that this process ignores. */
  private static boolean interruptsArrive() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return true;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .map(line -> new BigInteger(line.substring(7).strip(), 16))
        .noneMatch(ignored -> ignored.testBit(1));
  }

  private Path oldJdk() throws IOException {
    Path old = folder.resolve("old-jdk");
    Files.createDirectories(old.resolve("bin"));
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
    Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\necho old >&2\nexit 99\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    return old;
  }
}
