package dev.loupe.cli.dictionary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dictionaries of a network so small that one takes a moment. */
class DictionaryTrainCommandTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void model() throws IOException {
    corpus = folder.resolve("corpus.jsonl");
    model = folder.resolve("model");
    Files.write(
        corpus,
        IntStream.range(0, 90)
            .mapToObj(i ->
                "{\"id\": \"d%d\", \"text\": \"The year %d was a good year.\"}"
                    .formatted(i, 1700 + i))
            .toList());
    List<String> arguments =
        new ArrayList<>(List.of("train", corpus.toString(), "--out", model.toString()));
    arguments.addAll(List.of("--layers", "2", "--width", "16", "--heads", "2", "--context", "24"));
    arguments.addAll(List.of("--vocabulary", "300", "--steps", "4", "--batch", "2"));
    arguments.addAll(List.of("--threads", "1", "--dtype", "float32"));
    assertEquals(0, Ran.loupe(arguments.toArray(String[]::new)).exitCode());
  }

  private Ran train(String kind, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("dictionary", "train", corpus.toString(), "--kind", kind));
    arguments.addAll(List.of("--model", model.toString()));
    arguments.addAll(List.of("--out", folder.resolve(kind).toString(), "--features", "12,20"));
    arguments.addAll(List.of("--k", "3", "--batch", "48", "--buffer", "64KiB", "--threads", "1"));
    arguments.addAll(List.of("--held-out", "0.2"));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  private static void assertBadInput(String message, Ran ran) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(message), ran.err());
    assertFalse(ran.err().contains("\tat "), ran.err());
  }

  @Test
  void trainsWritesAndEvaluates() throws IOException {
    Ran trained = train("clt", "--end-to-end", "0.3", "--tokens", "960", "--json", "-");
    assertEquals(0, trained.exitCode(), trained.err());
    JsonNode report = JsonMapper.shared().readTree(trained.out());
    assertEquals(20, report.path("steps").size());
    JsonNode measured = report.path("dictionaries").path(0);
    assertEquals(1, measured.path("layers").path(1).path("layer").asInt(), trained.out());
    assertTrue(Files.readString(folder.resolve("clt/report.html")).contains("loupe.training/1"));

    Path dictionary = folder.resolve("clt/features-20");
    Ran evaluated =
        Ran.loupe(
            "dictionary",
            "evaluate",
            dictionary.toString(),
            corpus.toString(),
            "--model",
            model.toString(),
            "--held-out",
            "0.2",
            "--threads",
            "1",
            "--json",
            "-");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode figures = JsonMapper.shared().readTree(evaluated.out());
    assertEquals(2, figures.path("layers").size());
    double agreement = figures.path("replaced").path(0).path("agreement").path("value").asDouble();
    assertEquals(
        measured.path("replaced").path(0).path("agreement").path("value").asDouble(),
        agreement,
        1e-9);
  }

  @Test
  void aTranscoderOfOneLayerCanBeWritten() throws IOException {
    Ran trained =
        train(
            "plt", "--layers", "1", "--skip-first", "1", "--skip-longer", "10", "--tokens", "480");
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.out().contains("mlp_out.1"), trained.out());
    String report = Files.readString(folder.resolve("plt/report.html"));
    assertTrue(
        report.contains("Left out, and not replaced: the first position of each row"), report);
    Ran shown = Ran.loupe("dictionary", "show", folder.resolve("plt/features-12").toString());
    assertEquals(0, shown.exitCode(), shown.err());
    assertTrue(shown.out().contains("mlp_out.1"), shown.out());
  }

  @Test
  void saesStandAtALayerEach() {
    Ran trained = train("sae", "--layers", "1", "--activation", "topk", "--tokens", "480");
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.out().contains("resid_post.1"), trained.out());
    Ran shown = Ran.loupe("dictionary", "show", folder.resolve("sae/features-12").toString());
    assertTrue(shown.out().contains("TopK (k = 3)"), shown.out());
  }

  @Test
  void saysTheCostFirst() {
    Ran estimated = train("plt", "--skip", "--estimate", "--passes", "3");
    assertEquals(0, estimated.exitCode(), estimated.err());
    assertTrue(estimated.out().contains("parameters"), estimated.out());
    assertFalse(Files.exists(folder.resolve("plt")));
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    assertBadInput("leaves none", train("sae", "--skip-first", "24"));
    assertFalse(Files.exists(folder.resolve("sae/corpus")), "before the corpus is read");
    assertBadInput("cannot express topk", train("clt", "--activation", "topk"));
    assertBadInput("It must have all layers", train("clt", "--layers", "1"));
    assertBadInput("there is no layer 7", train("sae", "--layers", "7"));
    assertBadInput("not a site", train("sae", "--site", "mlp_post"));
    assertBadInput("asked for", train("sae", "--tokens", "1M"));
    assertBadInput("for an SAE", train("sae", "--end-to-end", "0.5"));
    assertEquals(0, train("plt", "--tokens", "96").exitCode());
    Path config = folder.resolve("plt/features-12/config.yaml");
    Files.writeString(
        config, Files.readString(config).replaceAll("model_sha256: .*", "model_sha256: '00ff'"));
    assertBadInput(
        "was trained on weights",
        Ran.loupe(
            "dictionary",
            "evaluate",
            folder.resolve("plt/features-12").toString(),
            corpus.toString(),
            "--model",
            model.toString()));
  }
}
