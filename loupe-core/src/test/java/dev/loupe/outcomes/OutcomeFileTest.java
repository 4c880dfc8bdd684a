package dev.loupe.outcomes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.fault.LoupeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OutcomeFileTest {
  private static final OutcomeColumns USUAL = OutcomeColumns.usual();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config,category,success\na,x,1\n\"b, c\",\"q \"\"y\"\"\",0\n",
        "\ufeffconfig,category,success\r\na,x,true\r\n\"b, c\",\"q \"\"y\"\"\",false\r\n",
        "\n\nconfig;category;success\na;x;yes\nb, c;\"q \"\"y\"\"\";No\n\n",
        "success\tcategory\tmore\tconfig\n1\tx\t?\ta\n0\t\"q \"\"y\"\"\"\t\tb, c",
        "{\"config\": \"a\", \"category\": \"x\", \"success\": true}\n\n"
            + "{\"success\": 0, \"config\": \"b, c\", \"category\": \"q \\\"y\\\"\"}",
      })
  void readsTheSameFromAnyForm(String text) {
    assertEquals(List.of("a|x|true", "b, c|q \"y\"|false"), shown(text, USUAL));
  }

  @Test
  void readsCompressedFilesAndOtherNames() throws IOException {
    Path file = folder.resolve("runs.csv.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("model,ok,id,family\nm,1,7,f\n".getBytes(StandardCharsets.UTF_8));
    }
    List<Outcome> read = new ArrayList<>();
    OutcomeFile.read(
        file,
        new OutcomeColumns("model", "category", "ok", Optional.of("id"), Optional.of("family")),
        read::add);
    assertEquals(
        List.of(new Outcome("m", "", true, Optional.of("7"), Optional.of("f"), file + ":2")), read);
  }

  @Test
  void itemsMayRepeatWhereTheyAreTheCluster() {
    OutcomeColumns columns =
        new OutcomeColumns("config", "category", "success", Optional.empty(), Optional.of("item"));
    List<Outcome> read = read("config,item,success\na,1,1\na,1,0\n", columns);
    assertEquals(Optional.empty(), read.getFirst().item());
    assertEquals(Optional.of("1"), read.getFirst().cluster());
  }

  /** Each says the line, what is wrong, and what to do. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                           | table: is empty | header",
        "'   \n \n'                                   | table: is empty | header",
        "'config,success\n'                           | has a header but no trial | one trial a line",
        "'config,succes\na,1\n'                       | table:1: has no column 'success'; there are 'config', 'succes' | `success`",
        "'config,success,success\na,1,1\n'            | table:1: has two columns 'success' | Rename",
        "'config,success\na,1\nb,maybe\n'             | table:3: column 'success' is 'maybe' | yes or no",
        "'config,success\na,0.7\n'                    | table:2: column 'success' is '0.7' | threshold",
        "'config,success\na,\n'                       | table:2: column 'success' is '' | Write 1 or 0",
        "'config,success\n,1\n'                       | table:2: column 'config' is empty | Fill it in",
        "'config,success\na,1,2\n'                    | table:2: has 3 cells, but the header has 2 | double quotes",
        "'config,success\na\n'                        | table:2: has 1 cells, but the header has 2 | double quotes",
        "'config,success\n\"a,1\n'                    | is not CSV | quote",
        "'[{\"config\": 1}]'                          | table:1: is a JSON array | one JSON object a line",
        "'{\"config\": \"a\", \"success\": 1}\n{\"config'  | table:2: is not JSON | one JSON object a line",
        "'{\"config\": \"a\", \"success\": 1}\n7'     | table:2: is JSON, but not an object | one JSON object a line",
        "'{\"config\": \"a\", \"success\": null}'     | table:1: column 'success' is '' | Write 1 or 0",
        "'{\"config\": \"a\", \"success\": [1]}'      | table:1: column 'success' is '[1]' | Write 1 or 0",
      })
  void saysWhatIsWrong(String text, String message, String remedy) {
    LoupeException fault = assertThrows(LoupeException.class, () -> read(text, USUAL));
    assertTrue(fault.getMessage().contains(message), fault::getMessage);
    assertTrue(fault.remedy().contains(remedy), fault::remedy);
  }

  @Test
  void refusesOtherEncodings() {
    byte[] latin = "config,success\nfine,1\ncaf\u00e9,1\n".getBytes(StandardCharsets.ISO_8859_1);
    LoupeException fault = assertThrows(LoupeException.class, () -> read(latin));
    assertEquals("table:3: it is not UTF-8 text", fault.getMessage());
    byte[] wide = "\ufeffconfig,success\n".getBytes(StandardCharsets.UTF_16LE);
    assertTrue(
        assertThrows(LoupeException.class, () -> read(wide)).getMessage().contains("UTF-16"));
  }

  @Test
  void refusesWhatDoesNotExist() {
    Path missing = folder.resolve("none.csv");
    LoupeException fault =
        assertThrows(LoupeException.class, () -> OutcomeFile.read(missing, USUAL, _ -> {}));
    assertTrue(fault.getMessage().contains("no such file"), fault::getMessage);
  }

  /** A line of two gigabytes is refused at its first megabyte. */
  @Test
  void refusesEndlessLines() {
    InputStream endless =
        new InputStream() {
          private long left = 2L << 30;

          @Override
          public int read() {
            return left-- > 0 ? 'a' : -1;
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            Arrays.fill(buffer, offset, offset + length, (byte) 'a');
            left -= length;
            return left > 0 ? length : -1;
          }
        };
    LoupeException fault =
        assertThrows(
            LoupeException.class, () -> OutcomeFile.read(endless, "table", USUAL, _ -> {}));
    assertTrue(fault.getMessage().contains("longer than a megabyte"), fault::getMessage);
  }

  /** A million lines leave nothing behind but two counts. */
  @Test
  void streamsLongTables() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.write("config,success\n".getBytes(StandardCharsets.UTF_8));
    byte[] rows = "a,1\nb,0\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 500; i++) {
      text.write(rows);
    }
    OutcomeTally tally = new OutcomeTally();
    OutcomeFile.read(new ByteArrayInputStream(text.toByteArray()), "table", USUAL, tally::add);
    OutcomeReport report = tally.report("table", 0.95, Optional.empty());
    assertEquals(1_000_000, report.trials());
    assertEquals(500_000, report.rates().getFirst().successes());
  }

  /** Any file of this layout among the fixtures. */
  @Tag("oracle")
  @Test
  void countsTheFixtures() throws IOException {
    Path formats = OracleFiles.at("audit/formats");
    JsonNode expected =
        OracleFiles.json("audit/formats/csv_expected.json").get("attacks_success_and_total");
    for (String name : List.of("attacks.csv", "attacks.jsonl")) {
      OutcomeTally tally = new OutcomeTally();
      OutcomeFile.read(formats.resolve(name), USUAL, tally::add);
      OutcomeReport report = tally.report(name, 0.95, Optional.empty());
      int compared = 0;
      for (OutcomeReport.Rate rate : report.rates()) {
        if (rate.category().isPresent()) {
          JsonNode counts = expected.get(rate.config()).get(rate.category().get());
          assertEquals(counts.get(0).asLong(), rate.successes());
          assertEquals(counts.get(1).asLong(), rate.trials());
          compared++;
        }
      }
      assertEquals(expected.valueStream().mapToInt(JsonNode::size).sum(), compared, () -> name);
    }
  }

  private static List<String> shown(String text, OutcomeColumns columns) {
    return read(text, columns).stream()
        .map(each -> each.config() + "|" + each.category() + "|" + each.success())
        .collect(Collectors.toList());
  }

  private static List<Outcome> read(String text, OutcomeColumns columns) {
    return read(text.getBytes(StandardCharsets.UTF_8), columns);
  }

  private static List<Outcome> read(byte[] text) {
    return read(text, USUAL);
  }

  private static List<Outcome> read(byte[] text, OutcomeColumns columns) {
    List<Outcome> read = new ArrayList<>();
    try {
      OutcomeFile.read(new ByteArrayInputStream(text), "table", columns, read::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read;
  }
}
