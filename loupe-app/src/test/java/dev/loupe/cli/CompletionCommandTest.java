package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
  @TempDir Path folder;

  private String bash(String script, String commands) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash on this machine");
    Path file = Files.writeString(folder.resolve("completion"), script);
    Process process =
        new ProcessBuilder("/bin/bash", "-c", "source '" + file + "'; " + commands)
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), printed);
    return printed;
  }

  @Test
  void bashCompletesCommands() throws IOException, InterruptedException {
    String printed =
        bash(
            Ran.loupe("completion", "bash").out(),
            "COMP_WORDS=(loupe comp); COMP_CWORD=1; _complete_loupe; echo \"${COMPREPLY[@]}\"");
    assertEquals("completion", printed.strip());
  }

  @Test
  void zshTurnsOnBashCompletionFirst() {
    String script = Ran.loupe("completion", "zsh").out();
    assertTrue(script.startsWith("autoload"));
    assertTrue(script.contains("bashcompinit"));
    assertTrue(script.endsWith(Ran.loupe("completion", "bash").out()));
  }

  @Test
  void otherShellsAreUsageErrors() {
    assertEquals(2, Ran.loupe("completion", "fish").exitCode());
  }
}
