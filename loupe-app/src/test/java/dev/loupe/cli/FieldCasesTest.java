package dev.loupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.Loupe;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.report.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Inputs rebuilt from reports about other tools, beside the oracles. */
class FieldCasesTest {
  private static final Path CASES =
      Path.of(System.getProperty("loupe.root", ".."), "..", "shared", "cases");

  @TempDir private Path folder;

  private static Path field(String name) {
    Path at = CASES.resolve(name);
    assumeTrue(Files.isDirectory(at), "there is no folder " + at);
    return at;
  }

  private Ran train(Path model, Path corpus, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("dictionary", "train", corpus.toString(), "--model"));
    arguments.addAll(List.of(model.toString(), "--kind", "sae", "--layers", "0"));
    arguments.addAll(List.of("--features", "16", "--k", "2", "--batch", "64", "--context", "64"));
    arguments.addAll(List.of("--out", folder.resolve("sae").toString(), "--threads", "1"));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  @Test
  void dictionariesAreTrainedAndEvaluatedWhereTextsBeginWithAnotherToken() {
    Path here = field("dictionary-needs-endoftext");
    Path model = here.resolve("llama");
    Path corpus = here.resolve("c.jsonl");
    Ran trained = train(model, corpus, "--json", "-");
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.err().contains("Documents begin with <s> (token 256)"), trained.err());
    JsonNode settings =
        JsonMapper.shared().readTree(trained.out()).path("sections").path("settings");
    assertTrue(settings.path("document start").asString().startsWith("<s> (token 256)"));

    Ran other = train(model, corpus, "--document-start", "</s>");
    assertEquals(ExitCode.BAD_INPUT.number(), other.exitCode(), other.out());
    assertTrue(other.err().contains("document start was token 256"), other.err());

    Ran evaluated =
        Ran.loupe(
            "dictionary",
            "evaluate",
            here.resolve("sae").toString(),
            corpus.toString(),
            "--model",
            model.toString(),
            "--document-start",
            "257",
            "--json",
            "-");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode start = JsonMapper.shared().readTree(evaluated.out()).path("documentStart");
    assertEquals("</s>", start.path("text").asString());
    assertEquals(257, start.path("token").asInt());
  }

  @Test
  void aTokenWithoutAnEmbeddingRowIsASentenceInEveryCommand() throws IOException {
    String model = field("token-out-of-range").resolve("vocab-too-small").toString();
    Path corpus = folder.resolve("one.jsonl");
    Files.writeString(corpus, "{\"text\": \"hi there\"}\n");
    List<List<String>> commands =
        List.of(
            List.of("trace", "hi", "--model", model),
            List.of("trace", "hi", "--model", model, "--target", "<s>"),
            List.of("steer", "hi", "--model", model, "--ablate", "0/1"),
            List.of("models", "run", model, "hi", "--raw", "--max-tokens", "1"),
            List.of(
                "features",
                "index",
                corpus.toString(),
                "--model",
                model,
                "--out",
                folder.resolve("index").toString()),
            List.of(
                "dictionary",
                "train",
                corpus.toString(),
                "--model",
                model,
                "--kind",
                "sae",
                "--layers",
                "0",
                "--features",
                "8",
                "--k",
                "2",
                "--held-out",
                "0",
                "--tokens",
                "4",
                "--batch",
                "2",
                "--out",
                folder.resolve("sae").toString()),
            List.of("world", "evaluate", "--model", model));
    for (List<String> command : commands) {
      Ran ran = Ran.loupe(command.toArray(String[]::new));
      assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), command + ran.err());
      assertTrue(ran.err().contains("token 256 (\"<s>\")"), command + ran.err());
      assertTrue(ran.err().contains("has 250 tokens"), command + ran.err());
    }
  }

  /** The same model with a token for every two digits, which the study asks for first. */
  @Test
  void aTokenWithoutAnEmbeddingRowIsASentenceInAStudyToo() throws IOException {
    Path from = field("token-out-of-range").resolve("vocab-too-small");
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(from.resolve(name), folder.resolve(name));
    }
    StringBuilder digits = new StringBuilder("\"added_tokens\": [");
    for (int i = 0; i < 100; i++) {
      digits.append(
          ("{\"id\": %d, \"content\": \"%02d\", \"single_word\": false, \"lstrip\": false,"
                  + " \"rstrip\": false, \"normalized\": false, \"special\": false},")
              .formatted(258 + i, i));
    }
    String tokenizer = Files.readString(from.resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("tokenizer.json"),
        tokenizer.replaceFirst("\"added_tokens\": *\\[", digits.toString()));
    Path nouns = Files.writeString(folder.resolve("nouns.txt"), "war\nfamine\n");
    for (String[] asked : new String[][] {{"--nouns", nouns.toString()}, {"--world", "7"}}) {
      Ran ran =
          Ran.loupe(
              "study",
              "greater-than",
              "--model",
              folder.toString(),
              "--prompts",
              "1",
              asked[0],
              asked[1]);
      assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
      assertTrue(ran.err().contains("token 256 (\"<s>\")"), ran.err());
      assertTrue(ran.err().contains("has 250 tokens"), ran.err());
    }
  }

  /** Typed in the prompt and added by the tokenizer: no model was trained on two. */
  @Test
  void aDoubledStartIsACaveatOfTraceAndSteer() {
    String model = field("dictionary-needs-endoftext").resolve("llama").toString();
    for (String[] command :
        new String[][] {{"trace", "", "--top", "1"}, {"steer", "", "--ablate", "0/1"}}) {
      for (String prompt : List.of("<s>and so", "and so")) {
        command[1] = prompt;
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of("--model", model, "--threads", "1"));
        boolean doubled = prompt.startsWith("<s>");
        String said = "begins with <s> twice";
        Ran text = Ran.loupe(line.toArray(String[]::new));
        assertEquals(doubled, text.out().replaceAll("\\s+", " ").contains(said), text.out());
        line.addAll(List.of("--json", "-"));
        Ran json = Ran.loupe(line.toArray(String[]::new));
        JsonNode caveats = JsonMapper.shared().readTree(json.out()).path("caveats");
        assertTrue(caveats.isArray(), json.out() + json.err());
        assertEquals(doubled, caveats.toString().contains(said), caveats.toString());
      }
    }
  }

  @Test
  void signedKeepsWhatIsLargeBelowZeroToo() {
    Path dictionary = field("sparsify-signed").resolve("sparsify-signed");
    List<String> arguments =
        new ArrayList<>(List.of("steer", "City: Ralmar | Country:", "--model", "almanac-1m"));
    arguments.addAll(List.of("--basis", dictionary.toString(), "--json", "-"));
    for (int feature = 0; feature < 64; feature++) {
      arguments.addAll(List.of("--ablate", "1/" + feature + "@5"));
    }
    Ran ran = Ran.loupe(arguments.toArray(String[]::new));
    assertEquals(0, ran.exitCode(), ran.err());
    int active = 0;
    int negative = 0;
    for (JsonNode change : JsonMapper.shared().readTree(ran.out()).path("changes")) {
      double before = change.path("before").asDouble();
      active += before == 0 ? 0 : 1;
      negative += before < 0 ? 1 : 0;
    }
    assertEquals(4, active);
    assertEquals(3, negative);
    Ran traced =
        Ran.loupe(
            "trace",
            "City: Ralmar | Country:",
            "--model",
            "almanac-1m",
            "--basis",
            dictionary.toString());
    assertEquals(0, traced.exitCode(), traced.err() + traced.out());
    assertFalse(traced.out().contains("failed"), traced.out());
  }

  /** The library's second way to open a model: its files are identified all the same. */
  @Test
  void aModelOpenedByItsPathIsTracedAndSteered() throws IOException {
    Path gguf = folder.resolve("tiny.gguf");
    StartupModel.write(gguf);
    follow(gguf);
    follow(field("dictionary-needs-endoftext").resolve("llama"));
  }

  private static void follow(Path location) {
    try (LanguageModel model = LanguageModel.open(location, LoadOptions.DEFAULT)) {
      Finding<TraceReport> traced = Loupe.trace(model, TraceRequest.of("and so"));
      assertEquals(64, traced.provenance().inputs().getFirst().sha256().length());
      SteerRequest request =
          new SteerRequest(
              "and so",
              false,
              List.of(
                  new SteerRequest.Change(
                      0, 1, OptionalInt.empty(), Optional.of(new FeatureChange.Action.Set(0)))),
              Optional.empty(),
              dev.loupe.dictionary.Freezing.NOTHING,
              3,
              0,
              Optional.empty());
      assertEquals(
          traced.provenance().inputs(),
          Loupe.ask(new Steer(), request, Loupe.subject(model)).provenance().inputs());
    }
  }
}
