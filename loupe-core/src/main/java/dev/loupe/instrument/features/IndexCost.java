package dev.loupe.instrument.features;

import static java.util.Objects.requireNonNull;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.TokenFile;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.TextPieces.Batch;
import dev.loupe.job.Cost;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an index will cost, from a few thousand tokens of the corpus itself.
 *
 * @param features of all layers
 * @param tokens that will be read at most
 * @param seconds for all of them
 * @param memoryBytes resident, the model included
 * @param diskBytes of the finished index; while it is made twice that
 * @param correlations whether correlations with neurons are within the memory given to them
 */
record IndexCost(
    long features,
    long tokens,
    double seconds,
    long memoryBytes,
    long diskBytes,
    boolean correlations) {
  private static final long TRIED_TOKENS = 4096;

  /** As every instrument gives it. */
  Cost cost() {
    return new Cost(
        seconds,
        memoryBytes,
        2 * diskBytes,
        String.format(
            Locale.ROOT,
            "%,d features, at most %,d tokens%s",
            features,
            tokens,
            correlations
                ? ""
                : ", without correlations with neurons, which need more than `correlationMemory`"));
  }

  /**
   * Tries; nothing stays on the disk.
   *
   * @throws LoupeException as {@link ActivationIndexer#run}, but for a corpus that is too short
   */
  static IndexCost estimate(Subject subject, Corpus corpus, IndexSettings settings) {
    List<Integer> layers = ActivationIndexer.layers(subject, settings);
    long state = state(subject, settings);
    double seconds = secondsPerToken(subject, corpus, settings, layers);
    long features = layers.stream().mapToLong(subject.basis().basis()::features).sum();
    return new IndexCost(
        features,
        settings.mostTokens(),
        seconds * settings.mostTokens(),
        Engine.residentBytes() + state,
        storeBytes(subject, settings),
        ActivationIndexer.correlated(subject, settings, layers.getFirst()).isPresent());
  }

  /** Bytes of the finished files, tokens included. */
  static long storeBytes(Subject subject, IndexSettings settings) {
    long features =
        ActivationIndexer.layers(subject, settings).stream()
            .mapToLong(subject.basis().basis()::features)
            .sum();
    long each = LayerStatistics.bytes(settings) + 8L * NeuronCorrelations.KEPT;
    return features * each + Integer.BYTES * settings.mostTokens();
  }

  /** Bytes that the counting holds. */
  private static long state(Subject subject, IndexSettings settings) {
    long bytes = storeBytes(subject, settings) - Integer.BYTES * settings.mostTokens();
    for (int layer : ActivationIndexer.layers(subject, settings)) {
      int features = subject.basis().basis().features(layer);
      bytes +=
          ActivationIndexer.correlated(subject, settings, layer)
              .map(neurons -> NeuronCorrelations.bytes(features, neurons))
              .orElse(0L);
    }
    return bytes;
  }

  private static double secondsPerToken(
      Subject subject, Corpus corpus, IndexSettings settings, List<Integer> layers) {
    Path folder = temporary();
    Path file = folder.resolve(FeatureStore.TOKENS);
    try {
      CorpusTokens.writeAtMost(TRIED_TOKENS, corpus, subject.weights(), file);
      Map<Integer, LayerStatistics> statistics = new TreeMap<>();
      try (TokenFile tokens = TokenFile.open(file);
          Columns columns = new Columns();
          Closing _ = () -> statistics.values().forEach(LayerStatistics::close)) {
        for (int layer : layers) {
          statistics.put(
              layer,
              new LayerStatistics(
                  columns,
                  columns,
                  layer,
                  subject.basis().basis().features(layer),
                  ActivationIndexer.correlated(subject, settings, layer),
                  settings));
        }
        return time(new FeatureRun(subject, layers), tokens, settings, statistics);
      }
    } finally {
      delete(file);
      delete(folder);
    }
  }

  /** The first batch warms up and is not counted, where there are several. */
  private static double time(
      FeatureRun run,
      TokenFile tokens,
      IndexSettings settings,
      Map<Integer, LayerStatistics> statistics) {
    List<Batch> batches = TextPieces.of(tokens, settings.context(), TRIED_TOKENS).batches(0);
    long read = 0;
    long began = System.nanoTime();
    for (int i = 0; i < batches.size(); i++) {
      Batch batch = batches.get(i);
      run.run(
          batch.rows(),
          (layer, active, units) ->
              requireNonNull(statistics.get(layer)).add(batch, active, units));
      if (i == 0 && batches.size() > 1) {
        began = System.nanoTime();
      } else {
        read += batch.pieces().stream().mapToInt(TextPieces.Piece::length).sum();
      }
    }
    return (System.nanoTime() - began) / 1e9 / Math.max(1, read);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("loupe-features");
    } catch (IOException e) {
      throw FileFault.cannotWrite("a temporary folder", e);
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException _) {
      // A temporary file that is left behind does no harm.
    }
  }

  private interface Closing extends AutoCloseable {
    @Override
    void close();
  }
}
