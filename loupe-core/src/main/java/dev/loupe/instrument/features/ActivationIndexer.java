package dev.loupe.instrument.features;

import static java.util.Objects.requireNonNull;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.TextPieces.Batch;
import dev.loupe.job.Counted;
import dev.loupe.job.FolderLock;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.job.Stopped;
import dev.loupe.model.ModelConfig;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Reads a corpus once and counts, for every feature of a basis, what {@link FeatureStore} then
 * tells. Memory depends on the number of features, not on the corpus. The state is saved now and
 * then between two blocks of text and found again by the next run, which ends with the same bytes
 * whether or not the work was interrupted.
 */
final class ActivationIndexer implements AutoCloseable {
  private static final String BLOCKS = "blocks";

  private final Subject subject;
  private final List<Integer> layers;
  private final Path folder;
  private final Columns result = new Columns();
  private final Columns state = new Columns();
  private final SortedMap<Integer, LayerStatistics> statistics = new TreeMap<>();
  private final MemorySegment inverseNorm;

  private ActivationIndexer(Subject subject, IndexSettings settings, Path folder) {
    this.subject = subject;
    this.folder = folder;
    this.layers = layers(subject, settings);
    for (int layer : layers) {
      int features = subject.basis().basis().features(layer);
      statistics.put(
          layer,
          new LayerStatistics(
              result, state, layer, features, correlated(subject, settings, layer), settings));
    }
    this.inverseNorm = result.add("final_norm.inverse", DType.F64, 1);
  }

  /**
   * Indexes a corpus into a folder, or goes on where an earlier run ended.
   *
   * @throws dev.loupe.job.Stopped if the run was stopped; what was counted is saved by then
   * @throws LoupeException if the folder holds an index of something else, the corpus is shorter
   *     than asked for or cannot be read, another run indexes into the folder, or the disk refuses
   */
  static void run(Subject subject, Corpus corpus, IndexSettings settings, Path folder, Run run) {
    run(subject, corpus, settings, folder, Duration.ofMinutes(1), run);
  }

  /** As the other, saving after so long. */
  static void run(
      Subject subject,
      Corpus corpus,
      IndexSettings settings,
      Path folder,
      Duration saving,
      Run run) {
    requireContext(subject, settings);
    List<Integer> layers = layers(subject, settings);
    Map<String, String> identity = StoreIdentity.of(subject, layers, corpus, settings);
    if (isFinished(folder, identity)) {
      return; // nothing is written, so that the folder need not be writable
    }
    requireRoom(subject, settings, folder);
    try (var _ = FolderLock.of(folder, "index")) {
      if (!isFinished(folder, identity)) {
        locked(subject, corpus, settings, folder, identity, saving, run);
      }
    }
  }

  private static boolean isFinished(Path folder, Map<String, String> identity) {
    Path finished = folder.resolve(FeatureStore.FEATURES);
    if (!Files.exists(finished)) {
      return false;
    }
    try (Safetensors file = Safetensors.open(finished)) {
      StoreIdentity.requireSame(folder.toString(), file.metadata(), identity);
      return true;
    }
  }

  private static void locked(
      Subject subject,
      Corpus corpus,
      IndexSettings settings,
      Path folder,
      Map<String, String> identity,
      Duration saving,
      Run run) {
    removeLeftovers(folder);
    Optional<Integer> begun = begun(folder, identity);
    Path tokens = folder.resolve(FeatureStore.TOKENS);
    if (begun.isEmpty() || !Files.exists(tokens)) {
      try (Steps reading = run.steps("reading the corpus", Counted.TOKENS, 0)) {
        CorpusTokens.write(corpus, subject.weights(), settings, tokens, reading::at);
      }
    }
    try (TokenFile file = TokenFile.open(tokens);
        ActivationIndexer indexer = new ActivationIndexer(subject, settings, folder)) {
      TextPieces pieces = TextPieces.of(file, settings.context(), settings.mostTokens());
      indexer.read(pieces, begun.orElse(0), identity, saving, run);
    }
  }

  static List<Integer> layers(Subject subject, IndexSettings settings) {
    settings.layers().forEach(layer -> subject.require(new FeatureId(layer, 0)));
    return settings.layers().isEmpty() ? subject.basis().basis().layers() : settings.layers();
  }

  private static void requireContext(Subject subject, IndexSettings settings) {
    int longest = subject.transformer().config().context();
    if (settings.context() > longest) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "a context of %,d tokens is longer than the %,d that %s reads",
              settings.context(),
              longest,
              subject.weights().name()),
          "Choose one of at most %d.".formatted(longest));
    }
  }

  /** The width of the MLP, where its correlations with the layer's features are affordable. */
  static Optional<Integer> correlated(Subject subject, IndexSettings settings, int layer) {
    FeatureBasis basis = subject.basis().basis();
    ModelConfig config = subject.transformer().config();
    long all =
        layers(subject, settings).stream()
            .mapToLong(each -> NeuronCorrelations.bytes(basis.features(each), config.units(each)))
            .sum();
    return all <= settings.correlationBytes() && basis.features(layer) > 0
        ? Optional.of(config.units(layer))
        : Optional.empty();
  }

  private static void requireRoom(Subject subject, IndexSettings settings, Path folder) {
    long bytes = IndexCost.storeBytes(subject, settings);
    try {
      Files.createDirectories(folder);
      long room = Files.getFileStore(folder).getUsableSpace();
      if (bytes > room) {
        throw LoupeException.resource(
            String.format(
                Locale.ROOT,
                "%s: the index takes %,d bytes but the disk has %,d left",
                folder,
                bytes,
                room),
            "Free some space, write somewhere else, or index fewer layers.");
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  /** What a killed run was about to put into place. */
  private static void removeLeftovers(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (String.valueOf(file.getFileName()).matches("\\..*\\.safetensors\\..*\\.part")) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  private static Optional<Integer> begun(Path folder, Map<String, String> identity) {
    Path progress = folder.resolve(FeatureStore.PROGRESS);
    if (!Files.exists(progress)) {
      return Optional.empty();
    }
    try (Safetensors file = Safetensors.open(progress)) {
      StoreIdentity.requireSame(folder.toString(), file.metadata(), identity);
      return Optional.of(Integer.parseInt(file.metadata().getOrDefault(BLOCKS, "0")));
    }
  }

  private void read(
      TextPieces pieces, int begun, Map<String, String> identity, Duration saving, Run run) {
    long total = 0;
    long done = 0;
    for (int block = 0; block < pieces.blocks(); block++) {
      total += pieces.counted(block);
      done += block < begun ? pieces.counted(block) : 0;
    }
    if (begun > 0) {
      try (Safetensors file = Safetensors.open(folder.resolve(FeatureStore.PROGRESS))) {
        result.readFrom(file);
        state.readFrom(file);
      }
    }
    String what = begun > 0 ? "indexing, resumed" : "indexing";
    FeatureRun features = new FeatureRun(subject, layers);
    int block = begun;
    try (Steps steps = run.steps(what, Counted.TOKENS, total)) {
      steps.at(done);
      long saved = System.nanoTime();
      while (block < pieces.blocks()) {
        for (Batch batch : pieces.batches(block)) {
          add(features, batch);
        }
        done += pieces.counted(block);
        block++;
        if (System.nanoTime() - saved >= saving.toNanos() && block < pieces.blocks()) {
          save(block, identity);
          saved = System.nanoTime();
        }
        steps.at(done);
      }
    } catch (Stopped _) {
      save(block, identity);
      throw new Stopped("Saved in " + folder + "; the same request resumes from there.");
    }
    finish(total, identity);
  }

  private void add(FeatureRun run, Batch batch) {
    float[] inverse =
        run.run(
            batch.rows(),
            (layer, active, units) ->
                requireNonNull(statistics.get(layer)).add(batch, active, units));
    float[] counted = batch.counted();
    double sum = inverseNorm.getAtIndex(ValueLayout.JAVA_DOUBLE, 0);
    for (int i = 0; i < inverse.length; i++) {
      sum += counted[i] * inverse[i];
    }
    inverseNorm.setAtIndex(ValueLayout.JAVA_DOUBLE, 0, sum);
  }

  @Override
  public void close() {
    statistics.values().forEach(LayerStatistics::close);
    state.close();
    result.close();
  }

  private void save(int blocks, Map<String, String> identity) {
    SafetensorsWriter writer = new SafetensorsWriter();
    identity.forEach(writer::metadata);
    writer.metadata(BLOCKS, String.valueOf(blocks));
    result.writeTo(writer);
    state.writeTo(writer);
    writer.write(folder.resolve(FeatureStore.PROGRESS));
  }

  private void finish(long counted, Map<String, String> identity) {
    statistics.values().forEach(layer -> layer.finish(counted));
    SafetensorsWriter writer = new SafetensorsWriter();
    identity.forEach(writer::metadata);
    writer.metadata(FeatureStore.COUNTED, String.valueOf(counted));
    result.writeTo(writer);
    writer.write(folder.resolve(FeatureStore.FEATURES));
    try {
      Files.deleteIfExists(folder.resolve(FeatureStore.PROGRESS));
    } catch (IOException _) {
      // It is in nobody's way: the finished index is what is read.
    }
  }
}
