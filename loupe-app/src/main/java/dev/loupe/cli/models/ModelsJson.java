package dev.loupe.cli.models;

import dev.loupe.hub.CachedModel;
import dev.loupe.hub.LocalModel;
import dev.loupe.hub.ModelDetails;
import dev.loupe.hub.Removal;
import dev.loupe.hub.ShippedModels.Shipped;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code loupe models ... --json} writes, schema {@code loupe.models/1}. */
public final class ModelsJson {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private ModelsJson() {}

  static String model(LocalModel model) {
    ObjectNode root = root();
    put(root, model);
    return text(root);
  }

  static String models(
      List<Shipped> shipped, List<Shipped> dictionaries, List<CachedModel> models) {
    ObjectNode root = root();
    putShipped(root.putArray("shipped"), shipped);
    putShipped(root.putArray("dictionaries"), dictionaries);
    ArrayNode list = root.putArray("models");
    for (CachedModel model : models) {
      ObjectNode node = list.addObject();
      node.put("name", model.name());
      node.put("path", model.path().toString());
      node.put("bytes", model.bytes());
      node.put("lastUsed", model.lastUsed().toString());
      ArrayNode revisions = node.putArray("revisions");
      for (CachedModel.Revision revision : model.revisions()) {
        ObjectNode one = revisions.addObject();
        one.put("commit", revision.commit());
        ArrayNode refs = one.putArray("refs");
        revision.refs().forEach(refs::add);
        one.put("bytes", revision.bytes());
        putFiles(one, revision.files());
        ArrayNode missing = one.putArray("missing");
        revision.missing().forEach(missing::add);
      }
      node.putObject("incomplete")
          .put("files", model.parts().files())
          .put("bytes", model.parts().bytes());
    }
    return text(root);
  }

  private static void putShipped(ArrayNode list, List<Shipped> shipped) {
    for (Shipped each : shipped) {
      ObjectNode node = list.addObject();
      node.put("name", each.name());
      node.put("about", each.about());
      node.put("parameters", each.parameters());
      node.put("bytes", each.bytes());
      putFiles(node, each.files());
    }
  }

  static String details(ModelDetails details) {
    ObjectNode root = root();
    put(root, details.model());
    root.put("sha256", details.id().sha256());
    details.architecture().ifPresent(name -> root.put("architecture", name));
    details.parameters().ifPresent(count -> root.put("parameters", count));
    putFiles(root, details.files());
    return text(root);
  }

  static String removal(String name, Removal removal) {
    ObjectNode root = root();
    root.put("removed", name);
    root.put("bytesFreed", removal.bytes());
    root.put("bytesKept", removal.kept());
    return text(root);
  }

  private static ObjectNode root() {
    return MAPPER.createObjectNode().put("schema", "loupe.models/1");
  }

  private static void put(ObjectNode node, LocalModel model) {
    node.put("name", model.name());
    node.put("revision", model.revision());
    node.put("location", model.location().toString());
    ArrayNode weights = node.putArray("weights");
    model.weights().stream().map(Path::toString).forEach(weights::add);
  }

  private static void putFiles(ObjectNode node, List<CachedModel.CachedFile> files) {
    ArrayNode list = node.putArray("files");
    for (CachedModel.CachedFile file : files) {
      ObjectNode one = list.addObject();
      one.put("name", file.name());
      one.put("bytes", file.bytes());
      file.sha256().ifPresent(sha256 -> one.put("sha256", sha256));
    }
  }

  private static String text(ObjectNode root) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}
