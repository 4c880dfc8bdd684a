package dev.loupe.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusTest {
  private static final String LINES =
      """
      {"id": "a", "text": "one", "labels": {"facts": [1, 2]}}

      {"id": 7, "text": "tw\u00f6"}
      {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
      {"id": "c", "prompt": "p", "answer": "a"}\
      """;

  @TempDir private Path folder;

  private static List<Document> read(Path path) {
    List<Document> documents = new ArrayList<>();
    Reading reading = Corpus.open(path, true).read(documents::add);
    assertEquals(documents.size(), reading.documents());
    return documents;
  }

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private Path write(String name, String content) throws IOException {
    return write(name, content.getBytes(UTF_8));
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static LoupeException failure(Path path, boolean strict) {
    return assertThrows(LoupeException.class, () -> Corpus.open(path, strict).read(_ -> {}));
  }

  @Test
  void labelsAreWhatTheRecordSaysItIsAbout() throws IOException {
    List<Document> read =
        read(
            write(
                "a.jsonl",
                """
                {"text": "t", "concepts": ["people", 3, "May"], "labels": ["x", "May"], "family": "birthday"}
                {"text": "t", "labels": {"facts": [1]}, "label": 7}
                {"prompt": "p", "answer": "a", "label": "chat"}
                """));
    assertEquals(List.of("birthday", "x", "May", "people"), read.get(0).labels());
    assertEquals(List.of(), read.get(1).labels());
    assertEquals(List.of("chat"), read.get(2).labels());
  }

  @Test
  void readsTextsAndConversationsOfJsonLines() throws IOException {
    Message question = new Message("user", "q");
    Message answer = new Message("assistant", "a");
    List<Document> expected =
        List.of(
            Document.text("a", "one"),
            Document.text("7", "tw\u00f6"),
            Document.chat("x.jsonl:4", List.of(question, answer)),
            Document.chat("c", List.of(new Message("user", "p"), answer)));
    assertEquals(expected, read(write("x.jsonl", LINES)));
    assertEquals(expected.getFirst(), read(write("x.jsonl.gz", gzip(LINES + "\n"))).getFirst());
  }

  @Test
  void readsAFolderInTheOrderOfItsPaths() throws IOException {
    write("b.txt", "second");
    write("a/z.jsonl", "{\"text\": \"first\"}\r\n");
    write("c.bin", "no corpus");
    assertEquals(
        List.of(Document.text("a/z.jsonl:1", "first"), Document.text("b.txt", "second")),
        read(folder));
  }

  @Test
  void brokenRecordsAreNamedCountedAndPassedOver() throws IOException {
    Path file =
        write(
            "x.jsonl",
            """
            {"text": "good"}
            {"text": "cut
            [1]
            {"title": "t"}
            {"text": 3}
            {"text": ""}
            {"messages": [{"role": "user", "content": "q"}]}
            {"messages": [{"role": "user"}]}
            {"text": "good too"}
            """);
    Files.write(file, new byte[] {'"', (byte) 0xFF, '"', '\n'}, StandardOpenOption.APPEND);
    Reading reading = Corpus.open(file, false).read(_ -> {});
    assertEquals(2, reading.documents());
    assertEquals(8, reading.broken());
    assertEquals(
        List.of("x.jsonl:2", "x.jsonl:3", "x.jsonl:4"),
        reading.firstBroken().stream().map(Reading.Broken::place).limit(3).toList());
    LoupeException strict = failure(file, true);
    assertTrue(strict.getMessage().startsWith("x.jsonl:2: is not JSON"), strict::getMessage);
    assertTrue(strict.remedy().contains("`strict`"));
  }

  @Test
  void onlyTheFirstBrokenRecordsAreKeptByName() throws IOException {
    Path file = write("x.jsonl", "{\"text\": \"t\"}\n" + "x\n".repeat(1000));
    Reading reading = Corpus.open(file, false).read(_ -> {});
    assertEquals(1000, reading.broken());
    assertEquals(Reading.NAMED, reading.firstBroken().size());
  }

  @Test
  void aCorpusWithoutADocumentIsAnError() throws IOException {
    assertTrue(failure(write("e.jsonl", "\n\n"), false).getMessage().contains("is empty"));
    assertTrue(failure(write("b.jsonl", "x\n"), false).getMessage().contains("b.jsonl:1"));
    assertTrue(failure(write("t/e.txt", " "), false).getMessage().contains("none of its 1"));
    Files.createDirectories(folder.resolve("none"));
    assertTrue(failure(folder.resolve("none"), false).getMessage().contains("holds no file"));
    assertTrue(failure(folder.resolve("gone.jsonl"), false).getMessage().contains("not exist"));
    assertTrue(failure(write("x.csv", "a"), false).remedy().contains(".jsonl.gz"));
  }

  @Test
  void aFileThatIsCutOffIsAnErrorAndNotAShorterCorpus() throws IOException {
    byte[] whole = gzip(LINES.repeat(1));
    Path file = write("x.jsonl.gz", Arrays.copyOf(whole, whole.length - 12));
    assertTrue(failure(file, false).getMessage().contains("cannot be read to its end"));
    assertTrue(failure(write("y.jsonl.gz", "no gzip"), false).getMessage().contains("0 documents"));
  }

  @Test
  void textThatIsNotUtf8IsBroken() throws IOException {
    write("a.txt", new byte[] {'a', (byte) 0xE4});
    write("b.txt", "good");
    Reading reading = Corpus.open(folder, false).read(_ -> {});
    assertEquals(List.of(new Reading.Broken("a.txt", "is not UTF-8 text")), reading.firstBroken());
  }

  private static Path parquet(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(CorpusTest.class.getResource("/fixtures/parquet-corpus/" + name))
            .toURI());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snappy", "zstd", "gzip"})
  void readsParquetWrittenByPyarrow(String codec) throws URISyntaxException {
    List<Document> documents = new ArrayList<>();
    String name = "texts-" + codec + ".parquet";
    Reading reading = Corpus.open(parquet(name), false).read(documents::add);
    assertEquals(
        List.of(
            Document.text("a", "one"),
            Document.text("b", "zwei \u4f60\u597d"),
            Document.text(name + ":3", "three")),
        documents);
    assertEquals(name + ":4", reading.firstBroken().getFirst().place());
  }

  @Test
  void readsConversationsOfParquet() throws URISyntaxException {
    List<Document> documents = new ArrayList<>();
    Reading reading = Corpus.open(parquet("chats.parquet"), false).read(documents::add);
    assertEquals(
        List.of(
            Document.chat("7", List.of(new Message("user", "q"), new Message("assistant", "a")))),
        documents);
    assertEquals(1, reading.broken());
    assertTrue(failure(parquet("other.parquet"), false).getMessage().contains("no column text"));
  }

  @Test
  void aParquetFileThatIsCutOffIsOneClearError() throws Exception {
    byte[] whole = Files.readAllBytes(parquet("texts-snappy.parquet"));
    for (int cut = 0; cut < whole.length; cut += 13) {
      Path file = write("cut.parquet", Arrays.copyOf(whole, cut));
      assertTrue(failure(file, false).getMessage().contains("cannot be read"), "cut " + cut);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.jsonl", "a.jsonl.gz", "a.txt"})
  void passesOverAByteOrderMark(String name) throws IOException {
    String text = name.endsWith(".txt") ? "one" : "{\"text\": \"one\", \"score\": NaN}";
    Path file =
        write(
            name, name.endsWith(".gz") ? gzip("\uFEFF" + text) : ("\uFEFF" + text).getBytes(UTF_8));
    assertEquals("one", read(file).getFirst().text());
  }
}
