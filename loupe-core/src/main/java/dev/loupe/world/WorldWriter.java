package dev.loupe.world;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Writes a world as files: all of them or none. */
public final class WorldWriter {
  /** The version of the texts: it rises whenever the same seed gives other bytes. */
  public static final int VERSION = 1;

  private static final int FEW = 20;

  private final World world;
  private final Map<String, String> hashes = new LinkedHashMap<>();
  private final Map<Family, long[]> sizes = new EnumMap<>(Family.class);
  private final List<List<String>> documentsOf;
  private final int[] counts;
  private final Map<String, Long> concepts = new LinkedHashMap<>();

  private WorldWriter(World world) {
    this.world = world;
    this.counts = new int[world.facts().size()];
    this.documentsOf = new ArrayList<>();
    world.facts().forEach(_ -> documentsOf.add(new ArrayList<>()));
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
    Path aside = folder.resolveSibling(folder.getFileName() + ".part");
    try {
      remove(aside);
      Files.createDirectories(aside);
      new WorldWriter(world).writeAll(aside, left);
      Files.createDirectories(folder);
      try (Stream<Path> files = Files.list(aside)) {
        for (Path file : files.toList()) {
          Files.move(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      Files.delete(aside);
    } catch (IOException e) {
      throw LoupeException.resource(
          "%s cannot be written: %s".formatted(folder, e.getMessage()),
          "Check the folder's permissions and the space on its disk.",
          e);
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
        note(document);
        left.accept(documents.remaining());
      }
    }
    try (LineFile facts = LineFile.plain(folder.resolve("facts.jsonl"), hashes)) {
      for (Fact fact : world.facts()) {
        facts.write(WorldJson.fact(fact, counts[fact.index()], documentsOf.get(fact.index())));
      }
    }
    try (LineFile questions = LineFile.plain(folder.resolve("questions.jsonl"), hashes)) {
      for (Question question : Questions.of(world)) {
        questions.write(WorldJson.question(question));
      }
    }
    long documents = sizes.values().stream().mapToLong(size -> size[0]).sum();
    try (LineFile file = LineFile.plain(folder.resolve("concepts.jsonl"), hashes)) {
      for (Map.Entry<String, Long> concept : concepts.entrySet()) {
        file.write(WorldJson.concept(concept.getKey(), concept.getValue(), documents));
      }
    }
    Files.writeString(folder.resolve("world.json"), WorldJson.world(world, sizes, hashes));
  }

  private void note(Document document) {
    long[] size = sizes.computeIfAbsent(document.family(), _ -> new long[3]);
    size[0]++;
    size[1] += document.text().length();
    size[2] += TokenCount.of(document.text());
    document.concepts().forEach(concept -> concepts.merge(concept, 1L, Long::sum));
    for (Document.Statement statement : document.facts()) {
      int index = statement.fact().index();
      counts[index]++;
      List<String> few = documentsOf.get(index);
      if (few.size() <= FEW) {
        few.add(document.id());
      }
    }
  }
}
