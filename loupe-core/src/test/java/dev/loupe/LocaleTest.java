package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers read the same wherever Loupe runs. */
class LocaleTest {
  private static final Path ROOT = Path.of(System.getProperty("loupe.root", ".."));
  private static final Pattern SOURCE =
      Pattern.compile("loupe-(core|app)/src/main/java/.*\\.java".replace("/", "[/\\\\]"));

  private static final String LITERALS =
      "\"(?:[^\"\\\\\\n]|\\\\.)*\"(?:\\s*\\+\\s*\"(?:[^\"\\\\\\n]|\\\\.)*\")*";

  /** Text, or several texts joined, that is formatted as the machine's locale has it. */
  private static final Pattern FORMATTED =
      Pattern.compile(
          "(?:(?:String\\.format|printf)\\(\\s*(%s))|(?:(%s)\\s*\\)?\\s*\\.formatted\\()"
              .formatted(LITERALS, LITERALS));

  /** Digits with a mark between them: decimals, powers and groups. */
  private static final Pattern MARKED =
      Pattern.compile("%[-#+ 0,(]*\\d*(?:\\.\\d+)?[eEfgG]|%[-#+ 0(]*,[-#+ 0,(]*\\d*d");

  @TempDir Path folder;
  private Locale usual = Locale.getDefault();

  @BeforeEach
  void remember() {
    usual = Locale.getDefault();
  }

  @AfterEach
  void restore() {
    Locale.setDefault(usual);
  }

  private static <T> T under(Locale locale, Supplier<T> work) {
    Locale.setDefault(locale);
    return work.get();
  }

  @Test
  void findingsReadTheSameInGermany() throws IOException {
    try (TinyRequests tiny = TinyRequests.open(folder)) {
      for (TinyRequests.Asking<?, ?> asking : tiny.all()) {
        assertEquals(
            under(Locale.ROOT, asking::json),
            under(Locale.GERMANY, asking::json),
            asking::toString);
        assertEquals(
            under(Locale.ROOT, () -> asking.estimate(Run.silent(1)).work()),
            under(Locale.GERMANY, () -> asking.estimate(Run.silent(1)).work()));
      }
      LoupeException tooLong =
          assertThrows(
              LoupeException.class,
              () ->
                  new Trace()
                      .ask(
                          TraceRequest.of(" 17".repeat(2000)),
                          Subject.of(tiny.model(), () -> "ab12"),
                          Run.silent(1)));
      assertTrue(tooLong.getMessage().contains("2,001 tokens"), tooLong.getMessage());
    }
  }

  @Test
  void noSourceFormatsNumbersAsTheMachineHasThem() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT, 16)) {
      List<Path> sources =
          files.filter(file -> SOURCE.matcher(ROOT.relativize(file).toString()).matches()).toList();
      assertFalse(sources.isEmpty(), () -> "found no sources below " + ROOT);
      List<String> found = sources.stream().flatMap(LocaleTest::found).toList();
      assertEquals(List.of(), found, "use String.format(Locale.ROOT, …)");
    }
  }

  private static Stream<String> found(Path source) {
    try {
      return FORMATTED
          .matcher(Files.readString(source))
          .results()
          .map(result -> result.group(1) == null ? result.group(2) : result.group(1))
          .filter(text -> MARKED.matcher(text).find())
          .map(text -> source.getFileName() + ": " + text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theSourceTestSeesEveryForm() {
    for (String bad :
        List.of(
            "\"%,d tokens\".formatted(n)",
            "\"%.3f\"\n    .formatted(x)",
            "(\"a %s\"\n + \" b %+.2f\")\n .formatted(s, x)",
            "String.format(\"%5.1e\", x)",
            "out.printf(\n  \"%-3s %,d\" + \" of\", s, n)")) {
      assertTrue(
          FORMATTED
              .matcher(bad)
              .results()
              .map(r -> r.group(1) == null ? r.group(2) : r.group(1))
              .anyMatch(text -> MARKED.matcher(text).find()),
          bad);
    }
    assertFalse(FORMATTED.matcher("String.format(Locale.ROOT, \"%,d\", n)").find());
  }
}
