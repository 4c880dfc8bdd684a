package dev.loupe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java lines of the README compile as they stand there, and do what it says. */
class ReadmeTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  @Test
  void itsJavaLinesCompileAndAreFive() throws IOException {
    assertEquals(5, lines().lines().count());
    compile();
  }

  @Test
  void itsJavaLinesTraceTheModelThatComesWithLoupe()
      throws IOException, ReflectiveOperationException {
    compile();
    PrintStream standard = System.out;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (URLClassLoader classes =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(said, true, UTF_8));
      classes.loadClass("Readme").getMethod("run").invoke(null);
    } finally {
      System.setOut(standard);
    }
    List<String> lines = said.toString(UTF_8).lines().toList();
    assertTrue(lines.getFirst().startsWith(" Quenmouth 0.9"), lines.getFirst());
    assertTrue(
        lines.stream().anyMatch(line -> line.matches("[0-9].* \\[.* Quenmouth]")), lines::toString);
  }

  private static String lines() throws IOException {
    Path readme = Path.of(System.getProperty("loupe.root", ".."), "README.md");
    Matcher matcher = JAVA.matcher(Files.readString(readme));
    assertTrue(matcher.find(), readme + " has no java lines");
    return matcher.group(1);
  }

  private void compile() throws IOException {
    Path source = folder.resolve("Readme.java");
    Files.writeString(
        source,
        """
        import dev.loupe.Loupe;
        import dev.loupe.instrument.trace.TraceReport;
        import dev.loupe.instrument.trace.TraceRequest;
        import dev.loupe.model.load.LanguageModel;
        import dev.loupe.report.Finding;
        public final class Readme {
          public static void run() {
            %s
          }
        }
        """
            .formatted(lines()));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    StringWriter complaints = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
      boolean compiles =
          compiler
              .getTask(
                  complaints,
                  files,
                  null,
                  List.of("-d", folder.toString(), "-cp", classPath, "-proc:none", "-nowarn"),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertTrue(compiles, complaints::toString);
    }
  }
}
