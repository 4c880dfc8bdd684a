package dev.loupe.report;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class HtmlPageTest {
  private static final String START = "id=\"loupe-data\">";

  @Test
  void carriesTheTraceUnchanged(@TempDir Path folder) throws IOException {
    Map<String, Object> trace =
        Map.of(
            "schema",
            "loupe.trace/1",
            "prompt",
            Map.of("text", "</script><!-- $1 \\u003c \u202e \uD83D\uDE00"));
    Path file = folder.resolve("new/trace.html");

    HtmlPage.write(file, JsonMapper.shared().writeValueAsString(trace));

    assertEquals(trace, JsonMapper.shared().readValue(data(Files.readString(file)), Map.class));
  }

  @Test
  void leavesNoWayOutOfTheData() {
    String data = data(HtmlPage.of("{\"text\":\"</script><script>alert(1)</script>\"}"));
    assertFalse(data.contains("<"));
  }

  @Test
  void forbidsTheNetworkAndEveryOtherScript() {
    String page = HtmlPage.of("{}");
    assertTrue(page.contains("default-src 'none'; script-src 'sha256-"));
    assertFalse(page.contains("unsafe-inline"));
  }

  @Test
  void replacesAnOldPageAndLeavesNothingElse(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("trace.html");
    HtmlPage.write(file, "{\"a\":1}");
    HtmlPage.write(file, "{\"a\":2}");
    assertEquals("{\"a\":2}", data(Files.readString(file)));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void refusesAFolderAsItsFile(@TempDir Path folder) {
    assertThrows(LoupeException.class, () -> HtmlPage.write(folder, "{}"));
  }

  private static String data(String page) {
    int start = page.indexOf(START) + START.length();
    return page.substring(start, page.indexOf("</script>", start));
  }
}
