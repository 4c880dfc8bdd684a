package dev.loupe.corpus;

import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.SchemaNode;
import dev.loupe.file.LfsPointer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A Parquet file whose columns are named as the fields of a JSON record; others are not read. */
final class ParquetFile {
  private static final Set<String> FIELDS =
      Set.of("id", "text", "messages", "prompt", "answer", "label", "family", "labels", "concepts");

  /** Of these a document has one. */
  private static final Set<String> TEXTS = Set.of("text", "messages", "prompt", "answer");

  /** Held, so that it stays as it is set: the reader tells at INFO how it decompresses. */
  private static final Logger READER = Logger.getLogger("dev.hardwood");

  static {
    READER.setLevel(Level.WARNING);
  }

  /** No row takes so long, on whatever disk; what the reader waits for then will never come. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private ParquetFile() {}

  static void read(Path file, String name, Tally tally) throws IOException {
    read(file, name, tally, PATIENCE);
  }

  /**
   * As {@link #read(Path, String, Tally)}.
   *
   * @param patience how long the reader may take for one row
   */
  static void read(Path file, String name, Tally tally, Duration patience) throws IOException {
    LfsPointer.refuse(file);
    ParquetLayout.check(file, FIELDS);
    long[] row = {0};
    Watched.<Optional<JsonNode>>read(
        taker -> rows(file, taker),
        record -> {
          if (record.isEmpty()) {
            tally.broken(name, "has no column text, messages, or prompt and answer");
          } else {
            Records.take(record.get(), name + ":" + ++row[0], tally);
          }
        },
        patience);
  }

  /** Gives every row, or one empty item for a file without a column that Loupe knows. */
  private static void rows(Path file, Consumer<Optional<JsonNode>> taker) throws IOException {
    try (HardwoodContext context = HardwoodContext.create(1);
        ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file), context)) {
      List<String> columns =
          reader.getFileSchema().getRootNode().children().stream()
              .map(SchemaNode::name)
              .filter(FIELDS::contains)
              .toList();
      if (columns.stream().noneMatch(TEXTS::contains)) {
        taker.accept(Optional.empty());
        return;
      }
      ColumnProjection projection = ColumnProjection.columns(columns.toArray(String[]::new));
      try (RowReader rows = reader.buildRowReader().projection(projection).build()) {
        while (rows.hasNext()) {
          rows.next();
          taker.accept(Optional.of(record(rows, columns)));
        }
      }
    }
  }

  private static ObjectNode record(StructAccessor row, List<String> columns) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    for (String column : columns) {
      if (!row.isNull(column)) {
        record.set(column, json(row.getValue(column)));
      }
    }
    return record;
  }

  private static JsonNode json(@Nullable Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value) {
      case null -> nodes.nullNode();
      case String text -> nodes.stringNode(text);
      case Integer number -> nodes.numberNode(number);
      case Long number -> nodes.numberNode(number);
      case PqList list -> {
        ArrayNode array = nodes.arrayNode();
        list.values().forEach(element -> array.add(json(element)));
        yield array;
      }
      case PqStruct struct -> {
        ObjectNode object = nodes.objectNode();
        for (int i = 0; i < struct.getFieldCount(); i++) {
          object.set(struct.getFieldName(i), json(struct.getValue(struct.getFieldName(i))));
        }
        yield object;
      }
      default -> nodes.pojoNode(value);
    };
  }
}
