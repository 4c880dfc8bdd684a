package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are damaged, odd or too long: what is whole is read, the rest is named. */
class BadAnswerFileTest {
  /** Start, an answer, what stands between two, end; with names beyond ASCII, null, numbers. */
  private record Form(String start, String answer, String between, String end) {
    String of(int answers) {
      return start + String.join(between, Collections.nCopies(answers, answer)) + end;
    }
  }

  private static final Map<String, Form> FORMS =
      Map.of(
          "lm-eval",
          new Form(
              "",
              "{\"doc_id\": 1, \"doc\": null, \"filtered_resps\": [\"é\"], \"filter\": \"none\","
                  + " \"acc\": 1.0e0, \"ok\": true}\n",
              "",
              ""),
          "inspect",
          new Form(
              "{\"version\": 2, \"status\": \"error\", \"eval\": {\"model\": \"é\"}, \"samples\":"
                  + " [",
              "{\"id\": 1, \"target\": null, \"events\": [false], \"scores\": {\"s\": {\"value\":"
                  + " 1.0}}}",
              ", ",
              "]}"),
          "helm",
          new Form(
              "[",
              "{\"instance_id\": \"é\", \"stats\": [{\"name\": {\"name\": \"exact_match\"},"
                  + " \"mean\": 1.0, \"max\": null}]}",
              ", ",
              "]"),
          "rows",
          new Form("", "{\"id\": \"é\", \"outcome\": true, \"x\": null, \"y\": 1.5}\n", "", ""));

  @TempDir private Path folder;
  private final List<Answer> answers = new ArrayList<>();

  private List<String> read(byte[] content) throws IOException {
    Path file = folder.resolve("samples_task_2026-01-01.jsonl");
    Files.write(file, content);
    answers.clear();
    return AnswerFile.read(file, AnswerOptions.usual(), answers::add);
  }

  private List<String> read(String content) throws IOException {
    return read(content.getBytes(StandardCharsets.UTF_8));
  }

  /** At every byte: whole answers are kept, and a note says that there was more. */
  @ParameterizedTest
  @ValueSource(strings = {"lm-eval", "inspect", "helm"})
  void cutShortAnywhere(String name) throws IOException {
    Form form = form(name);
    byte[] whole = form.of(3).getBytes(StandardCharsets.UTF_8);
    int[] ends = new int[3];
    for (int i = 0; i < 3; i++) {
      ends[i] =
          (form.start()
                  + String.join(form.between(), Collections.nCopies(i + 1, form.answer().strip())))
              .getBytes(StandardCharsets.UTF_8)
              .length;
      ends[i] += form.between().isEmpty() ? i : 0;
    }
    for (int length = ends[0]; length < whole.length; length++) {
      List<String> notes = read(Arrays.copyOf(whole, length));
      int at = length;
      assertEquals(
          (int) Arrays.stream(ends).filter(end -> end <= at).count(),
          answers.size(),
          () -> name + " cut at " + at);
      boolean isComplete =
          form.end().isEmpty()
              && Arrays.stream(ends).anyMatch(end -> at - end >= 0 && at - end <= 1);
      assertEquals(
          !isComplete,
          notes.stream().anyMatch(note -> note.contains("cut short")),
          () -> name + " cut at " + at + ": " + notes);
    }
  }

  /** A table has no end of its own: a last line that is not whole is refused with its number. */
  @Test
  void aTableCutShortIsRefused() throws IOException {
    byte[] whole = form("rows").of(2).getBytes(StandardCharsets.UTF_8);
    for (int length = whole.length / 2 + 1; length < whole.length - 1; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      LoupeException refused = assertThrows(LoupeException.class, () -> read(part));
      assertTrue(refused.getMessage().contains(":2: "), refused::getMessage);
    }
  }

  private static Form form(String name) {
    Form form = FORMS.get(name);
    if (form == null) {
      throw new IllegalArgumentException(name);
    }
    return form;
  }

  /** What ends in the middle is not taken for what is wrong in the middle. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"doc_id\": 1, \"acc\": 1}\n{\"doc_id\": 2, \"acc\": tru}\n{\"doc_id\": 3, \"acc\": 1}\n",
        "{\"doc_id\": 1, \"acc\": 1} x",
        "[{\"instance_id\": 1, \"stats\": []}][{\"instance_id\": 2, \"stats\": []}]",
        "{\"version\": 2, \"samples\": [{\"id\": 1}]}{\"version\": 2}",
        "[{\"instance_id\": 1, \"stats\": []}, 7, {\"instance_id\": 2, \"stats\": []}]",
        "{\"version\": 2, \"samples\": [{\"id\": 1}, null, {\"id\": 2}]}",
        "{\"id\": 1, \"outcome\": \"correct\"}\n{\"id\": 2, \"outc\n{\"id\": 3}\n"
      })
  void brokenInTheMiddleIsRefused(String content) {
    LoupeException refused = assertThrows(LoupeException.class, () -> read(content));
    assertTrue(refused.getMessage().contains("samples_task"), refused::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lm-eval", "inspect", "helm", "rows"})
  void aCompressedLogCutShortKeepsWhatIsWhole(String name) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes, 64, true)) {
      out.write(form(name).of(3).getBytes(StandardCharsets.UTF_8));
      out.flush();
      out.write(form(name).answer().getBytes(StandardCharsets.UTF_8));
    }
    List<String> notes = read(Arrays.copyOf(bytes.toByteArray(), bytes.size() - 12));
    assertEquals(3, answers.size(), notes::toString);
    assertTrue(notes.stream().anyMatch(note -> note.contains("cut short")), notes::toString);
  }

  /** A byte order mark, as some editors and shells write, changes nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"lm-eval", "inspect", "helm", "rows"})
  void aByteOrderMark(String name) throws IOException {
    read("\ufeff" + form(name).of(2));
    assertEquals(2, answers.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lm-eval", "inspect", "helm", "rows"})
  void invalidUtf8IsRefusedWithItsLine(String name) {
    byte[] bytes = form(name).of(2).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = bytes[i] == (byte) 0xa9 ? (byte) 0xff : bytes[i];
    }
    LoupeException refused = assertThrows(LoupeException.class, () -> read(bytes));
    assertTrue(refused.getMessage().contains("UTF-8"), refused::getMessage);
    assertTrue(refused.getMessage().matches("(?s).*(:1:|line 1\\b).*"), refused::getMessage);
  }

  /** The same document under two filters is one answer; how many lines are left out is told. */
  @Test
  void twoFilters() throws IOException {
    String line =
        "{\"doc_id\": %d, \"filter\": \"%s\", \"filtered_resps\": [\"x\"], \"acc\": %d}\n";
    List<String> notes =
        read(
            line.formatted(1, "strict", 0)
                + line.formatted(1, "flexible", 1)
                + line.formatted(2, "strict", 1)
                + line.formatted(2, "flexible", 1));
    assertEquals(List.of(Grade.WRONG, Grade.RIGHT), answers.stream().map(Answer::grade).toList());
    assertEquals(1, notes.size());
    assertTrue(notes.getFirst().contains("2 lines under the filter 'flexible'"), notes::toString);
  }

  @Test
  void aLogWithoutOneWholeLineIsNamedSo() {
    LoupeException refused = assertThrows(LoupeException.class, () -> read("{\"doc_id\": 1, "));
    assertTrue(refused.getMessage().contains("no whole line"), refused::getMessage);
  }

  /** As Python writes them: strings, infinities, and not-a-number. */
  @Test
  void numbersAsStrings() throws IOException {
    String choice =
        "{\"doc_id\": %d, \"filtered_resps\": [[%s, \"False\"], [%s, \"False\"]], \"acc\": %s}\n";
    read(
        choice.formatted(1, "\"-1.0\"", "\"-1.0\"", "\"1.0\"")
            + choice.formatted(2, "\"-2.5\"", "\"-inf\"", "\"0\"")
            + choice.formatted(3, "-0.5", "-Infinity", "1")
            + choice.formatted(4, "\"nan\"", "\"-1\"", "NaN"));
    assertEquals(
        List.of(Grade.RIGHT, Grade.WRONG, Grade.RIGHT, Grade.UNDETERMINED),
        answers.stream().map(Answer::grade).toList());
    assertEquals(
        List.of(
            OptionalDouble.of(0.5),
            OptionalDouble.of(1),
            OptionalDouble.of(1),
            OptionalDouble.empty()),
        answers.stream().map(Answer::confidence).toList());
  }

  @Test
  void noConfidenceInAnyFormat() throws IOException {
    for (String name : FORMS.keySet()) {
      read(form(name).of(2));
      assertTrue(answers.stream().allMatch(each -> each.confidence().isEmpty()), name);
    }
  }

  /**
   * However long a log is, a reader is never ahead of the answers it has given by more than its
   * buffers: what it holds does not grow with the file.
   */
  @ParameterizedTest
  @ValueSource(strings = {"lm-eval", "inspect", "helm", "rows"})
  void aLongLogIsAStream(String name) throws IOException {
    Endless log = new Endless(form(name), 200_000);
    Path file = folder.resolve("samples_long_2026-01-01.jsonl");
    long[] furthest = new long[1];
    long[] given = new long[1];
    long each =
        (form(name).answer() + form(name).between()).getBytes(StandardCharsets.UTF_8).length;
    AnswerFile.read(
        log,
        file,
        AnswerOptions.usual(),
        _ -> {
          furthest[0] = Math.max(furthest[0], log.read - given[0] * each);
          given[0]++;
        });
    assertEquals(200_000, given[0]);
    assertTrue(furthest[0] < 1 << 18, () -> "ahead by " + furthest[0] + " bytes");
    assertTrue(log.read > 10_000_000, () -> "only " + log.read);
  }

  /** A log of so many answers that is made while it is read. */
  private static final class Endless extends InputStream {
    private final Form form;
    private final long most;
    private long made = -1;
    private byte[] part = new byte[0];
    private int at;
    private long read;

    Endless(Form form, long most) {
      this.form = form;
      this.most = most;
    }

    @Override
    public int read() {
      if (!hasMore()) {
        return -1;
      }
      read++;
      return part[at++] & 0xff;
    }

    /** What is left of one answer at most. */
    @Override
    public int read(byte[] into, int from, int count) {
      if (count == 0) {
        return 0;
      } else if (!hasMore()) {
        return -1;
      }
      int some = Math.min(count, part.length - at);
      System.arraycopy(part, at, into, from, some);
      at += some;
      read += some;
      return some;
    }

    private boolean hasMore() {
      while (at == part.length) {
        if (made > most) {
          return false;
        }
        String text =
            made < 0
                ? form.start()
                : made == most ? form.end() : (made == 0 ? "" : form.between()) + form.answer();
        part = text.getBytes(StandardCharsets.UTF_8);
        at = 0;
        made++;
      }
      return true;
    }

    @Override
    public int available() {
      return 0;
    }
  }

  /** Ten gigabytes without a line end are refused after the first of them. */
  @ParameterizedTest
  @ValueSource(strings = {"id,outcome\n", "{\"doc_id\": 1, \"acc\": 1}\n", "[{\"stats\": [", ""})
  void tenGigabytesOfNothing(String start) throws IOException {
    Path file = folder.resolve("samples_hole_2026-01-01.jsonl");
    Files.writeString(file, start);
    try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
      hole.setLength(10L << 30);
    }
    assertThrows(
        LoupeException.class, () -> AnswerFile.read(file, AnswerOptions.usual(), answers::add));
  }
}
