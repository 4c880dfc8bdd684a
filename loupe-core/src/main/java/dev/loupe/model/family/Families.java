package dev.loupe.model.family;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** All families that can be opened. */
public final class Families {
  private static final List<Family> ALL =
      List.of(
          new BloomFamily(),
          new Gpt2Family(),
          new GptJFamily(),
          new GptNeoFamily(),
          new GptNeoXFamily(),
          new OptFamily(),
          new LlamaFamily(),
          new MistralFamily(),
          new MixtralFamily(),
          new QwenFamily(false),
          new QwenFamily(true),
          new QwenMoeFamily(false),
          new QwenMoeFamily(true),
          new GemmaFamily(GemmaFamily.Generation.FIRST),
          new GemmaFamily(GemmaFamily.Generation.SECOND),
          new GemmaFamily(GemmaFamily.Generation.THIRD),
          new OlmoFamily(),
          new OlmoeFamily(),
          new GptOssFamily(),
          new Olmo2Family(false),
          new Olmo2Family(true),
          new PhiFamily(),
          new Phi3Family(),
          new SmolLm3Family(),
          new GraniteFamily(),
          new StableLmFamily(),
          new FalconFamily(),
          new Starcoder2Family(),
          new Glm4Family(),
          new Cohere2Family(),
          new Exaone4Family(),
          new NemotronFamily());

  /** What the text part of a wrapper is where its settings do not say so. */
  private static final Map<String, String> TEXT_TYPES = Map.of("gemma3", "gemma3_text");

  /** Wrappers whose text is not computed as their text part alone computes it. */
  private static final Set<String> OTHERWISE = Set.of("paligemma");

  private Families() {}

  /**
   * The settings of a model's text part: its own, or those inside a wrapper with images or sound,
   * under {@code text_config}.
   *
   * @throws LoupeException if a wrapper's text part is of a family that is not known, or is
   *     computed otherwise inside the wrapper
   */
  public static Settings textPart(Settings settings) {
    Optional<String> type = settings.text("model_type");
    if (type.isEmpty() || names().contains(type.get()) || !settings.has("text_config")) {
      return settings;
    }
    if (OTHERWISE.contains(type.get())) {
      throw unknown(settings, "model_type is \"" + type.get() + "\"");
    }
    Settings text =
        settings.part("text_config", TEXT_TYPES.getOrDefault(type.get(), "")).orElse(settings);
    of(text);
    return text;
  }

  /** The names of all families. */
  public static List<String> names() {
    return ALL.stream().map(Family::name).toList();
  }

  /**
   * The family that the settings name: by {@code model_type}, else by the first of {@code
   * architectures}.
   *
   * @throws LoupeException if it is not known
   */
  public static Family of(Settings settings) {
    settings.texts("architectures");
    Optional<String> type = settings.text("model_type");
    if (type.isPresent()) {
      return ALL.stream()
          .filter(family -> family.name().equals(type.get()))
          .findFirst()
          .orElseThrow(() -> unknown(settings, "model_type is \"" + type.get() + "\""));
    }
    List<String> architectures = settings.texts("architectures");
    return ALL.stream()
        .filter(family -> architectures.contains(family.architecture()))
        .findFirst()
        .orElseThrow(
            () -> unknown(settings, "model_type is missing and architectures is " + architectures));
  }

  private static LoupeException unknown(Settings settings, String what) {
    return LoupeException.badInput(
        settings.origin() + ": " + what + ", which Loupe cannot run",
        "Choose a model of one of these families: "
            + names().stream().sorted().collect(Collectors.joining(", "))
            + ".");
  }
}
