package dev.loupe.model.family;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The page {@code docs/settings.md}: what is known of configurations, family by family. */
public final class SettingsTable {
  /** See {@link UnreadSettings#WITHOUT_EFFECT}. */
  public static final Set<String> WITHOUT_EFFECT = new TreeSet<>(UnreadSettings.WITHOUT_EFFECT);

  private SettingsTable() {}

  /** See {@link Family#withoutEffect}. */
  public static Set<String> withoutEffect(String family) {
    ObjectNode named = JsonMapper.shared().createObjectNode().put("model_type", family);
    return new TreeSet<>(Families.of(new Settings(family, named)).withoutEffect());
  }

  /** The page, from the keys that each family asked for. */
  public static String page(Map<String, Set<String>> read) {
    String rows =
        read.entrySet().stream()
            .map(each -> "| " + each.getKey() + " | " + listed(each.getValue()) + " |\n")
            .collect(Collectors.joining());
    return """
    # Settings of a model's configuration

    Made by `SettingsPropertyTest` (`-Dloupe.write=true`). A key that stands nowhere here is refused when its name tells of something that could
    change the logits, and noted otherwise ([model](model.md)).

    ## Read, by family

    | family | keys |
    |---|---|
    """
        + rows
        + """

        ## Inside `rope_scaling` and `rope_parameters`

        """
        + listed(new TreeSet<>(RotaryScaling.KEYS))
        + """
        ; in Gemma 3 below `full_attention` and `sliding_attention`. Any other is refused.

        ## Known to be without effect on the logits

        In every family: \
        """
        + listed(WITHOUT_EFFECT)
        + """


        And in one, whose files have a key that another family's code uses:

        | family | keys |
        |---|---|
        """
        + read.keySet().stream()
            .filter(family -> !withoutEffect(family).isEmpty())
            .map(family -> "| " + family + " | " + listed(withoutEffect(family)) + " |\n")
            .collect(Collectors.joining());
  }

  private static String listed(Set<String> keys) {
    return keys.stream().map(key -> "`" + key + "`").collect(Collectors.joining(", "));
  }
}
