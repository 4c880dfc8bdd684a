package dev.loupe.audit.corpus;

import dev.loupe.audit.FactTally;
import dev.loupe.audit.FactTally.Stated;
import dev.loupe.fault.FileFault;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A folder with the counts of each shard, so that a count that was stopped resumes at the shard it
 * was in, and shards that were counted on other machines merge. A shard is known by its name, size
 * and time of change; one that has changed is counted anew.
 */
public final class ShardStore {
  private final Path folder;
  private final int most;

  /** Made when it is missing. */
  public ShardStore(Path folder, int most) {
    this.folder = folder;
    this.most = most;
  }

  /** The counts of a shard, if they are there and the shard has not changed. */
  public Optional<CorpusCount> find(Path shard, String settings) {
    Path file = file(shard);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      JsonNode head = JsonMapper.shared().readTree(String.valueOf(in.readLine()));
      if (!head.path("shard").asString("").equals(identity(shard, settings))) {
        return Optional.empty();
      }
      CorpusCount count = new CorpusCount(most);
      count.addDocuments(head.path("documents").asLong());
      for (Map.Entry<String, JsonNode> each : head.path("relations").properties()) {
        count
            .relation(each.getKey())
            .restore(
                each.getValue().path("abstentions").asLong(),
                each.getValue().path("halvings").asInt());
      }
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode fact = JsonMapper.shared().readTree(line);
        count
            .relation(fact.path(0).asString())
            .put(
                fact.path(1).asString(),
                new Stated(
                    fact.path(2).asLong(), fact.path(3).asString(), fact.path(4).asBoolean()));
      }
      return Optional.of(count);
    } catch (IOException | JacksonException _) {
      // Half a file of a run that was killed: the shard is counted anew.
      return Optional.empty();
    }
  }

  /** Keeps the counts of a shard: whole, or not at all. */
  public void keep(Path shard, String settings, CorpusCount count) {
    Path file = file(shard);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.createDirectories(folder);
      try (BufferedWriter out =
          new BufferedWriter(
              new OutputStreamWriter(
                  new GZIPOutputStream(Files.newOutputStream(part)), StandardCharsets.UTF_8))) {
        out.write(head(shard, settings, count) + "\n");
        for (Map.Entry<String, FactTally> each : new TreeMap<>(count.relations()).entrySet()) {
          each.getValue().forEach((subject, stated) -> write(out, each.getKey(), subject, stated));
        }
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    } catch (UncheckedIOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }

  private static String head(Path shard, String settings, CorpusCount count) {
    ObjectNode head = JsonMapper.shared().createObjectNode();
    head.put("shard", identity(shard, settings)).put("documents", count.documents());
    ObjectNode relations = head.putObject("relations");
    count
        .relations()
        .forEach((name, tally) ->
            relations
                .putObject(name)
                .put("abstentions", tally.abstentions())
                .put("halvings", tally.halvings()));
    return JsonMapper.shared().writeValueAsString(head);
  }

  private static void write(BufferedWriter out, String relation, String subject, Stated stated) {
    String line =
        JsonMapper.shared()
            .writeValueAsString(
                new Object[] {
                  relation, subject, stated.count(), stated.value(), stated.contradicted()
                });
    try {
      out.write(line + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String identity(Path shard, String settings) {
    try {
      return "%s, %d bytes, %s, %s"
          .formatted(
              shard.getFileName(), Files.size(shard), Files.getLastModifiedTime(shard), settings);
    } catch (IOException e) {
      throw FileFault.cannotRead(shard, e);
    }
  }

  private Path file(Path shard) {
    String name = String.valueOf(shard.getFileName()).replaceAll("[^A-Za-z0-9._-]", "_");
    long path = shard.toAbsolutePath().normalize().toString().hashCode() & 0xffffffffL;
    return folder.resolve(name + "-" + Long.toHexString(path) + ".counts.gz");
  }
}
