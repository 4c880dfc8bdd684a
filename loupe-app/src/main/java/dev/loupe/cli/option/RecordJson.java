package dev.loupe.cli.option;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a command without a model writes with {@code --json}: its schema, and a record with all
 * digits of a double, {@code null} for what is undefined, infinities as words.
 */
public final class RecordJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Double.class, new Digits())
                  .addSerializer(double.class, new Digits()))
          .changeDefaultVisibility(seen -> seen.withIsGetterVisibility(Visibility.NONE))
          .build();

  private RecordJson() {}

  /**
   * The record with its schema.
   *
   * @param schema name and version, such as {@code loupe.stats/1}
   * @param kind which of the commands wrote it
   */
  public static String of(String schema, String kind, Record answer) {
    ObjectNode root = MAPPER.createObjectNode().put("schema", schema).put("kind", kind);
    ObjectNode tree = MAPPER.valueToTree(answer);
    root.setAll(tree);
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }

  private static final class Digits extends ValueSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator json, SerializationContext context) {
      if (value.isNaN()) {
        json.writeNull();
      } else if (value.isInfinite()) {
        json.writeString(value > 0 ? "Infinity" : "-Infinity");
      } else {
        json.writeNumber(value + 0.0);
      }
    }
  }
}
