package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.report.ReportJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * A trace as JSON of schema {@code loupe.trace/1}, described in {@code docs/trace-json.md}. The
 * same report gives the same bytes.
 */
final class TraceJson {
  /** Name and version of the schema. */
  static final String SCHEMA = "loupe.trace/1";

  /** Sources of a query or key that are written, of each head. */
  private static final int SOURCES = 12;

  private final TraceReport report;
  private final JsonGenerator json;
  private final List<Node> nodes;
  private final Map<Integer, String> groups = new HashMap<>();
  private final double[] shownInput;

  TraceJson(TraceReport report, JsonGenerator json) {
    this.report = report;
    this.json = json;
    this.nodes = report.graph().nodes();
    for (int i = 0; i < report.groups().size(); i++) {
      for (int member : report.groups().get(i)) {
        groups.put(member, "g" + i);
      }
    }
    shownInput = new double[nodes.size()];
    for (PrunedGraph.Edge edge : report.pruned().edges()) {
      shownInput[edge.target()] += report.graph().edges().weight(edge.target(), edge.source());
    }
  }

  void write() {
    model();
    json.writeStringProperty("basis", report.basis().kind());
    report.basis().dictionary().ifPresent(this::dictionary);
    prompt();
    json.writeNumberProperty("at", report.at());
    predictions();
    settings();
    json.writeArrayPropertyStart("nodes");
    for (int node = 0; node < nodes.size(); node++) {
      if (report.shows(node)) {
        node(node);
      }
    }
    json.writeEndArray();
    edges();
    groups();
    paths();
    attention();
    report.tests().ifPresent(tested -> ReportJson.properties(json, Map.of("tests", tested)));
    totals();
  }

  private void model() {
    TraceReport.Model model = report.model();
    json.writeObjectPropertyStart("model");
    json.writeStringProperty("name", model.name());
    json.writeStringProperty("architecture", model.architecture());
    json.writeStringProperty("sha256", model.sha256());
    json.writeStringProperty("dtype", model.dtype());
    json.writeNumberProperty("layers", model.layers());
    json.writeNumberProperty("dModel", model.dModel());
    json.writeNumberProperty("dMlp", model.dMlp());
    json.writeNumberProperty("heads", model.heads());
    json.writeNumberProperty("vocabulary", model.vocabulary());
    json.writeEndObject();
  }

  private void dictionary(TraceReport.DictionarySource dictionary) {
    json.writeObjectPropertyStart("dictionary");
    json.writeStringProperty("name", dictionary.name());
    json.writeStringProperty("format", dictionary.format());
    json.writeNumberProperty("layers", dictionary.layers());
    json.writeNumberProperty("features", dictionary.features());
    json.writeStringProperty("activation", dictionary.activation());
    json.writeStringProperty("reads", dictionary.reads());
    json.writeStringProperty("writes", dictionary.writes());
    json.writeEndObject();
  }

  private void prompt() {
    json.writeObjectPropertyStart("prompt");
    json.writeStringProperty("text", report.prompt().text());
    json.writeArrayPropertyStart("tokens");
    for (int position = 0; position < report.prompt().tokens().size(); position++) {
      TraceReport.PromptToken token = report.prompt().tokens().get(position);
      json.writeStartObject();
      json.writeNumberProperty("position", position);
      json.writeNumberProperty("id", token.id());
      json.writeStringProperty("text", token.text());
      json.writeNumberProperty("start", token.start());
      json.writeNumberProperty("end", token.end());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void predictions() {
    json.writeArrayPropertyStart("predictions");
    for (TraceReport.Prediction prediction : report.predictions()) {
      json.writeStartObject();
      json.writeNumberProperty("id", prediction.id());
      json.writeStringProperty("text", prediction.text());
      ReportJson.number(json, "probability", prediction.probability());
      ReportJson.number(json, "logit", prediction.logit());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void settings() {
    TraceReport.Settings settings = report.settings();
    json.writeObjectPropertyStart("settings");
    ReportJson.number(json, "coverage", settings.coverage());
    json.writeNumberProperty("maxNodes", settings.maxNodes());
    ReportJson.number(json, "nodeThreshold", settings.nodeThreshold());
    ReportJson.number(json, "edgeThreshold", settings.edgeThreshold());
    json.writeStringProperty("target", settings.target());
    json.writeStringProperty("against", settings.against());
    ReportJson.number(json, "groupCosine", settings.groupCosine());
    json.writeNumberProperty("heldPositions", settings.heldPositions());
    json.writeNumberProperty("maxEdges", settings.maxEdges());
    json.writeEndObject();
  }

  private void node(int index) {
    json.writeStartObject();
    json.writeNumberProperty("id", index);
    switch (nodes.get(index)) {
      case Node.Feature feature -> {
        place(report.basis().unit(), feature.layer(), feature.position());
        json.writeNumberProperty("unit", feature.unit());
        FeatureId id = report.address(feature).id();
        if (id.expert().isPresent()) {
          json.writeNumberProperty("expert", id.expert().getAsInt());
          json.writeNumberProperty("neuron", id.feature());
        }
        ReportJson.number(json, "value", feature.value());
        ReportJson.number(json, "activation", feature.activation());
        ReportJson.number(json, "effect", report.effect(index));
        inputs(index, feature.value());
        words("promotes", report.meaning(index).promotes());
        words("suppresses", report.meaning(index).suppresses());
        report.meaning(index).firesOn().ifPresent(this::firesOn);
        group(index);
      }
      case Node.ReconstructionError error -> place("error", error.layer(), error.position());
      case Node.Token token -> {
        place("token", -1, token.position());
        json.writeNumberProperty("token", token.token());
      }
      case Node.PositionEmbedding position -> place("position", -1, position.position());
      case Node.EmbeddingBias _ -> bias("embeddingBias", -1);
      case Node.AttentionBias bias -> bias("attentionBias", bias.layer());
      case Node.MlpBias bias -> bias("mlpBias", bias.layer());
      case Node.OwnBias _ -> {
        json.writeStringProperty("kind", "ownBias");
        json.writeNullProperty("layer");
        json.writeNullProperty("position");
      }
      case Node.Remainder remainder -> {
        place("remainder", remainder.layer(), remainder.position());
        json.writeNumberProperty("units", remainder.units());
      }
      case Node.Logit logit -> {
        place("logit", report.model().layers(), report.at());
        json.writeNumberProperty("token", logit.token());
        if (logit.against() >= 0) {
          json.writeNumberProperty("against", logit.against());
        }
        ReportJson.number(json, "probability", logit.probability());
        ReportJson.number(json, "value", logit.value());
        ReportJson.number(json, "weight", logit.weight());
        inputs(index, logit.value());
      }
    }
    json.writeStringProperty("label", report.label(index));
    ReportJson.number(json, "influence", report.pruned().share(index));
    json.writeEndObject();
  }

  /** Pieces have the names of the features page and of Neuronpedia. */
  private void firesOn(TraceReport.FiresOn firesOn) {
    json.writeObjectPropertyStart("firesOn");
    ReportJson.number(json, "frequency", firesOn.frequency());
    json.writeArrayPropertyStart("examples");
    for (TraceReport.Piece piece : firesOn.examples()) {
      json.writeStartObject();
      json.writeNumberProperty("train_token_ind", piece.peak());
      json.writeArrayPropertyStart("tokens");
      piece.tokens().forEach(json::writeString);
      json.writeEndArray();
      json.writeArrayPropertyStart("tokens_acts_list");
      piece.activations().forEach(each -> json.writeNumber(each.floatValue()));
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void place(String kind, int layer, int position) {
    json.writeStringProperty("kind", kind);
    json.writeNumberProperty("layer", layer);
    json.writeNumberProperty("position", position);
  }

  private void bias(String kind, int layer) {
    json.writeStringProperty("kind", kind);
    json.writeNumberProperty("layer", layer);
    json.writeNullProperty("position");
  }

  private void inputs(int target, double value) {
    json.writeObjectPropertyStart("inputs");
    ReportJson.number(json, "value", value);
    ReportJson.number(json, "shown", shownInput[target]);
    ReportJson.number(json, "hidden", value - shownInput[target]);
    json.writeEndObject();
  }

  private void words(String name, List<TraceReport.TokenWeight> words) {
    json.writeArrayPropertyStart(name);
    for (TraceReport.TokenWeight word : words) {
      json.writeStartObject();
      json.writeStringProperty("text", word.text());
      ReportJson.number(json, "weight", word.weight());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void group(int node) {
    if (groups.containsKey(node)) {
      json.writeStringProperty("group", groups.get(node));
    } else {
      json.writeNullProperty("group");
    }
  }

  private void edges() {
    json.writeArrayPropertyStart("edges");
    for (PrunedGraph.Edge edge : report.pruned().edges()) {
      json.writeStartObject();
      json.writeNumberProperty("source", edge.source());
      json.writeNumberProperty("target", edge.target());
      ReportJson.number(
          json, "weight", report.graph().edges().weight(edge.target(), edge.source()));
      ReportJson.number(json, "share", edge.share());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void groups() {
    json.writeArrayPropertyStart("groups");
    for (List<Integer> members : report.groups()) {
      if (nodes.get(members.getFirst()) instanceof Node.Feature neuron) {
        json.writeStartObject();
        json.writeStringProperty("id", groups.get(members.getFirst()));
        json.writeStringProperty("label", report.groupLabel(members));
        json.writeNumberProperty("layer", neuron.layer());
        json.writeNumberProperty("position", neuron.position());
        numbers("members", members);
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private void paths() {
    json.writeArrayPropertyStart("paths");
    for (StrongestPaths.Path path : report.paths()) {
      json.writeStartObject();
      numbers("nodes", path.nodes());
      ReportJson.number(json, "share", path.share());
      json.writeNumberProperty("sign", path.sign());
      json.writeNumberProperty("through", path.through());
      ReportJson.number(json, "influence", report.pruned().share(path.through()));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** Heads, only where some were asked for. */
  private void attention() {
    if (report.attention().isEmpty()) {
      return;
    }
    json.writeArrayPropertyStart("attention");
    for (AttentionReason reason : report.attention()) {
      json.writeStartObject();
      json.writeNumberProperty("layer", reason.layer());
      json.writeNumberProperty("head", reason.head());
      json.writeNumberProperty("query", reason.query());
      json.writeNumberProperty("key", reason.key());
      ReportJson.number(json, "probability", reason.probability());
      ReportJson.number(json, "score", reason.score());
      json.writeArrayPropertyStart("pattern");
      reason.pattern().forEach(each -> json.writeNumber(each.floatValue()));
      json.writeEndArray();
      parts("querySources", reason.querySources());
      parts("keySources", reason.keySources());
      reason.against().ifPresent(this::against);
      json.writeArrayPropertyStart("pairs");
      for (AttentionReason.Pair pair : reason.pairs()) {
        json.writeStartObject();
        source("query", pair.query());
        source("key", pair.key());
        ReportJson.number(json, "score", pair.score());
        json.writeEndObject();
      }
      json.writeEndArray();
      ReportJson.number(json, "rest", reason.rest());
      json.writeNumberProperty("pairCount", reason.pairCount());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void against(AttentionReason.Against other) {
    json.writeObjectPropertyStart("against");
    json.writeNumberProperty("key", other.key());
    ReportJson.number(json, "probability", other.probability());
    ReportJson.number(json, "score", other.score());
    parts("querySources", other.querySources());
    parts("keySources", other.keySources());
    json.writeEndObject();
  }

  private void parts(String name, List<AttentionReason.Part> parts) {
    json.writeArrayPropertyStart(name);
    for (AttentionReason.Part part : parts.subList(0, Math.min(SOURCES, parts.size()))) {
      json.writeStartObject();
      source("source", part.node());
      ReportJson.number(json, "score", part.score());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** A node that pruning may have hidden. */
  private void source(String name, int node) {
    json.writeObjectPropertyStart(name);
    json.writeNumberProperty("id", node);
    json.writeStringProperty("name", report.sourceName(node));
    json.writeEndObject();
  }

  private void totals() {
    GraphScores scores = report.scores();
    json.writeObjectPropertyStart("totals");
    json.writeNumberProperty(
        "listedNodes", nodes.stream().filter(node -> node instanceof Node.Feature).count());
    json.writeNumberProperty("shownNodes", report.shownNodes());
    json.writeNumberProperty("shownEdges", report.pruned().edges().size());
    json.writeNumberProperty("edgesOverCap", report.pruned().edgesOverCap());
    ReportJson.number(json, "listedShare", scores.listedShare());
    ReportJson.number(json, "tokenShare", scores.tokenShare());
    ReportJson.number(json, "positionShare", scores.positionShare());
    ReportJson.number(json, "biasShare", scores.biasShare());
    ReportJson.number(json, "errorShare", scores.errorShare());
    ReportJson.number(json, "remainderShare", scores.remainderShare());
    ReportJson.number(json, "heldShare", report.heldShare());
    ReportJson.number(json, "followedShare", report.followed());
    ReportJson.number(json, "replacementScore", scores.replacement());
    ReportJson.number(json, "completenessScore", scores.completeness());
    report
        .aggregate()
        .ifPresent(each -> {
          json.writeObjectPropertyStart("aggregate");
          ReportJson.number(json, "tokenShare", each.tokenShare());
          ReportJson.number(json, "positionShare", each.positionShare());
          ReportJson.number(json, "biasShare", each.biasShare());
          ReportJson.number(json, "heldShare", each.heldShare());
          json.writeArrayPropertyStart("tokens");
          for (double token : each.tokens()) {
            json.writeNumber((float) token);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
    json.writeNumberProperty("units", report.units());
    json.writeStringProperty("stoppedBy", report.stoppedBy());
    json.writeEndObject();
  }

  private void numbers(String name, List<Integer> numbers) {
    json.writeArrayPropertyStart(name);
    numbers.forEach(json::writeNumber);
    json.writeEndArray();
  }
}
