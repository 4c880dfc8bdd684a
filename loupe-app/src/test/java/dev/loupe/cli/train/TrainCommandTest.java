package dev.loupe.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
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

/** Trainings of a network so small that one takes a moment. */
class TrainCommandTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path out;
  private int vocabulary = 300;

  @BeforeEach
  void corpus() throws IOException {
    corpus = folder.resolve("corpus.jsonl");
    out = folder.resolve("model");
    Files.write(corpus, lines(60));
  }

  private static List<String> lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            "{\"id\": \"d%d\", \"text\": \"The year %d was a good year.\"}".formatted(i, 1700 + i))
        .toList();
  }

  private Ran train(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", corpus.toString(), "--out", out.toString()));
    arguments.addAll(List.of("--vocabulary", Integer.toString(vocabulary)));
    arguments.addAll(List.of("--layers", "1", "--width", "16", "--heads", "2", "--context", "24"));
    arguments.addAll(List.of("--batch", "2", "--threads", "1", "--dtype", "float32"));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  private static void assertBadInput(String message, Ran ran) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(message), ran.err());
    assertFalse(ran.err().contains("\tat "), ran.err());
  }

  @Test
  void writesAModelThatAnswersAndAReport() throws IOException {
    Path questions = folder.resolve("questions.jsonl");
    Files.writeString(
        questions,
        "{\"task\": \"year\", \"split\": \"seen\", \"prompt\": \"The year\", \"answer\": \" 17\"}");
    Ran ran =
        train("--steps", "6", "--held-out", "0.2", "--probes", questions.toString(), "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode report = JsonMapper.shared().readTree(ran.out());
    assertEquals("loupe.training/1", report.path("schema").asString());
    assertEquals(6, report.path("steps").size());
    assertTrue(report.path("result").path("finished").asBoolean());
    assertEquals("year/seen", report.path("probes").path(0).path("name").asString());
    assertEquals(60, report.path("sections").path("corpus").path("documents").asInt());
    assertTrue(Files.readString(out.resolve("report.html")).contains("loupe.training/1"));
    assertFalse(Files.exists(out.resolve("corpus/training.tokens")));
    try (LanguageModel model = LanguageModel.open(out, LoadOptions.DEFAULT)) {
      int size = model.tokenizer().vocabularySize();
      assertEquals(size, model.transformer().config().vocabulary());
      assertTrue(ran.err().contains("enough for %d tokens only, not 300".formatted(size)));
      assertEquals(0, model.encode("The year").ids()[0]);
      assertTrue(model.endTokens().contains(0));
    }
  }

  @Test
  void aFinishedTrainingIsNotMadeAgain() throws IOException {
    assertEquals(0, train("--steps", "3").exitCode());
    byte[] weights = Files.readAllBytes(out.resolve("model.safetensors"));
    Ran again = train("--steps", "3");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.err().contains("resuming after step 3"), again.err());
    assertArrayEquals(weights, Files.readAllBytes(out.resolve("model.safetensors")));
  }

  @Test
  void anotherTrainingIsRefusedAndNothingLost() throws IOException {
    assertEquals(0, train("--steps", "3").exitCode());
    byte[] tokenizer = Files.readAllBytes(out.resolve("tokenizer.json"));
    assertBadInput("schedule", train("--steps", "4"));
    assertBadInput("held-out share was 0.005, now it is 0.2", train("--held-out", "0.2"));
    Files.write(corpus, lines(61));
    assertBadInput("its corpus was", train("--steps", "3"));
    assertArrayEquals(tokenizer, Files.readAllBytes(out.resolve("tokenizer.json")));
  }

  @Test
  void brokenRecordsAreNamedAndWithStrictTheFirstStops() throws IOException {
    List<String> broken = new ArrayList<>(lines(60));
    broken.set(4, "{\"text\": ");
    Files.write(corpus, broken);
    Ran ran = train("--steps", "1");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.err().contains("1 of 60 records"), ran.err());
    assertTrue(ran.err().contains("corpus.jsonl:5 is not JSON"), ran.err());
    out = folder.resolve("strict");
    assertBadInput("corpus.jsonl:5: is not JSON", train("--steps", "1", "--strict"));
  }

  @Test
  void whatCannotBeTrainedOnIsOneClearError() throws IOException {
    Files.writeString(corpus, "");
    assertBadInput("the corpus is empty", train("--steps", "1"));
    Files.write(corpus, lines(3));
    vocabulary = 100;
    assertBadInput("a vocabulary of 100 tokens is out of range", train("--steps", "1"));
    vocabulary = 300;
    assertBadInput("does not exist", train("--tokenizer", folder.resolve("none").toString()));
    assertBadInput("all 3 documents are held out", train("--held-out", "0.999999"));
    corpus = folder.resolve("absent.jsonl");
    assertBadInput("absent.jsonl: does not exist", train("--steps", "1"));
    assertFalse(Files.exists(out.resolve("model.safetensors")));
  }

  @Test
  void aLearningRateThatDivergesStopsAndNamesTheLastGoodState() {
    Ran ran =
        train(
            "--steps",
            "400",
            "--optimizer",
            "adamw",
            "--learning-rate",
            "1e30",
            "--checkpoint-every",
            "1",
            "--warmup",
            "0.5");
    assertBadInput("the training diverged", ran);
    assertFalse(Files.exists(out.resolve("model.safetensors")));
  }

  @Test
  void theEstimateWritesNothing() {
    Ran ran = train("--tokens", "1k", "--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("1,008 tokens in 21 steps of float32: about"), ran.out());
    assertFalse(Files.exists(out));
  }

  @Test
  void goesOnFromAModelWithItsTokenizerOnConversations() throws IOException {
    assertEquals(0, train("--steps", "3").exitCode());
    Path base = out;
    Path chat = folder.resolve("chat.jsonl");
    Files.writeString(chat, "{\"prompt\": \"Which year?\", \"answer\": \"1711\"}\n".repeat(20));
    out = folder.resolve("chat");
    Ran ran =
        Ran.loupe(
            "train",
            chat.toString(),
            "--out",
            out.toString(),
            "--from",
            base.toString(),
            "--passes",
            "2",
            "--batch",
            "2",
            "--threads",
            "1",
            "--held-out",
            "0");
    assertEquals(0, ran.exitCode(), ran.err());
    assertEquals(
        Files.readString(base.resolve("tokenizer.json")),
        Files.readString(out.resolve("tokenizer.json")));
    try (LanguageModel model = LanguageModel.open(out, LoadOptions.DEFAULT)) {
      assertTrue(model.endTokens().contains(2), "the end of a turn ends generation");
    }
    assertBadInput(
        "--layers",
        Ran.loupe(
            "train", chat.toString(), "-o", "never", "--from", base.toString(), "--layers", "3"));
    assertFalse(Files.exists(Path.of("never")));
  }

  @Test
  void twoLengthsAreOneTooMany() {
    Ran ran = train("--steps", "1", "--passes", "2");
    assertEquals(ExitCode.USAGE.number(), ran.exitCode());
    assertTrue(ran.err().contains("mutually exclusive"), ran.err());
  }
}
