package dev.loupe.bench;

import dev.loupe.hub.BytePlanes;
import dev.loupe.hub.Checksum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts a folder into the package: weights as byte planes, everything else as it is. */
final class Shelving {
  private Shelving() {}

  /**
   * Packs files of a folder.
   *
   * @param to the folder among the resources
   * @return what {@code index.json} says of them
   */
  static ArrayNode pack(Path from, List<String> names, Path to) throws IOException {
    ArrayNode files = JsonMapper.shared().createArrayNode();
    for (String name : names) {
      Path file = from.resolve(name);
      ObjectNode each = files.addObject();
      each.put("name", name);
      each.put("bytes", Files.size(file));
      each.put("sha256", Checksum.SHA256.sum(file));
      if (name.endsWith(".safetensors")) {
        BytePlanes.pack(file, to);
      } else {
        Files.copy(file, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return files;
  }
}
