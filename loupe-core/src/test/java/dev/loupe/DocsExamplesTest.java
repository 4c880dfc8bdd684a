package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java examples of the docs compile as they stand there, and every instrument has one. */
class DocsExamplesTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Path DOCS = Path.of(System.getProperty("loupe.root", ".."), "docs");
  private static final List<String> PACKAGES =
      List.of(
          "dev.loupe.*",
          "dev.loupe.dictionary.*",
          "dev.loupe.examination.*",
          "dev.loupe.instrument.*",
          "dev.loupe.instrument.audit.*",
          "dev.loupe.instrument.circuit.*",
          "dev.loupe.instrument.dictionary.*",
          "dev.loupe.instrument.explain.*",
          "dev.loupe.instrument.features.*",
          "dev.loupe.instrument.geometry.*",
          "dev.loupe.instrument.influence.*",
          "dev.loupe.instrument.lens.*",
          "dev.loupe.instrument.steer.*",
          "dev.loupe.instrument.study.*",
          "dev.loupe.instrument.trace.*",
          "dev.loupe.instrument.train.*",
          "dev.loupe.job.*",
          "dev.loupe.model.load.*",
          "dev.loupe.outcomes.*",
          "dev.loupe.report.*",
          "dev.loupe.statistics.*",
          "dev.loupe.task.*",
          "dev.loupe.world.*",
          "java.nio.file.Path",
          "java.util.List",
          "java.util.Optional",
          "java.util.OptionalInt",
          "java.util.concurrent.atomic.AtomicBoolean");

  @TempDir Path folder;

  @Test
  void compile() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> pages = Files.list(DOCS)) {
      for (Path page : pages.filter(each -> each.toString().endsWith(".md")).sorted().toList()) {
        Matcher example = JAVA.matcher(Files.readString(page));
        while (example.find()) {
          sources.add(source(sources.size(), example.group(1)));
        }
      }
    }
    assertTrue(sources.size() >= 8, sources.size() + " examples");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean isFine =
          compiler
              .getTask(
                  said,
                  files,
                  null,
                  List.of(
                      "-proc:none",
                      "-d",
                      folder.toString(),
                      "-classpath",
                      System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertTrue(isFine, said::toString);
    }
  }

  private Path source(int number, String lines) throws IOException {
    StringBuilder text = new StringBuilder();
    PACKAGES.forEach(each -> text.append("import ").append(each).append(";\n"));
    text.append("final class Example%d {\n  void run() {\n%s  }\n}\n".formatted(number, lines));
    return Files.writeString(folder.resolve("Example%d.java".formatted(number)), text);
  }

  @Test
  void thereIsOneForEachInstrument() throws IOException {
    String page = Files.readString(DOCS.resolve("library.md"));
    Set<String> missing = new TreeSet<>();
    Loupe.INSTRUMENTS.stream()
        .map(each -> each.getClass().getSimpleName())
        .filter(name -> !page.contains("new " + name + "()"))
        .forEach(missing::add);
    assertTrue(missing.isEmpty(), missing::toString);
  }
}
