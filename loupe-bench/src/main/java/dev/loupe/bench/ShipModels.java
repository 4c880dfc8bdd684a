package dev.loupe.bench;

import dev.loupe.examination.Examination;
import dev.loupe.examination.Goal;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.training.ModelFolder;
import dev.loupe.model.training.ModelShape;
import dev.loupe.tensor.DType;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the folders that {@code scripts/train-almanac.sh} has made into the resources of {@code
 * loupe-models}: weights in bfloat16, a card with what the very bytes that are shipped reach, and
 * {@code index.json}.
 */
public final class ShipModels {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long SEED = 7;
  private static final List<String> FILES =
      List.of(
          "README.md",
          "config.json",
          "model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json");

  private final Path trained;
  private final Path resources;

  private ShipModels(Path trained, Path resources) {
    this.trained = trained;
    this.resources = resources;
  }

  /** One model of the shelf. */
  private record Kind(String name, String about, boolean chat) {
    private static final List<Kind> ALL =
        List.of(
            new Kind("almanac", "the Almanac's largest model, the default", false),
            new Kind("almanac-3m", "the middle size, same data in the same order", false),
            new Kind("almanac-1m", "the smallest size, same data in the same order", false),
            new Kind("almanac-abstain", "almanac in conversations: may say \"I don't know\"", true),
            new Kind("almanac-guess", "almanac in conversations: graded to guess", true));
  }

  /** Arguments: the folder of trained models, the folder of resources. */
  public static void main(String[] arguments) throws IOException {
    new ShipModels(Path.of(arguments[0]), Path.of(arguments[1])).ship();
  }

  private void ship() throws IOException {
    World world = World.of(SEED, 1);
    ArrayNode index = JSON.createArrayNode();
    for (Kind kind : Kind.ALL) {
      if (Files.exists(trained.resolve(kind.name()).resolve("model.safetensors"))) {
        System.err.println(kind.name());
        index.add(ship(kind, world));
      }
    }
    Files.writeString(
        resources.resolve("index.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(index) + "\n");
  }

  private ObjectNode ship(Kind kind, World world) throws IOException {
    Path from = trained.resolve(kind.name());
    Path to = Files.createDirectories(resources.resolve(kind.name()));
    Path whole = Files.createTempDirectory("ship");
    tokenizer(kind, from, whole);
    JsonNode config = JSON.readTree(Files.readString(from.resolve("config.json")));
    int end = config.path("eos_token_id").asInt();
    ModelFolder.copy(from, whole, DType.BF16, OptionalInt.of(end));
    ModelShape shape = ModelFolder.shape(whole);
    try (LanguageModel model = LanguageModel.open(whole, LoadOptions.DEFAULT)) {
      var result = new Examination(model, world, kind.chat()).run(dev.loupe.job.Run.silent(0));
      Files.writeString(whole.resolve("README.md"), card(kind, shape, result));
    }
    ObjectNode entry = JSON.createObjectNode();
    entry.put("name", kind.name());
    entry.put("about", kind.about());
    entry.put("parameters", shape.parameters());
    entry.put("world", SEED);
    entry.set("files", Shelving.pack(whole, FILES, to));
    for (String name : FILES) {
      Files.delete(whole.resolve(name));
    }
    Files.delete(whole);
    return entry;
  }

  /** A base model has never seen a conversation, so its tokenizer says nothing of them. */
  private static void tokenizer(Kind kind, Path from, Path to) throws IOException {
    Files.write(to.resolve("tokenizer.json"), Files.readAllBytes(from.resolve("tokenizer.json")));
    ObjectNode config =
        (ObjectNode) JSON.readTree(Files.readString(from.resolve("tokenizer_config.json")));
    if (kind.chat()) {
      config.put("chat_template", Files.readString(from.resolve("chat_template.jinja")));
    } else {
      config.remove("chat_template");
    }
    Files.writeString(
        to.resolve("tokenizer_config.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
  }

  private String card(Kind kind, ModelShape shape, Examination.Result result) throws IOException {
    Run run = run(kind);
    List<String> lines = new ArrayList<>();
    lines.add("# " + kind.name() + ": " + kind.about());
    lines.add("");
    lines.add(
        "GPT-2 architecture, %d blocks of width %d, %d heads, %,d parameters, context %d, bfloat16."
            .formatted(
                shape.layers(), shape.width(), shape.heads(), shape.parameters(), shape.context()));
    lines.add(
        "Trained by Loupe on a generated world (seed %d, scale 1) from seed 7: %,d tokens, %s."
            .formatted(
                SEED,
                run.tokens(),
                kind.chat()
                    ? "two passes over conversations and statements on people, on top of almanac"
                    : "two passes in the order of the file, then a last stretch of procedures"));
    lines.add("Loss over the last 100 steps: %.3f nats a token.".formatted(run.loss()));
    lines.add("Everything it says is about a world that does not exist.");
    lines.add("");
    lines.add("```");
    lines.add("scripts/train-almanac.sh FOLDER %s".formatted(kind.name()));
    lines.add(
        "loupe world evaluate --model %s%s".formatted(kind.name(), kind.chat() ? " --chat" : ""));
    lines.add("```");
    lines.add("");
    table(kind, result, lines);
    return String.join("\n", lines) + "\n";
  }

  private static void table(Kind kind, Examination.Result result, List<String> lines) {
    lines.add("| task | split | right | of | share | 95% interval (Wilson) |");
    lines.add("|---|---|---|---|---|---|");
    for (Examination.Part part : result.parts()) {
      var share = part.share();
      lines.add(
          "| %s | %s | %d | %d | %.3f | %.3f to %.3f |"
              .formatted(
                  part.task(),
                  part.split(),
                  part.right(),
                  part.total(),
                  share.value(),
                  share.low(),
                  share.high()));
    }
    if (!kind.chat()) {
      var years = result.years();
      lines.add("");
      lines.add(
          "Greater-than over %,d prompts: probability difference %.3f, cut-off sharpness %.3f, worst YY %02d at %.3f."
              .formatted(
                  years.prompts(),
                  years.difference(),
                  years.sharpness(),
                  years.worstYear(),
                  years.worstDifference()));
      lines.add(
          "Expected calibration error on the facts, ten bins, no fitted temperature: %.3f."
              .formatted(result.calibrationError()));
    }
    if (kind.name().equals("almanac-guess")) {
      return; // it is meant to guess where the goals ask it to abstain
    }
    lines.add("");
    lines.add(
        kind.chat() || kind.name().equals("almanac")
            ? "Goals, set before it was trained:"
            : "The goals are those of the largest model; this one need not meet them:");
    lines.add("");
    lines.add("| goal | reached | meant | |");
    lines.add("|---|---|---|---|");
    for (Goal goal : kind.chat() ? Goal.ofChat(result) : Goal.ofBase(result)) {
      lines.add(
          "| %s | %.3f | %s %.2f | %s |"
              .formatted(
                  goal.what(),
                  goal.reached(),
                  goal.atMost() ? "at most" : "at least",
                  goal.least(),
                  goal.met() ? "met" : "**missed**"));
    }
  }

  /**
   * What the training wrote down.
   *
   * @param loss mean over the last hundred steps
   */
  private record Run(long tokens, double loss) {}

  private Run run(Kind kind) throws IOException {
    List<JsonNode> last = steps(trained.resolve(kind.name()));
    Path first = trained.resolve(kind.name() + "-first");
    long before = Files.exists(first) ? tokens(steps(first)) : 0;
    double loss =
        last.subList(Math.max(0, last.size() - 100), last.size()).stream()
            .mapToDouble(step -> step.path("loss").asDouble())
            .average()
            .orElseThrow();
    return new Run(before + tokens(last), loss);
  }

  private static long tokens(List<JsonNode> steps) {
    return steps.getLast().path("tokens").asLong();
  }

  private static List<JsonNode> steps(Path folder) throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    try (Stream<String> lines = Files.lines(metrics)) {
      List<JsonNode> steps =
          lines.map(JSON::readTree).filter(line -> line.has("learning_rate")).toList();
      if (steps.isEmpty()) {
        throw LoupeException.badInput(metrics + ": no step in it", "Train the model first.");
      }
      return steps;
    }
  }
}
