package dev.loupe.audit.corpus;

import dev.loupe.corpus.Corpus;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Counts the facts of files, each once, in one pass. */
public final class CountCorpus {
  private static final String TABLES = "(?i).*\\.(csv|tsv|jsonl|ndjson)(\\.gz)?";

  private final FactSource source;
  private final int most;
  private final Optional<ShardStore> store;
  private final CorpusCount all;
  private final Map<String, CorpusCount> shards = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * Nothing is read yet.
   *
   * @param most subjects kept of each relation
   * @param store where each shard's counts are kept, and found again
   */
  public CountCorpus(FactSource source, int most, Optional<ShardStore> store) {
    this.source = source;
    this.most = most;
    this.store = store;
    this.all = new CorpusCount(most);
  }

  /** The files of a corpus: itself, or those of a folder in the order of their names. */
  public static List<Path> files(Path corpus, FactSource source) {
    if (!Files.isDirectory(corpus)) {
      return List.of(corpus);
    }
    if (!source.patterns().isEmpty()) {
      return Corpus.open(corpus, false).files();
    }
    try (Stream<Path> found = Files.list(corpus)) {
      List<Path> files = found.filter(file -> file.toString().matches(TABLES)).sorted().toList();
      if (files.isEmpty()) {
        throw LoupeException.badInput(
            corpus + ": the folder holds no table (.csv, .tsv, .jsonl, .gz)",
            "Give tables with relation, subject and object, or patterns to find facts in texts.");
      }
      return files;
    } catch (IOException e) {
      throw FileFault.cannotRead(corpus, e);
    }
  }

  /**
   * Adds a file.
   *
   * @param statements receives how many of the file have been read, now and then
   * @throws LoupeException if it cannot be read
   */
  public void add(Path file, LongConsumer statements) {
    Optional<CorpusCount> kept = store.flatMap(each -> each.find(file, settings()));
    CorpusCount shard = kept.orElseGet(() -> counted(file, statements));
    if (kept.isPresent()) {
      notes.add(file + ": its counts of an earlier run are taken.");
    } else {
      store.ifPresent(each -> each.keep(file, settings(), shard));
    }
    String name = String.valueOf(file.getFileName());
    shards.put(shards.containsKey(name) ? file.toString() : name, shard);
    all.merge(shard);
  }

  private CorpusCount counted(Path file, LongConsumer statements) {
    CorpusCount shard = new CorpusCount(most);
    long[] number = new long[1];
    FactSource.Counted read =
        source.read(
            file,
            statement -> {
              shard.add(statement);
              statements.accept(++number[0]);
            });
    shard.addDocuments(read.documents());
    notes.addAll(read.notes());
    return shard;
  }

  /** What the counts depend on besides the file. */
  private String settings() {
    return source.toString() + most;
  }

  /**
   * The figures of all that was added.
   *
   * @throws LoupeException if no fact was found
   */
  public CorpusReport report(CorpusReport.Settings settings, double seconds) {
    if (all.relations().isEmpty()) {
      throw LoupeException.badInput(
          "no statement of a fact was found in %d documents".formatted(all.documents()),
          "Check the names of the columns, or the patterns.");
    }
    return CorpusReport.of(all, shards.size() > 1 ? shards : Map.of(), settings, seconds)
        .with(notes);
  }
}
