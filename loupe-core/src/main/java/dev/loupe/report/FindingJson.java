package dev.loupe.report;

import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A finding as JSON, the same envelope for every instrument: {@code schema}, {@code question}, the
 * answer's own properties, {@code evidence}, {@code caveats}, {@code provenance}. The same finding
 * gives the same bytes.
 */
public final class FindingJson {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private FindingJson() {}

  /** As text. */
  public static String of(Finding<?> finding) {
    StringWriter text = new StringWriter();
    write(finding, text);
    return text.toString();
  }

  /**
   * Writes a file, whole or not at all.
   *
   * @throws dev.loupe.fault.LoupeException if the disk refuses
   */
  public static void write(Finding<?> finding, Path path) {
    ReportFile.write(path, writer -> write(finding, writer));
  }

  /** Writes to {@code writer} and leaves it open. */
  public static void write(Finding<?> finding, Writer writer) {
    try (JsonGenerator json = JSON.createGenerator(writer)) {
      json.writeStartObject();
      json.writeStringProperty("schema", finding.schema());
      json.writeStringProperty("question", finding.question());
      if (finding.answer() instanceof JsonAnswer own) {
        own.writeProperties(json);
      } else {
        properties(json, finding.answer());
      }
      ReportJson.evidence(json, finding.evidence(), finding.caveats());
      ReportJson.provenance(json, finding.provenance());
      json.writeEndObject();
    }
  }

  private static void properties(JsonGenerator json, Object answer) {
    JsonNode tree = AnswerMapper.MAPPER.valueToTree(answer);
    for (var property : tree.properties()) {
      json.writeName(property.getKey());
      json.writeTree(property.getValue());
    }
  }
}
