package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.FolderLock;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.job.Stopped;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index against what a plain loop over the documents finds. */
class ActivationIndexerTest {
  private static final int DOCUMENTS = 150;

  /** Sums of float32 products in another order. */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;
  private LanguageModel model;
  private Corpus corpus;

  @BeforeEach
  void open() throws IOException {
    model = SampleIndex.model(folder.resolve("model"), 5);
    corpus = SampleIndex.corpus(folder.resolve("corpus.jsonl"), DOCUMENTS);
  }

  @AfterEach
  void close() {
    model.close();
  }

  /** One layer's activations and neurons, token after token, and the pieces they come in. */
  private record Plain(List<double[]> features, List<double[]> neurons, List<Integer> pieces) {}

  private Plain plain(FeatureBasis basis, int layer) {
    Plain all = new Plain(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    int[] number = new int[1];
    corpus.read(document -> {
      int[] ids = model.tokenizer().textIds(document.text());
      int longest = SampleIndex.settings().context() - 1;
      for (int from = 0; from < ids.length; from += longest) {
        int length = Math.min(longest, ids.length - from);
        int[] row = new int[length + 1];
        row[0] = CorpusTokens.start(model);
        System.arraycopy(ids, from, row, 1, length);
        add(all, basis, layer, row, number[0]++);
      }
    });
    return all;
  }

  private void add(Plain all, FeatureBasis basis, int layer, int[] row, int piece) {
    try (var _ = NativeScope.open()) {
      SparseActivations[] active = new SparseActivations[1];
      double[][] units = new double[1][];
      model
          .transformer()
          .logits(
              TokenBatch.of(row),
              Hooks.all(
                  Hooks.observe(
                      basis.reads(layer),
                      input -> active[0] = basis.encode(layer, input.select(0, 0))),
                  Hooks.observe(
                      new Tap(Site.MLP_POST, layer), post -> units[0] = post.toDoubles())));
      double[] dense = active[0].dense(basis.dtype()).toDoubles();
      int features = basis.features(layer);
      for (int t = 1; t < row.length; t++) {
        all.features().add(Arrays.copyOfRange(dense, t * features, (t + 1) * features));
        all.neurons()
            .add(Arrays.copyOfRange(units[0], t * SampleIndex.MLP, (t + 1) * SampleIndex.MLP));
        all.pieces().add(piece);
      }
    }
  }

  @Test
  void countsWhatAPlainLoopCountsForNeurons() {
    compare(NeuronBasis.of(model.transformer()));
  }

  @Test
  void countsWhatAPlainLoopCountsForADictionary() {
    try (FeatureBasis basis = SampleIndex.dictionary(11)) {
      compare(basis);
    }
  }

  private void compare(FeatureBasis basis) {
    Subject subject = SampleIndex.subject(model, basis);
    Path store = folder.resolve("store");
    ActivationIndexer.run(subject, corpus, SampleIndex.settings(), store, Run.silent(0));
    try (FeatureStore opened = FeatureStore.open(store, subject)) {
      for (int layer : basis.layers()) {
        Plain plain = plain(basis, layer);
        assertEquals(plain.pieces().size(), opened.counted());
        for (int feature = 0; feature < basis.features(layer); feature++) {
          compare(plain, opened.read(new FeatureId(layer, feature)));
        }
      }
    }
  }

  private static void compare(Plain plain, StoredFeature stored) {
    double[] values =
        plain.features().stream().mapToDouble(row -> row[stored.id().feature()]).toArray();
    long active = 0;
    double sum = 0;
    double largest = 0;
    double lowest = 0;
    for (double value : values) {
      active += value > 0 ? 1 : 0;
      sum += value;
      largest = Math.max(largest, value);
      lowest = Math.min(lowest, value);
    }
    String id = stored.id().toString();
    assertEquals(active, stored.active(), id);
    assertEquals(sum / values.length, stored.mean(), TOLERANCE, id);
    assertEquals(lowest, stored.lowest(), TOLERANCE, id);
    if (active > 0) {
      assertEquals(largest, stored.largest(), TOLERANCE, id);
      Example strongest = stored.strongest().getFirst();
      assertEquals(strongest.activation(), strongest.activations().get(strongest.peak()), 0, id);
    }
    assertEquals(active, stored.histogram().counts().stream().mapToLong(Long::longValue).sum(), id);
    compareCorrelations(plain, values, stored);
  }

  private static void compareCorrelations(Plain plain, double[] values, StoredFeature stored) {
    double strongest = 0;
    for (int neuron = 0; neuron < SampleIndex.MLP; neuron++) {
      int unit = neuron;
      double[] others = plain.neurons().stream().mapToDouble(row -> row[unit]).toArray();
      strongest = Math.max(strongest, Math.abs(pearson(values, others)));
    }
    StoredFeature.NeuronCorrelation first = stored.neurons().getFirst();
    assertEquals(strongest, Math.abs(first.correlation()), 1e-3, stored.id().toString());
    double[] named = plain.neurons().stream().mapToDouble(row -> row[first.neuron()]).toArray();
    assertEquals(pearson(values, named), first.correlation(), 1e-3, stored.id().toString());
  }

  private static double pearson(double[] x, double[] y) {
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (y[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
      yy += (y[i] - meanY) * (y[i] - meanY);
    }
    return xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy);
  }

  @Test
  void leavesCorrelationsOutWhereTheyNeedTooMuchMemory() {
    Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
    IndexSettings poor =
        new IndexSettings(
            List.of(1), OptionalLong.empty(), OptionalDouble.empty(), 12, 5, 4, 2, 100);
    Path store = folder.resolve("store");
    ActivationIndexer.run(subject, corpus, poor, store, Run.silent(0));
    try (FeatureStore opened = FeatureStore.open(store, subject)) {
      assertEquals(List.of(), opened.read(new FeatureId(1, 0)).neurons());
      assertEquals(List.of(1), opened.layers());
      LoupeException missing =
          assertThrows(LoupeException.class, () -> opened.read(new FeatureId(0, 0)));
      assertTrue(missing.getMessage().contains("no features of layer 0"), missing.getMessage());
    }
  }

  @Test
  void aCorpusThatIsShorterThanAskedForIsRefusedBeforeTheModelReads() {
    Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
    LoupeException error =
        assertThrows(
            LoupeException.class,
            () ->
                ActivationIndexer.run(
                    subject,
                    corpus,
                    SampleIndex.settings(1_000_000),
                    folder.resolve("store"),
                    Run.silent(0)));
    assertTrue(error.getMessage().contains("fewer than the 1,000,000"), error.getMessage());
    assertFalse(Files.exists(folder.resolve("store").resolve(FeatureStore.TOKENS)));
  }

  @Test
  void tokensAreDrawnFromTheWholeOfALargeCorpus() throws IOException {
    Corpus large = SampleIndex.corpus(folder.resolve("large.jsonl"), 3000);
    Path file = folder.resolve("tokens.bin");
    CorpusTokens.write(large, model, SampleIndex.settings(4000), file, _ -> {});
    List<String> first = new ArrayList<>();
    large.read(document -> first.add(document.text()));
    try (TokenFile tokens = TokenFile.open(file)) {
      long[] starts = tokens.documentStarts();
      long last = starts[starts.length - 2];
      int[] ids = new int[Math.toIntExact(starts[starts.length - 1] - last) - 1];
      Arrays.setAll(ids, i -> tokens.id(last + 1 + i));
      int place = first.lastIndexOf(model.tokenizer().decode(ids, false));
      assertTrue(place > 0.8 * first.size(), "the text ends with document " + place);
    }
  }

  @Test
  void aSecondRunStaysOutOfTheStoreUntilTheFirstEnds() {
    Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
    Path store = folder.resolve("store");
    try (var _ = FolderLock.of(store, "index")) {
      LoupeException refused = assertThrows(LoupeException.class, () -> index(subject, store));
      assertTrue(refused.getMessage().contains("another index is writing"), refused.getMessage());
      assertFalse(Files.exists(store.resolve(FeatureStore.TOKENS)));
    }
    index(subject, store);
    try (var _ = FolderLock.of(store, "index")) {
      index(subject, store); // a finished index is only looked at
    }
  }

  private void index(Subject subject, Path store) {
    ActivationIndexer.run(
        subject, corpus, SampleIndex.settings(), store, Duration.ZERO, Run.silent(0));
  }

  @Test
  void aRunThatIsStoppedAnywhereEndsWithTheSameBytes() throws IOException {
    Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
    Path whole = folder.resolve("whole");
    index(subject, whole);
    Path stopped = folder.resolve("stopped");
    int stops = 0;
    while (!Files.exists(stopped.resolve(FeatureStore.FEATURES))) {
      try {
        ActivationIndexer.run(
            subject,
            corpus,
            SampleIndex.settings(),
            stopped,
            Duration.ofHours(1),
            new CountedRun(2, "indexing"));
      } catch (Stopped e) {
        stops++;
        assertTrue(e.saved().orElse("").contains("Saved in " + stopped), e.toString());
      }
    }
    assertTrue(stops > 1, stops + " stops");
    assertEquals(
        -1,
        Files.mismatch(
            whole.resolve(FeatureStore.FEATURES), stopped.resolve(FeatureStore.FEATURES)));
  }

  /** Stops at the k-th question within stretches whose name begins so. */
  private static final class CountedRun implements Run {
    private final String stretch;
    private int left;
    private boolean isIn;

    CountedRun(int stopAt, String stretch) {
      this.left = stopAt;
      this.stretch = stretch;
    }

    @Override
    public long seed() {
      return 0;
    }

    @Override
    public double seconds() {
      return 0;
    }

    @Override
    public boolean stopRequested() {
      return isIn && --left <= 0;
    }

    @Override
    public Steps steps(String what, Counted unit, long total) {
      isIn = what.startsWith(stretch);
      return new Steps(this, _ -> {}, () -> isIn = false);
    }

    @Override
    public void early(Object part) {}
  }

  @Test
  void aFinishedIndexIsLeftAsItIs() throws IOException {
    Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
    Path store = folder.resolve("store");
    ActivationIndexer.run(subject, corpus, SampleIndex.settings(2000), store, Run.silent(0));
    Object before = Files.getLastModifiedTime(store.resolve(FeatureStore.FEATURES));
    ActivationIndexer.run(
        subject, corpus, SampleIndex.settings(2000), store, new CountedRun(1, ""));
    assertEquals(before, Files.getLastModifiedTime(store.resolve(FeatureStore.FEATURES)));
    LoupeException other =
        assertThrows(
            LoupeException.class,
            () ->
                ActivationIndexer.run(
                    subject, corpus, SampleIndex.settings(3000), store, Run.silent(0)));
    assertTrue(
        other.getMessage().contains("tokens asked for was 2000, now it is 3000"),
        other.getMessage());
  }

  @Test
  void saysWhatItWillCost() {
    Subject subject = SampleIndex.subject(model, NeuronBasis.of(model.transformer()));
    IndexCost cost = IndexCost.estimate(subject, corpus, SampleIndex.settings());
    assertEquals(2 * SampleIndex.MLP, cost.features());
    assertTrue(cost.seconds() > 0);
    assertTrue(cost.correlations());
    Path store = folder.resolve("store");
    ActivationIndexer.run(subject, corpus, SampleIndex.settings(), store, Run.silent(0));
    long bytes = store.resolve(FeatureStore.FEATURES).toFile().length();
    long tokens = Integer.BYTES * IndexSettings.MOST_TOKENS_UNASKED;
    // The header of the file is not in it.
    assertEquals((double) bytes, (double) cost.diskBytes() - tokens, 4000);
  }
}
