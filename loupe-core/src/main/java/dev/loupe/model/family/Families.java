package dev.loupe.model.family;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Optional;
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

  /** Model types that wrap the text part of a family that is known. */
  private static final List<String> WRAPPERS = List.of("gemma3");

  private Families() {}

  /** The settings of a model's text part: its own, or those inside a wrapper with images. */
  public static Settings textPart(Settings settings) {
    boolean wraps = settings.text("model_type").filter(WRAPPERS::contains).isPresent();
    return wraps ? settings.part("text_config", "gemma3_text").orElse(settings) : settings;
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
