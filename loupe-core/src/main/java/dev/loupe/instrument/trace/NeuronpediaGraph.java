package dev.loupe.instrument.trace;

import dev.loupe.report.Finding;
import dev.loupe.report.ReportFile;
import dev.loupe.report.ReportJson;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trace in the graph schema 1.0.0 of Neuronpedia, as circuit-tracer writes it. That front end
 * supports features, errors, embeddings and logits; what Loupe has in addition is expressed in
 * terms that it can draw: a remainder of neurons is an error node, {@code {layer}_-1_{position}};
 * biases and position embeddings are nodes of a type of their own, which it draws as features with
 * their label. Each node's influence is the cumulative share, by which its slider hides nodes.
 */
public final class NeuronpediaGraph {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();
  private static final int ERROR = -1;
  private static final String ERROR_TYPE = "mlp reconstruction error";
  private static final int ATTENTION_BIAS = -2;
  private static final int MLP_BIAS = -3;
  private static final int EMBEDDING_BIAS = -4;
  private static final int OWN_BIAS = -5;
  private static final int POSITION = -6;
  private static final int REMAINDER = -7;
  private static final String EMBEDDING = "E";

  private final TraceReport report;
  private final JsonGenerator json;
  private final String version;
  private final List<Node> nodes;

  private NeuronpediaGraph(Finding<TraceReport> finding, JsonGenerator json) {
    this.report = finding.answer();
    this.version = finding.provenance().version();
    this.json = json;
    this.nodes = report.graph().nodes();
  }

  /**
   * Writes a file, completely or not at all.
   *
   * @param slug the graph's name in the front end
   * @throws dev.loupe.fault.LoupeException if the disk refuses
   */
  public static void write(Finding<TraceReport> finding, String slug, Path path) {
    ReportFile.write(path, writer -> write(finding, slug, writer));
  }

  /** Writes to {@code writer} and leaves it open. */
  public static void write(Finding<TraceReport> finding, String slug, Writer writer) {
    try (JsonGenerator json = JSON.createGenerator(writer)) {
      new NeuronpediaGraph(finding, json).write(slug);
    }
  }

  private void write(String slug) {
    json.writeStartObject();
    metadata(slug);
    state();
    json.writeArrayPropertyStart("nodes");
    for (int node = 0; node < nodes.size(); node++) {
      if (report.shows(node)) {
        node(node);
      }
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("links");
    for (PrunedGraph.Edge edge : report.pruned().edges()) {
      json.writeStartObject();
      json.writeStringProperty("source", id(edge.source()));
      json.writeStringProperty("target", id(edge.target()));
      ReportJson.number(
          json, "weight", report.graph().edges().weight(edge.target(), edge.source()));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void metadata(String slug) {
    json.writeObjectPropertyStart("metadata");
    json.writeStringProperty("slug", slug);
    json.writeStringProperty("scan", report.model().name());
    json.writeArrayPropertyStart("transcoder_list");
    json.writeEndArray();
    json.writeArrayPropertyStart("prompt_tokens");
    report.prompt().tokens().forEach(token -> json.writeString(token.text()));
    json.writeEndArray();
    json.writeStringProperty("prompt", report.prompt().text());
    ReportJson.number(json, "node_threshold", report.settings().nodeThreshold());
    json.writeNumberProperty("schema_version", 1);
    json.writeObjectPropertyStart("info");
    json.writeStringProperty(
        "description",
        report.basis().dictionary().isEmpty()
            ? "Features are the model's own MLP neurons; error nodes are the sums of the neurons that"
                + " are not listed."
            : "Features of "
                + report.basis().dictionary().get().name()
                + "; nodes of type remainder are the sums of active features that are not listed.");
    json.writeObjectPropertyStart("generator");
    json.writeStringProperty("name", "Loupe");
    json.writeStringProperty("version", version);
    json.writeEndObject();
    json.writeEndObject();
    json.writeObjectPropertyStart("generation_settings");
    json.writeNumberProperty("max_feature_nodes", report.settings().maxNodes());
    ReportJson.number(json, "coverage", report.settings().coverage());
    json.writeEndObject();
    json.writeObjectPropertyStart("pruning_settings");
    ReportJson.number(json, "node_threshold", report.settings().nodeThreshold());
    ReportJson.number(json, "edge_threshold", report.settings().edgeThreshold());
    json.writeEndObject();
    json.writeEndObject();
  }

  /** What the front end shows at first; our groups are its supernodes. */
  private void state() {
    json.writeObjectPropertyStart("qParams");
    json.writeArrayPropertyStart("pinnedIds");
    report.groups().forEach(members -> members.forEach(member -> json.writeString(id(member))));
    json.writeEndArray();
    json.writeArrayPropertyStart("supernodes");
    for (List<Integer> members : report.groups()) {
      json.writeStartArray();
      json.writeString(report.groupLabel(members));
      members.forEach(member -> json.writeString(id(member)));
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeStringProperty("linkType", "both");
    json.writeStringProperty("clickedId", "");
    json.writeStringProperty("sg_pos", "");
    json.writeEndObject();
  }

  private void node(int index) {
    Place place = place(index);
    json.writeStartObject();
    json.writeStringProperty("node_id", place.id());
    json.writeNumberProperty("feature", place.feature());
    json.writeStringProperty("layer", place.layer());
    json.writeNumberProperty("ctx_idx", place.position());
    json.writeStringProperty("feature_type", place.type());
    boolean isLogit = nodes.get(index) instanceof Node.Logit;
    ReportJson.number(
        json, "token_prob", nodes.get(index) instanceof Node.Logit l ? l.probability() : 0);
    json.writeBooleanProperty("is_target_logit", isLogit && !isLogit(index - 1));
    json.writeNumberProperty("run_idx", 0);
    json.writeNumberProperty("reverse_ctx_idx", 0);
    json.writeStringProperty("jsNodeId", place.frontEndId());
    json.writeStringProperty("clerp", clerp(index));
    ReportJson.number(json, "influence", isLogit ? Double.NaN : report.pruned().cumulative(index));
    ReportJson.number(
        json,
        "activation",
        nodes.get(index) instanceof Node.Feature neuron ? neuron.activation() : Double.NaN);
    json.writeEndObject();
  }

  private boolean isLogit(int index) {
    return index >= 0 && nodes.get(index) instanceof Node.Logit;
  }

  private String clerp(int index) {
    return switch (nodes.get(index)) {
      case Node.Logit logit ->
          String.format(
              Locale.ROOT, "Output \"%s\" (p=%.3f)", report.label(index), logit.probability());
      case Node.Token _ -> "Emb: \"" + report.label(index) + "\"";
      case Node.Feature _,
          Node.PositionEmbedding _,
          Node.EmbeddingBias _,
          Node.AttentionBias _,
          Node.MlpBias _,
          Node.OwnBias _,
          Node.ReconstructionError _,
          Node.Remainder _ ->
          report.label(index);
    };
  }

  private String id(int index) {
    return place(index).id();
  }

  /**
   * Where the front end places a node.
   *
   * @param slot the number that stands between layer and position in ids
   */
  private record Place(
      String layer, long slot, int position, long feature, String type, String frontEndId) {
    String id() {
      return layer + "_" + slot + "_" + position;
    }
  }

  private Place place(int index) {
    int at = report.at();
    return switch (nodes.get(index)) {
      case Node.Feature neuron ->
          new Place(
              Integer.toString(neuron.layer()),
              neuron.unit(),
              neuron.position(),
              pair(neuron.layer(), neuron.unit()),
              "cross layer transcoder",
              neuron.layer() + "_" + neuron.unit() + "-0");
      case Node.ReconstructionError error ->
          other(Integer.toString(error.layer()), ERROR, error.position(), ERROR_TYPE);
      case Node.Remainder remainder when report.basis().dictionary().isEmpty() ->
          other(Integer.toString(remainder.layer()), ERROR, remainder.position(), ERROR_TYPE);
      case Node.Remainder remainder ->
          other(Integer.toString(remainder.layer()), REMAINDER, remainder.position(), "remainder");
      case Node.Token token ->
          new Place(
              EMBEDDING,
              token.token(),
              token.position(),
              token.position(),
              "embedding",
              "E_" + token.token() + "-" + token.position());
      case Node.PositionEmbedding position ->
          other(EMBEDDING, POSITION, position.position(), "position embedding");
      case Node.EmbeddingBias _ -> other(EMBEDDING, EMBEDDING_BIAS, at, "bias");
      case Node.AttentionBias bias ->
          other(Integer.toString(bias.layer()), ATTENTION_BIAS, at, "bias");
      case Node.MlpBias bias -> other(Integer.toString(bias.layer()), MLP_BIAS, at, "bias");
      case Node.OwnBias _ -> other(EMBEDDING, OWN_BIAS, at, "bias");
      case Node.Logit logit ->
          new Place(
              Integer.toString(report.model().layers() + 1),
              logit.token(),
              at,
              logit.token(),
              "logit",
              "L_" + logit.token() + "-" + at);
    };
  }

  private static Place other(String layer, int slot, int position, String type) {
    return new Place(layer, slot, position, slot, type, layer + "_" + slot + "-" + position);
  }

  /** Cantor's pairing, by which the front end numbers features over all layers. */
  private static long pair(long layer, long unit) {
    return (layer + unit) * (layer + unit + 1) / 2 + unit;
  }
}
