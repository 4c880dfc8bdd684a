package dev.loupe.report;

import tools.jackson.core.JsonGenerator;

/**
 * An answer that writes its own JSON, where the record's own form would be too large or another
 * program reads it. All others are written as records.
 */
public interface JsonAnswer {
  /** Writes the answer's properties into the open object. */
  void writeProperties(JsonGenerator json);
}
