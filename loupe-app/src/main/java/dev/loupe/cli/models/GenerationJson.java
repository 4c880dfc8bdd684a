package dev.loupe.cli.models;

import dev.loupe.model.generate.Generation;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code loupe models run --json} writes, schema {@code loupe.generation/1}. */
public final class GenerationJson {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private GenerationJson() {}

  /**
   * One generation.
   *
   * @param prompt the text that the model read, its chat template applied
   * @param note what a reader must know of the prompt
   */
  static String of(
      LanguageModel model,
      String prompt,
      SamplingOptions options,
      Generation generation,
      Optional<String> note) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("schema", "loupe.generation/1");
    root.put("model", model.name());
    root.put("dtype", model.transformer().dtype().name());
    root.put("prompt", prompt);
    root.put("text", generation.text());
    root.put("stopReason", generation.stopReason().name().toLowerCase(Locale.ROOT));
    generation.stopText().ifPresent(text -> root.put("stopText", text));
    ArrayNode caveats = root.putArray("caveats");
    note.ifPresent(caveats::add);
    ArrayNode tokens = root.putArray("tokens");
    for (Generation.GeneratedToken token : generation.tokens()) {
      ObjectNode node = tokens.addObject();
      node.put("id", token.id());
      node.put("text", model.tokenizer().tokenText(token.id()));
      node.put("logProbability", token.logProbability());
    }
    ObjectNode sampling = root.putObject("sampling");
    sampling.put("temperature", options.temperature());
    sampling.put("topK", options.topK());
    sampling.put("topP", options.topP());
    sampling.put("minP", options.minP());
    sampling.put("maxTokens", options.maxTokens());
    options.stop().forEach(sampling.putArray("stop")::add);
    sampling.put("seed", options.seed());
    Generation.Timings timings = generation.timings();
    ObjectNode times = root.putObject("timings");
    times.put("promptTokens", timings.promptTokens());
    times.put("prefillSeconds", timings.prefill().toNanos() / 1e9);
    times.put("decodedTokens", timings.decodedTokens());
    times.put("decodeSeconds", timings.decode().toNanos() / 1e9);
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}
