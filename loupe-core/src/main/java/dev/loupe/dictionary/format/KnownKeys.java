package dev.loupe.dictionary.format;

import dev.loupe.fault.LoupeException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * The keys of a format's configuration. A key that Loupe does not know may change what the
 * dictionary computes, so that it is refused: ignoring it would give wrong features silently.
 *
 * @param read what Loupe reads itself, and refuses where it must
 * @param neutral keys that change the computation unless they have one of these values, as text
 * @param withoutEffect keys on the training, or on where files come from
 */
record KnownKeys(Set<String> read, Map<String, Set<String>> neutral, Set<String> withoutEffect) {
  private static final String REMEDY =
      "Fold it into the weights and save the dictionary again, or choose another one.";

  KnownKeys {
    read = Set.copyOf(read);
    neutral = Map.copyOf(neutral);
    withoutEffect = Set.copyOf(withoutEffect);
  }

  /**
   * Checks every key of a configuration; one without a value counts as left out.
   *
   * @param origin the file, for messages
   * @throws LoupeException naming the first key, in the order of the alphabet, that is not known or
   *     has a value that Loupe cannot follow
   */
  void check(String origin, JsonNode config) {
    for (String key : new TreeSet<>(config.propertyNames())) {
      JsonNode value = config.get(key);
      if (value.isNull() || read.contains(key) || withoutEffect.contains(key)) {
        continue;
      }
      Set<String> allowed = neutral.get(key);
      if (allowed == null) {
        throw LoupeException.badInput(
            "%s: the key %s is not one that Loupe knows, and may change what the dictionary computes"
                .formatted(origin, key),
            "If it has no effect, take it out of the file; else choose another dictionary.");
      }
      String given = value.isString() ? value.asString() : value.toString();
      if (!allowed.contains(given)) {
        throw LoupeException.badInput(
            "%s: %s is %s, which Loupe cannot follow".formatted(origin, key, given), REMEDY);
      }
    }
  }
}
