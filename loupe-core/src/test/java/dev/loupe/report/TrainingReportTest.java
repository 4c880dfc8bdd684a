package dev.loupe.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TrainingReportTest {
  @TempDir private Path folder;

  private JsonNode report(String metrics) throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    Files.writeString(file, metrics);
    TrainingReport report =
        TrainingReport.of(
            "</script>",
            Map.of(),
            file,
            new TrainingReport.Outcome(1, 2, true, Double.NaN, 1.5),
            "nats a token");
    return JsonMapper.shared().readTree(AnswerMapper.MAPPER.writeValueAsString(report));
  }

  private static String step(int step, double loss) {
    return "{\"step\":%d,\"tokens\":%d,\"loss\":%s,\"learning_rate\":0.5,\"gradient_norm\":2,"
            .formatted(step, 10 * step, loss)
        + "\"tokens_per_second\":100}\n";
  }

  @Test
  void manyStepsAreAveraged() throws IOException {
    StringBuilder metrics = new StringBuilder();
    for (int step = 1; step <= 1001; step++) {
      metrics.append(step(step, step));
    }
    JsonNode steps = report(metrics.toString()).path("steps");
    assertEquals(334, steps.size());
    assertEquals(2, steps.path(0).path("loss").asDouble());
    assertEquals(3, steps.path(0).path("step").asInt());
    assertEquals(1000.5, steps.path(333).path("loss").asDouble());
    assertEquals(10010, steps.path(333).path("tokens").asInt());
    assertEquals(100, steps.path(333).path("tokensPerSecond").asInt());
  }

  @Test
  void probesBecomeOneCurveEachWithWilsonIntervals() throws IOException {
    String line =
        "{\"step\":%d,\"tokens\":9,\"probe\":\"q\",\"name\":\"%s\",\"right\":%d,\"total\":10}\n";
    JsonNode probes =
        report(
                step(1, 3)
                    + line.formatted(1, "b", 0)
                    + line.formatted(1, "a", 5)
                    + "{\"step\":2,\"tokens\":9,\"evaluation_loss\":2.5}\n"
                    + line.formatted(2, "b", 10))
            .path("probes");
    assertEquals(2, probes.size());
    assertEquals("b", probes.path(0).path("name").asString());
    JsonNode all = probes.path(0).path("points").path(1);
    assertEquals(10, all.path("right").asInt());
    // Wilson 1927: 10 of 10 at 95% is 0.7225 to 1.
    assertEquals(0.7225, all.path("low").asDouble(), 1e-4);
    assertEquals(1, all.path("high").asDouble(), 1e-6);
  }

  @Test
  void nothingMeasuredIsStillAReport() throws IOException {
    JsonNode report = report("");
    assertEquals("</script>", report.path("title").asString());
    assertTrue(report.path("steps").isEmpty());
    assertTrue(report.path("result").path("loss").isNull());
    assertThrows(LoupeException.class, () -> report("{"));
  }
}
