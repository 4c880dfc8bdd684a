package dev.loupe.tokenizer;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** JSON as Python's {@code json.dumps} writes it: blanks after commas and colons. */
final class ToJsonFilter implements AdvancedFilter {
  private final JsonMapper mapper = new JsonMapper();

  @Override
  public String getName() {
    return "tojson";
  }

  @Override
  public Object filter(
      @Nullable Object value,
      JinjavaInterpreter interpreter,
      Object[] arguments,
      Map<String, Object> named) {
    Object indent = arguments.length > 0 ? arguments[0] : named.get("indent");
    StringBuilder json = new StringBuilder();
    write(
        json, value, indent instanceof Number width ? Math.clamp(width.intValue(), 0, 16) : -1, 0);
    return json.toString();
  }

  private void write(StringBuilder json, @Nullable Object value, int indent, int depth) {
    if (depth > 64) {
      throw new JinjaFunctions.Raised("tojson: the value nests too deeply");
    }
    if (value instanceof Map<?, ?> map) {
      String separator = "";
      json.append('{');
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.append(separator);
        newLine(json, indent, depth + 1);
        json.append(mapper.writeValueAsString(String.valueOf(entry.getKey()))).append(": ");
        write(json, entry.getValue(), indent, depth + 1);
        separator = indent < 0 ? ", " : ",";
      }
      close(json, '}', map.isEmpty(), indent, depth);
    } else if (value instanceof List<?> list) {
      String separator = "";
      json.append('[');
      for (Object item : list) {
        json.append(separator);
        newLine(json, indent, depth + 1);
        write(json, item, indent, depth + 1);
        separator = indent < 0 ? ", " : ",";
      }
      close(json, ']', list.isEmpty(), indent, depth);
    } else if (value == null || value instanceof Boolean || value instanceof Number) {
      json.append(value);
    } else {
      json.append(mapper.writeValueAsString(value.toString()));
    }
  }

  private static void close(
      StringBuilder json, char bracket, boolean empty, int indent, int depth) {
    if (!empty) {
      newLine(json, indent, depth);
    }
    json.append(bracket);
  }

  private static void newLine(StringBuilder json, int indent, int depth) {
    if (indent >= 0) {
      json.append('\n').append(" ".repeat(indent * depth));
    }
  }
}
