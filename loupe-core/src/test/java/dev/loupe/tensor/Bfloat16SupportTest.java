package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class Bfloat16SupportTest {
  /**
   * The engine's function is looked up by its mangled name, which another version may spell anew.
   */
  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void theEngineTellsWhatTheProcessorHas() throws IOException {
    Engine.load();
    boolean listed =
        Files.readString(Path.of("/proc/cpuinfo")).matches("(?s).*flags.*\\bavx512_bf16\\b.*");
    assertEquals(listed, Bfloat16Support.hasInstructions().orElseThrow());
  }
}
