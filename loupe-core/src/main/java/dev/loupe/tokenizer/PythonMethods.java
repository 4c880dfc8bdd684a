package dev.loupe.tokenizer;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.objects.collections.PyList;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import jinjava.javax.el.MethodNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * The methods that Python's strings, lists and dictionaries have and chat templates call. On those
 * values no other method can be called, Java's own least of all.
 */
final class PythonMethods extends ELResolver {
  private static final Pattern INDEX = Pattern.compile("-?[0-9]{1,9}");

  private PythonMethods() {}

  static ELResolver resolver() {
    CompositeELResolver resolver = new CompositeELResolver();
    resolver.add(new PythonMethods());
    resolver.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
    return resolver;
  }

  @Override
  public @Nullable Object invoke(
      ELContext context,
      @Nullable Object base,
      Object method,
      Class<?> @Nullable [] types,
      @Nullable Object @Nullable [] arguments) {
    List<@Nullable Object> given = new ArrayList<>();
    if (arguments != null) {
      Collections.addAll(given, arguments);
    }
    String name = String.valueOf(method);
    if (base instanceof CharSequence text) {
      context.setPropertyResolved(true);
      return ofText(text.toString(), name, given);
    }
    if (base instanceof Map<?, ?> map) {
      context.setPropertyResolved(true);
      return ofMap(map, name, given);
    }
    if (base instanceof List<?> list) {
      context.setPropertyResolved(true);
      return ofList(list, name, given);
    }
    if (base instanceof Number || base instanceof Boolean) {
      throw unknown(base, name);
    }
    return null;
  }

  @Override
  public @Nullable Object getValue(
      ELContext context, @Nullable Object base, @Nullable Object property) {
    if (base instanceof CharSequence text && INDEX.matcher(String.valueOf(property)).matches()) {
      context.setPropertyResolved(true);
      int given = Integer.parseInt(String.valueOf(property));
      int index = given < 0 ? given + text.length() : given;
      return index < 0 || index >= text.length() ? null : String.valueOf(text.charAt(index));
    }
    if (base instanceof ForLoop loop
        && ("previtem".equals(property) || "nextitem".equals(property))) {
      context.setPropertyResolved(true);
      return FilteredForTag.neighbour(loop, "previtem".equals(property) ? -1 : 1);
    }
    return null;
  }

  private static Object ofText(String text, String name, List<@Nullable Object> given) {
    return switch (name) {
      case "strip" -> strip(text, given, true, true);
      case "lstrip" -> strip(text, given, true, false);
      case "rstrip" -> strip(text, given, false, true);
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "capitalize" -> capitalize(text);
      case "title" -> title(text);
      case "startswith" -> given.stream().anyMatch(part -> text.startsWith(string(part)));
      case "endswith" -> given.stream().anyMatch(part -> text.endsWith(string(part)));
      case "replace" -> text.replace(argument(given, 0), argument(given, 1));
      case "find" -> text.indexOf(argument(given, 0));
      case "rfind" -> text.lastIndexOf(argument(given, 0));
      case "count" -> text.split(Pattern.quote(argument(given, 0)), -1).length - 1;
      case "split" -> split(text, given);
      case "splitlines" -> new PyList(new ArrayList<>(text.lines().toList()));
      case "join" -> join(text, given);
      case "isdigit" -> !text.isEmpty() && text.chars().allMatch(Character::isDigit);
      case "isalpha" -> !text.isEmpty() && text.chars().allMatch(Character::isLetter);
      case "isspace" -> !text.isEmpty() && text.isBlank();
      case "reversed_copy" -> new StringBuilder(text).reverse().toString();
      default -> throw unknown(text, name);
    };
  }

  private static @Nullable Object ofMap(Map<?, ?> map, String name, List<@Nullable Object> given) {
    return switch (name) {
      case "get" -> {
        Object value = map.get(argument(given, 0));
        yield value != null ? value : given.size() > 1 ? given.get(1) : null;
      }
      case "keys" -> new PyList(new ArrayList<>(map.keySet()));
      case "values" -> new PyList(new ArrayList<>(map.values()));
      case "items" -> {
        List<Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(new PyList(pair(key, value))));
        yield new PyList(items);
      }
      default -> throw unknown(map, name);
    };
  }

  private static Object ofList(List<?> list, String name, List<@Nullable Object> given) {
    return switch (name) {
      case "reversed_copy" -> {
        List<Object> copy = new ArrayList<>(list);
        Collections.reverse(copy);
        yield new PyList(copy);
      }
      case "count" -> Collections.frequency(list, given.getFirst());
      case "index" -> list.indexOf(given.getFirst());
      default -> throw unknown(list, name);
    };
  }

  private static List<Object> pair(Object key, Object value) {
    List<Object> pair = new ArrayList<>();
    pair.add(key);
    pair.add(value);
    return pair;
  }

  private static String strip(
      String text, List<@Nullable Object> given, boolean left, boolean right) {
    String letters = given.isEmpty() || given.getFirst() == null ? "" : argument(given, 0);
    int start = 0;
    int end = text.length();
    while (left && start < end && stripped(text.charAt(start), letters)) {
      start++;
    }
    while (right && end > start && stripped(text.charAt(end - 1), letters)) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean stripped(char letter, String letters) {
    return letters.isEmpty()
        ? Character.isWhitespace(letter) || Character.isSpaceChar(letter)
        : letters.indexOf(letter) >= 0;
  }

  private static PyList split(String text, List<@Nullable Object> given) {
    if (given.isEmpty() || given.getFirst() == null) {
      String blank = text.strip();
      return new PyList(
          new ArrayList<>(blank.isEmpty() ? List.of() : List.of(blank.split("\\s+"))));
    }
    String separator = argument(given, 0);
    if (separator.isEmpty()) {
      throw new JinjaFunctions.Raised("split: empty separator");
    }
    long most = given.size() > 1 && given.get(1) instanceof Number n ? n.longValue() : -1;
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator);
        at >= 0 && most != 0;
        at = text.indexOf(separator, from), most--) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return new PyList(parts);
  }

  private static String join(String separator, List<@Nullable Object> given) {
    return given.getFirst() instanceof Iterable<?> items
        ? StreamSupport.stream(items.spliterator(), false)
            .map(PythonMethods::string)
            .collect(Collectors.joining(separator))
        : argument(given, 0);
  }

  private static String capitalize(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder titled = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      titled.append(inWord ? Character.toLowerCase(letter) : Character.toTitleCase(letter));
      inWord = Character.isLetter(letter);
    }
    return titled.toString();
  }

  private static String argument(List<@Nullable Object> given, int index) {
    if (index >= given.size()) {
      throw new JinjaFunctions.Raised("a method call lacks argument " + (index + 1));
    }
    return string(given.get(index));
  }

  private static String string(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  private static MethodNotFoundException unknown(Object base, String name) {
    String kind = base instanceof Map ? "dict" : base instanceof List ? "list" : "value";
    return new MethodNotFoundException(
        "a " + (base instanceof CharSequence ? "str" : kind) + " has no method " + name);
  }

  @Override
  public @Nullable Class<?> getType(
      ELContext context, @Nullable Object base, @Nullable Object property) {
    return null;
  }

  @Override
  public void setValue(
      ELContext context,
      @Nullable Object base,
      @Nullable Object property,
      @Nullable Object value) {}

  @Override
  public boolean isReadOnly(ELContext context, @Nullable Object base, @Nullable Object property) {
    return false;
  }

  @Override
  public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(
      ELContext context, @Nullable Object base) {
    return null;
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
    return Object.class;
  }
}
