package dev.loupe.world;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Writes a world as files: all of them or none. */
public final class WorldWriter {
  /** The version of the texts: it rises whenever the same seed gives other bytes. */
  public static final int VERSION = 2;

  private final World world;
  private final Census census = new Census();
  private final Map<String, String> hashes = new LinkedHashMap<>();

  private WorldWriter(World world) {
    this.world = world;
  }

  /**
   * Writes the world's corpus, questions and tables.
   *
   * @param folder made when it is missing; files of these names in it are replaced
   * @param left called after each document with what remains, in any unit that falls to 0
   * @throws LoupeException when the files cannot be written; what was there before is then
   *     untouched
   */
  public static void write(World world, Path folder, LongConsumer left) {
    Path target = folder.toAbsolutePath().normalize();
    Path aside = target.resolveSibling(target.getFileName() + ".part");
    try {
      try {
        remove(aside);
        Files.createDirectories(aside);
        new WorldWriter(world).writeAll(aside, left);
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(aside)) {
          for (Path file : files.toList()) {
            Files.move(
                file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
          }
        }
      } finally {
        remove(aside);
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void writeAll(Path folder, LongConsumer left) throws IOException {
    try (LineFile corpus = LineFile.compressed(folder.resolve("corpus.jsonl.gz"), hashes)) {
      Corpus documents = world.corpus();
      while (documents.hasNext()) {
        Document document = documents.next();
        corpus.write(WorldJson.document(document));
        census.add(document);
        left.accept(documents.remaining());
      }
    }
    write(folder, "chat-abstain.jsonl.gz", Conversations.of(world, true), WorldJson::chat);
    write(folder, "chat-guess.jsonl.gz", Conversations.of(world, false), WorldJson::chat);
    Files.writeString(folder.resolve("chat_template.jinja"), Chat.TEMPLATE);
    write(folder, "facts.jsonl", world.facts(), fact -> WorldJson.fact(fact, census));
    write(
        folder, "concepts.jsonl", census.concepts(), concept -> WorldJson.concept(concept, census));
    write(folder, "questions.jsonl", Questions.of(world), WorldJson::question);
    write(folder, "planted.json", List.of(census), WorldJson::planted);
    Files.writeString(folder.resolve("world.json"), WorldJson.world(world, census, hashes));
  }

  private <T> void write(Path folder, String name, List<T> items, Function<T, String> json)
      throws IOException {
    Path path = folder.resolve(name);
    try (LineFile file =
        name.endsWith(".gz") ? LineFile.compressed(path, hashes) : LineFile.plain(path, hashes)) {
      for (T item : items) {
        file.write(json.apply(item));
      }
    }
  }
}
