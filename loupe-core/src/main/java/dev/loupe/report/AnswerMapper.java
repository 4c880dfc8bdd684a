package dev.loupe.report;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** Writes records as JSON, numbers in the digits of float32 and what is undefined as null. */
final class AnswerMapper {
  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Double.class, new Digits())
                  .addSerializer(double.class, new Digits()))
          // Components alone: what a record says of itself by isX() is no part of it.
          .changeDefaultVisibility(seen -> seen.withIsGetterVisibility(Visibility.NONE))
          .build();

  private AnswerMapper() {}

  private static final class Digits extends ValueSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator json, SerializationContext context) {
      float rounded = value.floatValue();
      if (Float.isFinite(rounded)) {
        json.writeNumber(rounded + 0.0f);
      } else {
        json.writeNull();
      }
    }
  }
}
