package dev.loupe.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.Estimate;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

class ReportJsonTest {
  private static final Provenance PROVENANCE =
      new Provenance(
          List.of(new Provenance.Input("tiny", "ab")),
          7,
          "float32",
          "cpu",
          "0.1.0",
          "25",
          "libtorch",
          4.25);

  @Test
  void writesEvidenceAndProvenance() {
    Evidence sums =
        Evidence.atMost(
            1e-4, "Sums close", Support.OBSERVED, Estimate.exactly(3.1e-7, "relative gap"), "");
    Evidence order =
        Evidence.noted(
            "Ablation agrees",
            Support.INTERVENED,
            new Estimate(1.0 / 3, -0.5, Double.POSITIVE_INFINITY, 0.95, "Spearman"),
            "ten nodes");
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonMapper().createGenerator(text)) {
      json.writeStartObject();
      ReportJson.evidence(json, List.of(sums, order), List.of("One prompt."));
      ReportJson.provenance(json, PROVENANCE);
      json.writeEndObject();
    }
    assertEquals(
        """
        {"evidence":[{"checked":"Sums close","support":"OBSERVED","measured":{"value":3.1E-7,\
        "low":null,"high":null,"level":null,"unit":"relative gap"},"tolerance":1.0E-4,\
        "verdict":"PASSED","note":""},{"checked":"Ablation agrees","support":"INTERVENED",\
        "measured":{"value":0.33333334,"low":-0.5,"high":null,"level":0.95,"unit":"Spearman"},\
        "tolerance":null,"verdict":"NOTED","note":"ten nodes"}],"caveats":["One prompt."],\
        "provenance":{"inputs":[{"name":"tiny","sha256":"ab"}],"seed":7,"dtype":"float32",\
        "device":"cpu","version":"0.1.0","java":"25","engine":"libtorch","seconds":4.25}}\
        """,
        text.toString());
  }

  @Test
  void anUndefinedMeasureFails() {
    Estimate undefined = Estimate.exactly(Double.NaN, "");
    Evidence most = Evidence.atMost(1, "a", Support.OBSERVED, undefined, "");
    Evidence least = Evidence.atLeast(0, "a", Support.OBSERVED, undefined, "");
    assertEquals(Verdict.FAILED, most.verdict());
    assertEquals(Verdict.FAILED, least.verdict());
    assertFalse(new Finding<>("", "", "x", List.of(most), List.of(), PROVENANCE).holds());
    Evidence good = Evidence.atLeast(1, "a", Support.KNOWN, Estimate.exactly(1, ""), "");
    assertTrue(new Finding<>("", "", "x", List.of(good), List.of(), PROVENANCE).holds());
  }

  @Test
  void leavesTheOldFileWhenWritingFails(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("trace.json");
    ReportFile.write(file, writer -> writer.write("old"));
    assertThrows(
        LoupeException.class,
        () ->
            ReportFile.write(
                file,
                writer -> {
                  writer.write("half of the n");
                  throw new IOException("disk full");
                }));
    assertEquals("old", Files.readString(file));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList());
    }
  }
}
