package dev.loupe.report;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * TypeScript interfaces of records as {@link FindingJson} writes them: what is undefined or absent
 * is {@code null}, an enum is its names. A component whose type is a type variable is the answer,
 * whose properties stand among the record's own.
 */
final class TypeScriptTypes {
  private static final Set<Type> WHOLE =
      Set.of(int.class, long.class, short.class, byte.class, Integer.class, Long.class);
  private static final Set<Type> MEASURED =
      Set.of(double.class, float.class, Double.class, Float.class);
  private static final Set<Type> TEXT = Set.of(String.class, char.class, Character.class);

  private final SequencedMap<Class<?>, String> declared = new LinkedHashMap<>();
  private final Set<Class<?>> begun = new HashSet<>();
  private final Map<Class<?>, String> known;
  private final SortedMap<String, SortedSet<String>> imported = new TreeMap<>();

  private TypeScriptTypes(Map<Class<?>, String> known) {
    this.known = known;
  }

  /**
   * A file that declares these records and all that they hold.
   *
   * @param known types that other files declare, by the name of the file
   */
  static String file(String head, Map<Class<?>, String> known, List<Class<?>> records) {
    TypeScriptTypes types = new TypeScriptTypes(known);
    records.forEach(types::name);
    String imports =
        types.imported.entrySet().stream()
            .map(each ->
                "import type { %s } from \"./%s\";\n"
                    .formatted(String.join(", ", each.getValue()), each.getKey()))
            .collect(Collectors.joining());
    return head + imports + String.join("", types.declared.values());
  }

  /** All types that such a file declares. */
  static Set<Class<?>> declaredBy(List<Class<?>> records) {
    TypeScriptTypes types = new TypeScriptTypes(Map.of());
    records.forEach(types::name);
    return types.declared.keySet();
  }

  private String type(Type type) {
    if (WHOLE.contains(type)) {
      return "number";
    } else if (MEASURED.contains(type)
        || type == OptionalInt.class
        || type == OptionalLong.class
        || type == OptionalDouble.class) {
      return "number | null";
    } else if (TEXT.contains(type)) {
      return "string";
    } else if (type == boolean.class || type == Boolean.class) {
      return "boolean";
    } else if (type == Object.class) {
      return "unknown";
    } else if (type instanceof ParameterizedType generic) {
      return generic(generic);
    } else if (type instanceof Class<?> plain && (plain.isRecord() || plain.isEnum())) {
      return name(plain);
    }
    throw new IllegalArgumentException("no TypeScript type for " + type);
  }

  private String generic(ParameterizedType type) {
    Type[] arguments = type.getActualTypeArguments();
    if (type.getRawType() == List.class) {
      String item = type(arguments[0]);
      return item.contains(" ") ? "readonly (%s)[]".formatted(item) : "readonly " + item + "[]";
    } else if (type.getRawType() == Map.class) {
      return "Readonly<Record<string, %s>>".formatted(type(arguments[1]));
    } else if (type.getRawType() == Optional.class) {
      return type(arguments[0]).replace(" | null", "") + " | null";
    }
    throw new IllegalArgumentException("no TypeScript type for " + type);
  }

  /** Declares a record or an enum once, after those that it uses. */
  private String name(Class<?> type) {
    String name = type == Finding.class ? "Envelope" : type.getSimpleName();
    String elsewhere = known.get(type);
    if (elsewhere != null) {
      imported.computeIfAbsent(elsewhere, _ -> new TreeSet<>()).add(name);
      return name;
    }
    if (!begun.add(type)) {
      return name; // declared before, or a tree's branch within a branch
    }
    if (JsonAnswer.class.isAssignableFrom(type)) {
      throw new IllegalArgumentException(type + " spells its own JSON");
    }
    String text = type.isEnum() ? union(type, name) : properties(type, name);
    if (declared.values().stream().anyMatch(other -> other.contains(" " + name + " "))) {
      throw new IllegalArgumentException("two types are called " + name);
    }
    declared.put(type, text);
    return name;
  }

  private static String union(Class<?> type, String name) {
    return Arrays.stream(type.getEnumConstants())
        .map(each -> '"' + ((Enum<?>) each).name() + '"')
        .collect(Collectors.joining(" | ", "\nexport type " + name + " = ", ";\n"));
  }

  private String properties(Class<?> type, String name) {
    StringBuilder text =
        new StringBuilder("\n/** As %s. */\n".formatted(type.getCanonicalName()))
            .append("export interface %s {\n".formatted(name));
    boolean open = false;
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getGenericType() instanceof TypeVariable<?>) {
        open = true;
      } else {
        text.append(
            "  readonly %s: %s;\n"
                .formatted(component.getName(), type(component.getGenericType())));
      }
    }
    text.append("}\n");
    if (open) {
      text.append("\nexport type %s<A> = %s & A;\n".formatted(type.getSimpleName(), name));
    }
    return text.toString();
  }
}
