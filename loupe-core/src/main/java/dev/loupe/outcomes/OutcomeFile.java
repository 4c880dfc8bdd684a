package dev.loupe.outcomes;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import dev.loupe.file.LfsPointer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.csv.CsvFactory;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * A table of trials as a stream, however long: CSV with a header (separated by comma, semicolon or
 * tab), or JSON lines; plain or compressed by gzip. Which one it is, its first character says.
 */
public final class OutcomeFile {
  private static final int LONGEST_CELL = 1 << 20;
  private static final int MOST_COLUMNS = 10_000;

  private static final CsvMapper CSV =
      CsvMapper.builder(
              CsvFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(LONGEST_CELL).build())
                  .build())
          .enable(CsvReadFeature.SKIP_EMPTY_LINES)
          .build();

  private OutcomeFile() {}

  /** Takes one row after the other. */
  @FunctionalInterface
  public interface Rows {
    /** The header of a table that has one, before its rows. */
    default void header(List<String> names, String place) {}

    /**
     * One row.
     *
     * @param names of the columns; the same list again where they have not changed
     * @param values one for each name; empty for JSON's null
     * @param place file and line, for messages
     */
    void row(List<String> names, List<Optional<String>> values, String place);
  }

  /** The rows as trials. */
  private static final class Trials implements Rows {
    private final OutcomeColumns columns;
    private final Consumer<Outcome> each;
    private List<String> header = List.of();
    private Optional<OutcomeCells> cells = Optional.empty();

    Trials(OutcomeColumns columns, Consumer<Outcome> each) {
      this.columns = columns;
      this.each = each;
    }

    @Override
    public void header(List<String> names, String place) {
      header = names;
      cells = Optional.of(OutcomeCells.of(names, columns, place));
    }

    @Override
    public void row(List<String> names, List<Optional<String>> values, String place) {
      if (cells.isEmpty() || !header.equals(names)) {
        header(names, place);
      }
      each.accept(cells.orElseThrow().outcome(values, place));
    }
  }

  /**
   * Reads a file.
   *
   * @throws LoupeException if it cannot be read, is not such a table, or a value makes no sense;
   *     with the line
   */
  public static void read(Path file, OutcomeColumns columns, Consumer<Outcome> each) {
    try {
      LfsPointer.refuse(file);
      try (InputStream bytes = Files.newInputStream(file);
          InputStream plain =
              file.toString().endsWith(".gz") ? new GZIPInputStream(bytes, 1 << 16) : bytes) {
        read(plain, file.toString(), columns, each);
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  /**
   * As {@link #read(Path, OutcomeColumns, Consumer)}, from a stream.
   *
   * @param name of the stream for people
   */
  public static void read(
      InputStream in, String name, OutcomeColumns columns, Consumer<Outcome> each)
      throws IOException {
    if (rows(in, name, new Trials(columns, each)) == 0) {
      throw LoupeException.badInput(
          name + ": has a header but no trial", "Give one trial a line below the header.");
    }
  }

  /**
   * The rows of any such table.
   *
   * @param name of the stream for people
   * @return how many
   */
  public static long rows(InputStream in, String name, Rows each) throws IOException {
    Utf8Lines lines = new Utf8Lines(FileText.utf8(in, name), name);
    Optional<String> first = lines.next();
    while (first.isPresent() && first.get().isBlank()) {
      first = lines.next();
    }
    if (first.isEmpty()) {
      throw LoupeException.badInput(
          name + ": is empty", "Give a table with a header and one trial a line.");
    }
    return switch (first.get().strip().charAt(0)) {
      case '{' -> jsonLines(lines, first.get(), each);
      case '[' ->
          throw LoupeException.badInput(
              lines.place() + ": is a JSON array", "Write one JSON object a line instead.");
      default -> csv(lines, first.get(), each);
    };
  }

  private static long jsonLines(Utf8Lines lines, String first, Rows each) throws IOException {
    long rows = 0;
    for (Optional<String> line = Optional.of(first); line.isPresent(); line = lines.next()) {
      if (line.get().isBlank()) {
        continue;
      }
      ObjectNode record = object(line.get(), lines.place());
      List<String> names = List.copyOf(record.propertyNames());
      List<Optional<String>> values = new ArrayList<>();
      for (String property : names) {
        values.add(text(record.required(property)));
      }
      each.row(names, values, lines.place());
      rows++;
    }
    return rows;
  }

  private static ObjectNode object(String line, String place) {
    try {
      if (JsonMapper.shared().readTree(line) instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          place + ": is not JSON: " + JsonText.why(e), "Write one JSON object a line.", e);
    }
    throw LoupeException.badInput(
        place + ": is JSON, but not an object", "Write one JSON object a line.");
  }

  private static Optional<String> text(JsonNode value) {
    return value.isNull() ? Optional.empty() : Optional.of(value.asString(value.toString()));
  }

  private static long csv(Utf8Lines lines, String first, Rows each) {
    long skipped = lines.number() - 1;
    lines.unread(first);
    CsvSchema schema = CsvSchema.emptySchema().withColumnSeparator(separator(first));
    long rows = 0;
    try (JsonParser parser = CSV.reader(schema).createParser(lines)) {
      Optional<List<String>> header = Optional.empty();
      while (parser.nextToken() == JsonToken.START_ARRAY) {
        boolean isEmpty = parser.nextToken() == JsonToken.END_ARRAY;
        // Of its first cell: a row may go on over further lines.
        String place = lines.name() + ":" + (skipped + parser.currentTokenLocation().getLineNr());
        List<Optional<String>> row = isEmpty ? List.of() : row(parser, place);
        if (header.isEmpty()) {
          header = Optional.of(row.stream().map(cell -> cell.orElse("").strip()).toList());
          each.header(header.get(), place);
        } else if (row.size() != header.get().size()) {
          throw LoupeException.badInput(
              "%s: has %d cells, but the header has %d"
                  .formatted(place, row.size(), header.get().size()),
              "Put text that holds the separator in double quotes.");
        } else {
          each.row(header.get(), row, place);
          rows++;
        }
      }
      return rows;
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          lines.place() + ": is not CSV: " + e.getOriginalMessage(),
          "Close each double quote; write a quote within quotes twice.",
          e);
    }
  }

  /** From its first cell on. */
  private static List<Optional<String>> row(JsonParser parser, String place) {
    List<Optional<String>> row = new ArrayList<>();
    do {
      if (row.size() == MOST_COLUMNS) {
        throw LoupeException.badInput(
            "%s: has more than %d cells".formatted(place, MOST_COLUMNS),
            "Give a table with one trial a line.");
      }
      row.add(Optional.of(parser.getString()));
    } while (parser.nextToken() != JsonToken.END_ARRAY);
    return row;
  }

  /** Of comma, semicolon and tab the one that the header has most of. */
  private static char separator(String header) {
    char best = ',';
    for (char candidate : new char[] {';', '\t'}) {
      if (count(header, candidate) > count(header, best)) {
        best = candidate;
      }
    }
    return best;
  }

  private static long count(String text, char wanted) {
    return text.chars().filter(each -> each == wanted).count();
  }
}
