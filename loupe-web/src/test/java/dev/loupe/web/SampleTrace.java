package dev.loupe.web;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Made-up traces that look like real ones: nodes crowd at the last position, few links carry most
 * of the weight, the sums of the inputs close. The same seed makes the same trace.
 */
final class SampleTrace {
  private static final int LAYERS = 30;
  private static final List<String> WORDS =
      List.of(
          " Paris",
          " Lyon",
          " France",
          " French",
          " capital",
          " city",
          " London",
          " Berlin",
          " the",
          " a",
          " is",
          " located",
          " Europe",
          " country",
          " located",
          " Rome",
          " Madrid",
          " seine",
          " government",
          " not",
          ",",
          " known",
          " called",
          " Brussels",
          " Germany",
          " is",
          "\n",
          "!");

  private final SplittableRandom random;
  private final List<String> prompt;
  private final List<Map<String, Object>> nodes = new ArrayList<>();
  private final List<Map<String, Object>> edges = new ArrayList<>();

  private SampleTrace(long seed, List<String> prompt) {
    this.random = new SplittableRandom(seed);
    this.prompt = prompt;
  }

  /** A trace of a short question with so many neurons and about so many edges. */
  static Map<String, Object> of(long seed, int neurons, int edges) {
    return of(seed, neurons, edges, List.of("The", " capital", " of", " France", " is"));
  }

  /** As {@link #of(long, int, int)} for these prompt tokens. */
  static Map<String, Object> of(long seed, int neurons, int edges, List<String> prompt) {
    return new SampleTrace(seed, prompt).make(neurons, edges);
  }

  private Map<String, Object> make(int neurons, int edgeCount) {
    int last = prompt.size() - 1;
    for (int position = 0; position <= last; position++) {
      Map<String, Object> token = node("token", -1, position, prompt.get(position));
      token.put("influence", 0.02 + 0.2 * random.nextDouble());
    }
    for (int layer : List.of(2, 11, 23)) {
      Map<String, Object> bias = node("mlpBias", layer, -1, "MLP bias of layer " + layer);
      bias.put("influence", 0.003);
    }
    for (int i = 0; i < neurons; i++) {
      addNeuron(last);
    }
    addRemainders();
    List<Double> probabilities = List.of(0.713, 0.062, 0.041, 0.028, 0.019, 0.012);
    List<String> answers = List.of(" Paris", " the", " a", " located", " one", " Lyon");
    for (int i = 0; i < answers.size(); i++) {
      Map<String, Object> logit = node("logit", LAYERS, last, answers.get(i));
      logit.put("token", 7000 + i);
      logit.put("probability", probabilities.get(i));
      logit.put("weight", probabilities.get(i));
    }
    addEdges(edgeCount);
    return document(answers, probabilities);
  }

  private void addNeuron(int last) {
    int layer = Math.min(LAYERS - 1, (int) (LAYERS * Math.sqrt(random.nextDouble())));
    double where = random.nextDouble();
    int position =
        where < 0.6 ? last : where < 0.8 ? Math.max(0, last - 1) : random.nextInt(last + 1);
    String first = word();
    Map<String, Object> neuron =
        node("neuron", layer, position, "promotes" + first + "," + word() + "," + word());
    neuron.put("unit", random.nextInt(1536));
    neuron.put("activation", 4 * random.nextDouble());
    neuron.put("influence", 0.0004 + 0.06 * Math.pow(random.nextDouble(), 8));
    neuron.put("promotes", weights(first, 1));
    neuron.put("suppresses", weights(word(), -1));
  }

  private void addRemainders() {
    Map<String, Map<String, Object>> cells = new LinkedHashMap<>();
    for (Map<String, Object> node : List.copyOf(nodes)) {
      if (is(node, "neuron") && random.nextDouble() < 0.4) {
        cells.put(node.get("layer") + " " + node.get("position"), node);
      }
    }
    for (Map<String, Object> node : cells.values()) {
      int units = 1400 + random.nextInt(130);
      Map<String, Object> rest =
          node(
              "remainder",
              number(node, "layer"),
              number(node, "position"),
              units + " other neurons");
      rest.put("units", units);
      rest.put("influence", 0.008 * random.nextDouble());
    }
  }

  private void addEdges(int wanted) {
    List<Map<String, Object>> targets =
        nodes.stream().filter(node -> number(node, "layer") >= 0 && !is(node, "mlpBias")).toList();
    int each = Math.max(1, wanted / targets.size());
    for (Map<String, Object> target : targets) {
      boolean logit = is(target, "logit");
      int links = logit ? each * 4 : each;
      Map<Integer, Double> sources = new LinkedHashMap<>();
      for (int i = 0; i < links; i++) {
        boolean fromToken = random.nextDouble() < 0.2;
        Map<String, Object> source =
            nodes.get(random.nextInt(fromToken ? prompt.size() : nodes.size()));
        if (number(source, "layer") < number(target, "layer")
            && number(source, "position") <= number(target, "position")) {
          double size = 3 * Math.pow(random.nextDouble(), 5) + 0.001;
          sources.put(number(source, "id"), random.nextDouble() < 0.7 ? size : -size);
        }
      }
      double hidden = 0.4 * (random.nextDouble() - 0.5);
      double shown = sources.values().stream().mapToDouble(Double::doubleValue).sum();
      double absolute = Math.abs(hidden) + sources.values().stream().mapToDouble(Math::abs).sum();
      sources.forEach((source, weight) ->
          edges.add(
              Map.of(
                  "source",
                  source,
                  "target",
                  number(target, "id"),
                  "weight",
                  weight,
                  "share",
                  Math.abs(weight) / absolute)));
      target.put("value", shown + hidden);
      target.put("inputs", Map.of("value", shown + hidden, "shown", shown, "hidden", hidden));
    }
  }

  /** Walks from the likeliest logits down the strongest links until a token is met. */
  private List<Map<String, Object>> paths() {
    Map<Integer, List<Map<String, Object>>> inputs = new HashMap<>();
    for (Map<String, Object> edge : edges) {
      inputs.computeIfAbsent(number(edge, "target"), key -> new ArrayList<>()).add(edge);
    }
    Comparator<Map<String, Object>> byShare =
        Comparator.comparingDouble(edge -> -real(edge, "share"));
    inputs.values().forEach(list -> list.sort(byShare));
    List<Map<String, Object>> found = new ArrayList<>();
    for (Map<String, Object> logit : nodes) {
      if (!is(logit, "logit")) {
        continue;
      }
      for (int branch = 0; branch < 3 && found.size() < 10; branch++) {
        List<Integer> steps = new ArrayList<>(List.of(number(logit, "id")));
        double share = real(logit, "weight");
        int sign = 1;
        int at = branch;
        for (int here = number(logit, "id"); inputs.containsKey(here); at = 0) {
          List<Map<String, Object>> choices = inputs.getOrDefault(here, List.of());
          Map<String, Object> edge = choices.get(Math.min(at, choices.size() - 1));
          share *= real(edge, "share");
          sign *= (int) Math.signum(real(edge, "weight"));
          here = number(edge, "source");
          steps.addFirst(here);
        }
        if (is(nodes.get(steps.getFirst()), "token")) {
          found.add(Map.of("nodes", steps, "share", share, "sign", sign));
        }
      }
    }
    found.sort(Comparator.comparingDouble(path -> -real(path, "share")));
    return found;
  }

  private List<Map<String, Object>> groups() {
    Map<String, List<Map<String, Object>>> cells = new LinkedHashMap<>();
    for (Map<String, Object> node : nodes) {
      if (is(node, "neuron")) {
        cells
            .computeIfAbsent(
                node.get("layer") + "/" + node.get("position"), key -> new ArrayList<>())
            .add(node);
      }
    }
    List<Map<String, Object>> groups = new ArrayList<>();
    for (List<Map<String, Object>> cell : cells.values()) {
      if (cell.size() < 4 || groups.size() == 3) {
        continue;
      }
      String id = "g" + groups.size();
      List<Map<String, Object>> members = cell.subList(0, 3);
      members.forEach(member -> member.put("group", id));
      groups.add(
          Map.of(
              "id", id,
              "label", "says a capital",
              "layer", number(members.getFirst(), "layer"),
              "position", number(members.getFirst(), "position"),
              "members", members.stream().map(member -> number(member, "id")).toList()));
    }
    return groups;
  }

  private Map<String, Object> document(List<String> answers, List<Double> probabilities) {
    List<Map<String, Object>> tokens = new ArrayList<>();
    for (int position = 0; position < prompt.size(); position++) {
      tokens.add(Map.of("position", position, "id", 500 + position, "text", prompt.get(position)));
    }
    List<Map<String, Object>> predictions = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      predictions.add(
          Map.of(
              "id",
              7000 + i,
              "text",
              answers.get(i),
              "probability",
              probabilities.get(i),
              "logit",
              17.37 + Math.log(probabilities.get(i))));
    }
    String text = String.join("", prompt);
    Map<String, Object> trace = new LinkedHashMap<>();
    trace.put("schema", "loupe.trace/1");
    trace.put("question", "Why does SmolLM2-135M-Instruct continue “" + text + "” with “ Paris”?");
    trace.put(
        "model",
        Map.of(
            "name",
            "SmolLM2-135M-Instruct",
            "architecture",
            "llama",
            "sha256",
            "9f3c".repeat(16),
            "dtype",
            "float32",
            "layers",
            LAYERS,
            "dModel",
            576,
            "dMlp",
            1536,
            "heads",
            9,
            "vocabulary",
            49152));
    trace.put("basis", "neurons");
    trace.put("prompt", Map.of("text", text, "tokens", tokens));
    trace.put("at", prompt.size() - 1);
    trace.put("predictions", predictions);
    trace.put(
        "settings",
        Map.of("coverage", 0.8, "maxNodes", 2000, "nodeThreshold", 0.8, "edgeThreshold", 0.98));
    trace.put("groups", groups());
    trace.put("nodes", nodes.stream().map(SampleTrace::withoutGutter).toList());
    trace.put("edges", edges);
    trace.put("paths", paths());
    trace.put(
        "totals",
        Map.of(
            "listedNodes",
            2000,
            "shownNodes",
            nodes.size(),
            "listedShare",
            0.62,
            "remainderShare",
            0.33,
            "biasShare",
            0.05,
            "units",
            230_400,
            "stoppedBy",
            "maxNodes"));
    trace.put("evidence", evidence());
    trace.put(
        "caveats",
        List.of(
            "Attention patterns and norm denominators are held as they were in this run; what made the model attend there is not explained.",
            "33% of the influence lies in remainder nodes, which stand for many units at once."));
    trace.put(
        "provenance",
        Map.of(
            "inputs",
            List.of(Map.of("name", "smollm2-135m-instruct.Q4_1.gguf", "sha256", "9f3c".repeat(16))),
            "seed",
            0,
            "dtype",
            "float32",
            "device",
            "cpu",
            "version",
            "0.1.0",
            "java",
            "25.0.3",
            "engine",
            "libtorch 2.10.0",
            "seconds",
            4.2));
    return trace;
  }

  private static List<Map<String, Object>> evidence() {
    return List.of(
        check(
            "Incoming edges of every listed node sum to its value",
            "OBSERVED",
            3.1e-7,
            "largest relative gap",
            "PASSED"),
        check(
            "The frozen replay gives the model's own logits",
            "OBSERVED",
            1.2e-5,
            "largest difference",
            "PASSED"),
        Map.of(
            "checked", "Predicted against measured effect of ablating the 10 strongest nodes",
            "support", "INTERVENED",
            "measured", Map.of("value", 0.88, "low", 0.61, "high", 0.97, "unit", "Spearman’s ρ"),
            "tolerance", 0.5,
            "verdict", "PASSED",
            "note",
                "Each node was set to zero in the real model and the target's logit read again."),
        check("Share of influence in nodes listed one by one", "OBSERVED", 0.62, "share", "NOTED"),
        check("Kept below the memory bound", "OBSERVED", 5.1, "GiB", "FAILED"));
  }

  private static Map<String, Object> check(
      String checked, String support, double value, String unit, String verdict) {
    return Map.of(
        "checked", checked,
        "support", support,
        "measured", Map.of("value", value, "unit", unit),
        "tolerance", 1e-4,
        "verdict", verdict);
  }

  private Map<String, Object> node(String kind, int layer, int position, String label) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("id", nodes.size());
    node.put("kind", kind);
    node.put("layer", layer);
    node.put("position", position);
    node.put("label", label);
    node.put("value", 0.0);
    node.put("influence", 0.0);
    nodes.add(node);
    return node;
  }

  private List<Map<String, Object>> weights(String first, int sign) {
    List<Map<String, Object>> weights = new ArrayList<>();
    HashSet<String> seen = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      String text = i == 0 ? first : word();
      if (seen.add(text)) {
        weights.add(
            Map.of(
                "text",
                text,
                "weight",
                sign * (1.2 - 0.2 * i) * (0.8 + 0.2 * random.nextDouble())));
      }
    }
    return weights;
  }

  private static Map<String, Object> withoutGutter(Map<String, Object> node) {
    if (number(node, "position") < 0) {
      node.remove("position");
    }
    return node;
  }

  private static boolean is(Map<String, Object> node, String kind) {
    return kind.equals(node.get("kind"));
  }

  private String word() {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private static int number(Map<String, Object> of, String key) {
    return of.get(key) instanceof Integer number ? number : -1;
  }

  private static double real(Map<String, Object> of, String key) {
    return of.get(key) instanceof Double number ? number : 0;
  }
}
