package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The core is asked from Java and by servers too: its messages name no option and no command,
 * except those of the model cache, which is the command's own.
 */
class MessagesTest {
  private static final Path SOURCES =
      Path.of(System.getProperty("loupe.root", ".."), "loupe-core", "src", "main", "java");
  private static final Pattern OPTION = Pattern.compile("\"[^\"]*(?<![\\w-])--[a-z]");
  private static final Pattern COMMAND =
      Pattern.compile("\"[^\"]*\\bloupe (trace|steer|features|study|dictionary|train|world)\\b");

  /** Runs a foreign program, whose options these are. */
  private static final String PROGRAM = "SmolLm2.java";

  @Test
  void noMessageSpeaksCommandLine() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      List<String> spoken =
          files
              .filter(file -> file.toString().endsWith(".java") && !file.endsWith(PROGRAM))
              .flatMap(MessagesTest::spoken)
              .toList();
      assertEquals(List.of(), spoken);
    }
  }

  private static Stream<String> spoken(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> !line.strip().startsWith("*") && !line.strip().startsWith("//"))
          .filter(line -> OPTION.matcher(line).find() || COMMAND.matcher(line).find())
          .map(line -> file.getFileName() + ": " + line.strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
