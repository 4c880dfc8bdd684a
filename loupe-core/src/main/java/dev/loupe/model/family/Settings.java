package dev.loupe.model.family;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.model.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@code config.json}: typed, bounded values by key. A key that is absent or null counts as not
 * given. Where a getter takes several keys they are names for one thing, and the first that is
 * given counts.
 */
public final class Settings {
  /** Most layers, so that a hostile count allocates nothing. */
  private static final int MOST_LAYERS = 4096;

  /** Widest stream, MLP or projection, and most heads times head size. */
  private static final int WIDEST = 1 << 22;

  private static final int LARGEST_VOCABULARY = 1 << 26;
  private static final long MOST_BYTES = 16 << 20;

  private final String origin;
  private final JsonNode root;
  private final Set<String> read = new TreeSet<>();

  /** Numbers that the file does not give, with what the family's published code takes instead. */
  private final SortedMap<String, String> defaults = new TreeMap<>();

  /**
   * Settings from a parsed document.
   *
   * @param origin where they come from, for messages
   */
  public Settings(String origin, JsonNode root) {
    this.origin = origin;
    this.root = root;
  }

  /**
   * Reads a file.
   *
   * @throws LoupeException if it is missing, unreadable or no JSON object
   */
  public static Settings read(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw LoupeException.badInput(
            file + ": has " + Files.size(file) + " bytes, too many for a config.json",
            "Name a model folder as saved by transformers.");
      }
      JsonNode root = JsonText.read(file);
      if (!root.isObject()) {
        throw LoupeException.badInput(
            file + ": is not a JSON object", "Download the model's config.json again.");
      }
      return new Settings(file.toString(), root);
    } catch (NoSuchFileException e) {
      throw LoupeException.badInput(
          file + ": no such file",
          "A model folder needs config.json beside its weights: name such a folder or a .gguf"
              + " file.",
          e);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          "%s: not JSON at line %d, column %d: %s"
              .formatted(
                  file,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  JsonText.why(e)),
          "Download the model's config.json again.",
          e);
    }
  }

  /** Where the settings come from, for messages. */
  public String origin() {
    return origin;
  }

  /** All keys and values as they stand in the file, read or not. */
  public Set<Map.Entry<String, JsonNode>> given() {
    return root.properties();
  }

  /** The object under a key, as settings of its own. */
  public Optional<Settings> section(String key) {
    return node(key)
        .map(node -> {
          if (!node.isObject()) {
            throw wrong(key, node, "an object");
          }
          return new Settings(origin + ": " + key, node);
        });
  }

  /**
   * The object under a key as a configuration of its own, with what the whole says of the weights.
   *
   * @param type its {@code model_type} where it gives none; empty for none
   */
  Optional<Settings> part(String key, String type) {
    return section(key)
        .map(section -> {
          ObjectNode node = ((ObjectNode) section.root).deepCopy();
          if (!node.has("model_type") && !type.isEmpty()) {
            node.put("model_type", type);
          }
          for (String whole : List.of("tie_word_embeddings", "quantization_config")) {
            if (root.has(whole) && !node.has(whole)) {
              node.set(whole, root.get(whole));
            }
          }
          return new Settings(section.origin, node);
        });
  }

  /** Settings that give nothing. */
  Settings empty() {
    return new Settings(origin, JsonMapper.shared().createObjectNode());
  }

  /** The keys that are given and not null. */
  List<String> keys() {
    return root.propertyNames().stream().filter(this::has).sorted().toList();
  }

  /** Whether one of the keys is given and not null. */
  public boolean has(String... keys) {
    return Arrays.stream(keys).filter(key -> node(key).isPresent()).count() > 0;
  }

  /** A text. */
  public Optional<String> text(String key) {
    return node(key)
        .map(node -> {
          if (!node.isString()) {
            throw wrong(key, node, "a text");
          }
          return node.stringValue();
        });
  }

  /** A list of texts; empty where the key is not given. */
  public List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : elements(key)) {
      if (!element.isString()) {
        throw wrong(key, element, "a list of texts");
      }
      texts.add(element.stringValue());
    }
    return texts;
  }

  /** A list of numbers; empty where the key is not given. */
  public List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode element : elements(key)) {
      if (!element.isNumber() || !Double.isFinite(element.doubleValue())) {
        throw wrong(key, element, "a list of numbers");
      }
      numbers.add(element.doubleValue());
    }
    return numbers;
  }

  /** One token number or a list of them; empty where the key is not given. */
  public Set<Integer> tokens(String key) {
    List<JsonNode> given =
        node(key).filter(JsonNode::isArray).isPresent()
            ? elements(key)
            : node(key).map(List::of).orElse(List.of());
    Set<Integer> tokens = new HashSet<>();
    for (JsonNode token : given) {
      if (!token.isIntegralNumber()) {
        throw wrong(key, token, "a token number or a list of them");
      }
      tokens.add(token.intValue());
    }
    return tokens;
  }

  /** The elements of a list; none where the key is not given. */
  List<JsonNode> elements(String key) {
    return node(key)
        .map(node -> {
          if (!node.isArray()) {
            throw wrong(key, node, "a list");
          }
          List<JsonNode> elements = new ArrayList<>();
          node.forEach(elements::add);
          return elements;
        })
        .orElse(List.of());
  }

  /** A truth value. */
  public boolean flag(String key, boolean absent) {
    return node(key)
        .map(node -> {
          if (!node.isBoolean()) {
            throw wrong(key, node, "true or false");
          }
          return node.booleanValue();
        })
        .orElse(absent);
  }

  /** A finite number. */
  public OptionalDouble number(String... keys) {
    agree(keys);
    for (String key : keys) {
      Optional<JsonNode> node = node(key);
      if (node.isPresent()) {
        if (!node.get().isNumber() || !Double.isFinite(node.get().doubleValue())) {
          throw wrong(key, node.get(), "a number");
        }
        return OptionalDouble.of(node.get().doubleValue());
      }
    }
    return OptionalDouble.empty();
  }

  /** A number above zero. */
  public double positive(double absent, String... keys) {
    double value = has(keys) ? number(keys).orElse(absent) : byDefault(absent, keys);
    if (!(value > 0)) {
      throw wrong(keys[0], value, "a number above 0");
    }
    return value;
  }

  /** How many layers. */
  public int layers(int absent, String... keys) {
    return whole(MOST_LAYERS, absent, keys);
  }

  /** A width, or a count of heads. */
  public int size(int absent, String... keys) {
    return whole(WIDEST, absent, keys);
  }

  /** A width that may be left open. */
  public OptionalInt size(String key) {
    OptionalLong size = bounded(WIDEST, key);
    return size.isPresent() ? OptionalInt.of((int) size.getAsLong()) : OptionalInt.empty();
  }

  /** How many tokens the vocabulary has. */
  public int vocabulary(int absent) {
    return whole(LARGEST_VOCABULARY, absent, "vocab_size");
  }

  /** A count of positions. */
  public int positions(int absent, String... keys) {
    return whole(Integer.MAX_VALUE, absent, keys);
  }

  private int whole(int most, int absent, String... keys) {
    OptionalLong given = bounded(most, keys);
    return given.isPresent() ? (int) given.getAsLong() : (int) byDefault(absent, keys);
  }

  private double byDefault(double absent, String... keys) {
    boolean isWhole = absent == Math.rint(absent) && Math.abs(absent) < 1e15;
    defaults.put(keys[0], isWhole ? String.valueOf((long) absent) : String.valueOf(absent));
    return absent;
  }

  /** Keys that were read but not given, with their default values. */
  public SortedMap<String, String> defaults() {
    return Collections.unmodifiableSortedMap(defaults);
  }

  /** A count that may be zero. */
  public int count(String key, int absent) {
    double value = number(key).orElse(absent);
    if (value != Math.rint(value) || value < 0 || value > Integer.MAX_VALUE) {
      throw wrong(key, value, "a whole number from 0");
    }
    return (int) value;
  }

  /** A sliding window in positions; 0 where the key is there but null, which means none. */
  public int window(String key, int absent) {
    return root.has(key) ? (int) bounded(Integer.MAX_VALUE, key).orElse(0) : absent;
  }

  /**
   * A sliding window that counts only where a flag is set. Where it is not, transformers saves the
   * window as it was, as null or as 0.
   */
  public int windowIf(String flag, String key, int absent) {
    if (flag(flag, false)) {
      return window(key, absent);
    }
    count(key, absent);
    return 0;
  }

  /** A soft cap; 0 where the key is there but null, which means none. */
  public double cap(String key, double absent) {
    return root.has(key) && !has(key) ? 0 : positiveOrNone(absent, key);
  }

  private double positiveOrNone(double absent, String key) {
    return has(key) ? positive(absent, key) : absent;
  }

  /** A share above 0 and up to 1. */
  public double share(double absent, String... keys) {
    double value = positive(absent, keys);
    if (value > 1) {
      throw wrong(keys[0], value, "at most 1");
    }
    return value;
  }

  /** The named activation function. */
  public Activation activation(String key, String absent) {
    String name = text(key).orElse(absent);
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
      case "relu" -> Activation.RELU;
      case "relu2" -> Activation.RELU_SQUARED;
      case "silu", "swish" -> Activation.SILU;
      default ->
          throw unsupported(
              key, name, "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, relu2, silu, swish");
    };
  }

  /** A refusal of a value that is valid but not supported. */
  public LoupeException unsupported(String key, Object value, String supported) {
    return LoupeException.badInput(
        origin + ": " + key + " is " + value + ", which Loupe cannot run",
        "Choose a model whose " + key + " is one of: " + supported + ".");
  }

  /** Refuses settings in which the flag has another value than the one supported. */
  public void require(String key, boolean supported, boolean absent) {
    if (flag(key, absent) != supported) {
      throw unsupported(key, !supported, String.valueOf(supported));
    }
  }

  /** A refusal of a value. */
  public LoupeException wrong(String key, Object value, String wanted) {
    String shown = String.valueOf(value);
    return LoupeException.badInput(
        origin
            + ": "
            + key
            + " is "
            + (shown.length() > 60 ? shown.substring(0, 60) + "…" : shown)
            + " but must be "
            + wanted,
        "Download the model's config.json again, or correct the value.");
  }

  /** Refuses names for one thing that are given with different values. */
  private void agree(String... keys) {
    List<String> given = Arrays.stream(keys).filter(key -> node(key).isPresent()).toList();
    for (String key : given.subList(Math.min(1, given.size()), given.size())) {
      String first = given.getFirst();
      if (node(key).get().doubleValue(Double.NaN) != node(first).get().doubleValue(Double.NaN)) {
        throw wrong(key, shown(key), shown(first) + " as " + first + " is, its other name");
      }
    }
    read.addAll(List.of(keys));
  }

  private OptionalLong bounded(int most, String... keys) {
    agree(keys);
    for (String key : keys) {
      Optional<JsonNode> node = node(key);
      if (node.isPresent()) {
        JsonNode value = node.get();
        double number = value.isNumber() ? value.doubleValue() : 0;
        if (number != Math.rint(number) || number < 1 || number > most) {
          throw wrong(key, value, "a whole number from 1 to " + most);
        }
        return OptionalLong.of((long) number);
      }
    }
    return OptionalLong.empty();
  }

  /** The keys that have been read. */
  public Set<String> read() {
    return Set.copyOf(read);
  }

  /** The keys with a value that have not been read, in the order of their names. */
  public List<String> unread() {
    return root.propertyNames().stream()
        .filter(key -> !read.contains(key) && says(root.get(key)))
        .sorted()
        .toList();
  }

  /** Whether a value can ask for anything: null, false and what is empty cannot. */
  private static boolean says(JsonNode value) {
    return !value.isNull()
        && !(value.isBoolean() && !value.booleanValue())
        && !(value.isContainer() && value.isEmpty());
  }

  /** A value as written in the file, for messages. */
  public String shown(String key) {
    String shown = String.valueOf(root.get(key));
    return shown.length() > 60 ? shown.substring(0, 60) + "…" : shown;
  }

  private Optional<JsonNode> node(String key) {
    read.add(key);
    JsonNode node = root.get(key);
    return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
  }
}
