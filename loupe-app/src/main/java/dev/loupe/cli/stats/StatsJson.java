package dev.loupe.cli.stats;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code loupe stats ... --json} writes, schema {@code loupe.stats/1}: records with all digits
 * of a double, {@code null} for what is undefined, infinities as words.
 */
final class StatsJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Double.class, new Digits())
                  .addSerializer(double.class, new Digits()))
          .changeDefaultVisibility(seen -> seen.withIsGetterVisibility(Visibility.NONE))
          .build();

  private StatsJson() {}

  /**
   * The record with its schema.
   *
   * @param kind which of the commands wrote it
   */
  static String of(String kind, Record answer) {
    ObjectNode root = MAPPER.createObjectNode().put("schema", "loupe.stats/1").put("kind", kind);
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
