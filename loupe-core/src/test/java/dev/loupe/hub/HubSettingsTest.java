package dev.loupe.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {
  @TempDir Path home;

  @Test
  void findsTheCacheWhereTheHuggingFaceClientDoes() {
    assertEquals(home.resolve(".cache/huggingface/hub"), settings(Map.of()).cache());
    assertEquals(Path.of("/x/huggingface/hub"), settings(Map.of("XDG_CACHE_HOME", "/x")).cache());
    assertEquals(Path.of("/h/hub"), settings(Map.of("HF_HOME", "/h")).cache());
    assertEquals(Path.of("/c"), settings(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "/c")).cache());
    assertEquals(home.resolve("hf/hub"), settings(Map.of("HF_HOME", "~/hf")).cache());
    assertEquals(home.resolve(".cache/huggingface/hub"), settings(Map.of("HF_HOME", " ")).cache());
    assertEquals(home.resolve(".cache/loupe"), settings(Map.of()).loupeCache());
  }

  @Test
  void readsTheTokenFromTheEnvironmentAndThenFromTheFile() throws IOException {
    assertEquals(Optional.empty(), settings(Map.of()).token());
    Path file = home.resolve(".cache/huggingface/token");
    Files.createDirectories(Disk.parent(file));
    Files.writeString(file, "hf_file\n");
    assertEquals(Optional.of(new AccessToken("hf_file")), settings(Map.of()).token());
    assertEquals(
        Optional.of(new AccessToken("hf_env")), settings(Map.of("HF_TOKEN", "hf_env")).token());
  }

  @Test
  void refusesATokenThatIsNoneWithoutShowingIt() {
    for (String bad : List.of("hf_a b", "hf_a\r\nX: y", "hf_\u00e4")) {
      LoupeException fault =
          assertThrows(LoupeException.class, () -> settings(Map.of("HF_TOKEN", bad)));
      assertFalse(fault.toString().contains("hf_"), fault.toString());
    }
  }

  @Test
  void readsWhetherTheNetworkIsForbidden() {
    for (String yes : List.of("1", "ON", "yes", "True")) {
      assertTrue(settings(Map.of("HF_HUB_OFFLINE", yes)).offline());
    }
    for (String no : List.of("0", "", "false")) {
      assertFalse(settings(Map.of("HF_HUB_OFFLINE", no)).offline());
    }
    assertTrue(settings(Map.of("TRANSFORMERS_OFFLINE", "1")).offline());
  }

  @Test
  void refusesAnEndpointThatIsNoWebAddress() {
    for (String bad :
        List.of("hub", "file:///x", "ftp://h/x", "http://", "http://a b", "https://me:pw@h")) {
      LoupeException fault =
          assertThrows(LoupeException.class, () -> settings(Map.of("HF_ENDPOINT", bad)), bad);
      assertTrue(fault.toString().contains("HF_ENDPOINT"), fault.toString());
    }
    assertEquals(
        "http://127.0.0.1:8080/hub",
        settings(Map.of("HF_ENDPOINT", "http://127.0.0.1:8080/hub/")).endpoint().toString());
  }

  private HubSettings settings(Map<String, String> environment) {
    return HubSettings.from(environment, home);
  }
}
