package dev.loupe.cli.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Circuits of the smallest models that are shipped. */
class CircuitCommandTest {
  @TempDir Path folder;

  private static Ran circuit(String... more) {
    return Ran.loupe(Stream.concat(Stream.of("circuit"), Stream.of(more)).toArray(String[]::new));
  }

  private static Ran found(String... more) {
    return circuit(
        Stream.concat(
                Stream.of("find", "--model", "almanac-1m", "--pairs-each", "4", "--draws", "3"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static void assertTold(Ran ran, List<String> all) {
    int failed = ExitCode.EVIDENCE_FAILED.number();
    assertTrue(ran.exitCode() == 0 || ran.exitCode() == failed, ran.out() + ran.err());
    all.forEach(said -> assertTrue(ran.out().contains(said), ran.out()));
    assertTrue(ran.out().lines().allMatch(line -> line.length() <= 100), ran.out());
  }

  @Test
  void aCircuitOfNeuronsIsFound() throws IOException {
    Path json = folder.resolve("circuit.json");
    Ran ran =
        found(
            "agreement", "--basis", "neurons", "--rank", "attribution", "--json", json.toString());
    assertTold(ran, List.of("Which circuit of almanac-1m", "faithfulness", "random, same layers"));
    JsonNode finding = JsonMapper.shared().readTree(Files.readString(json));
    assertEquals("loupe.circuit/1", finding.path("schema").asString());
    assertTrue(finding.at("/circuit/trained").asDouble() >= 0.9);
  }

  @Test
  void errorsAreNodesOfADictionary() throws IOException {
    Path json = folder.resolve("errors.json");
    Ran ran =
        circuit(
            "find",
            "agreement",
            "--model",
            "almanac-3m",
            "--basis",
            "almanac-3m-clt",
            "--pairs-each",
            "4",
            "--draws",
            "2",
            "--rank",
            "attribution",
            "--no-neurons",
            "--errors",
            "nodes",
            "--json",
            json.toString());
    assertTold(ran, List.of("errors as nodes of their own", "the circuit holds the errors"));
    JsonNode circuit = JsonMapper.shared().readTree(Files.readString(json)).path("circuit");
    assertTrue(circuit.path("errors").size() > 0);
    assertRefused(
        found("agreement", "--basis", "neurons", "--errors", "nodes"), "neurons leave no errors");
  }

  @Test
  void aSearchByClustersIsEstimated() {
    Ran ran = found("agreement", "--ablation", "cluster", "--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
  }

  @Test
  void aTaskIsNamedOrReadFromAFile() throws IOException {
    Ran none = found();
    assertEquals(ExitCode.USAGE.number(), none.exitCode(), none.err());
    assertRefused(found("counting"), "no task 'counting'");
    Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), "{\"clean\": 3}\n");
    assertRefused(found("--pairs", pairs.toString()), "pairs.jsonl");
  }

  @Test
  void twoModelsAreCompared() throws IOException {
    Path json = folder.resolve("compare.json");
    Ran ran =
        circuit(
            "compare",
            "greater-than",
            "--model",
            "almanac-1m",
            "--others",
            "almanac-1m",
            "--pairs-each",
            "4",
            "--draws",
            "19",
            "--json",
            json.toString());
    assertTold(ran, List.of("the same in almanac-1m", "texts permuted", "in its own circuit"));
    JsonNode finding = JsonMapper.shared().readTree(Files.readString(json));
    assertEquals("loupe.circuit-compare/1", finding.path("schema").asString());
    assertEquals(1, finding.at("/comparisons/0/likeness").asDouble(), 1e-6);
    assertRefused(circuit("compare", "greater-than", "--others", "no/such"), "no/such");
    Ran alone = circuit("compare", "greater-than");
    assertEquals(ExitCode.USAGE.number(), alone.exitCode(), alone.err());
  }

  @Test
  void featuresAreComparedToo() throws IOException {
    Path json = folder.resolve("features.json");
    Ran ran =
        circuit(
            "compare",
            "greater-than",
            "--model",
            "almanac-1m",
            "--others",
            "almanac-1m",
            "--features",
            "--other-bases",
            "neurons",
            "--faithfulness",
            "0.3",
            "--pairs-each",
            "4",
            "--draws",
            "2",
            "--json",
            json.toString());
    assertTold(ran, List.of("features in almanac-1m", "own twin", "affine", "rank"));
    JsonNode features = JsonMapper.shared().readTree(Files.readString(json)).path("features");
    assertEquals(1, features.at("/comparisons/0/likeness").asDouble(), 1e-6);
    assertEquals("neurons", features.at("/models/0/basis").asString());
    Ran uneven =
        circuit(
            "compare",
            "greater-than",
            "--others",
            "almanac-1m",
            "--other-bases",
            "neurons,neurons");
    assertEquals(ExitCode.USAGE.number(), uneven.exitCode(), uneven.err());
    assertTrue(uneven.err().contains("give one for each"), uneven.err());
  }

  private static void assertRefused(Ran ran, String said) {
    assertTrue(ran.exitCode() != 0, ran.out());
    assertTrue(ran.err().contains(said), ran.err());
    assertFalse(ran.err().contains("Exception"), ran.err());
  }
}
