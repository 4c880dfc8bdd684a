package dev.loupe.instrument.features;

import dev.loupe.corpus.Corpus;
import dev.loupe.dictionary.FeatureExamples;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What every feature does on a corpus, kept in a folder. Long work: a run that is stopped leaves
 * what it has counted, and the same request resumes from there, to the same bytes.
 */
public final class IndexFeatures implements Instrument<IndexRequest, IndexReport> {
  /** Features whose strongest example is read again at the end. */
  private static final int CHECKED = 8;

  @Override
  public Card<IndexRequest, IndexReport> card() {
    return new Card<>(
        "features index",
        "What does every feature do on a corpus?",
        "loupe.features-index/1",
        IndexRequest.class,
        IndexReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(IndexRequest request, Subject subject, Run run) {
    Corpus corpus = Corpus.open(request.corpus(), request.strict());
    return subject.hold(
        () -> IndexCost.estimate(subject.watched(run), corpus, request.settings()).cost());
  }

  @Override
  public Finding<IndexReport> ask(IndexRequest request, Subject subject, Run run) {
    Corpus corpus = Corpus.open(request.corpus(), request.strict());
    return subject.hold(() -> {
      ActivationIndexer.run(subject, corpus, request.settings(), request.store(), run);
      Subject watched = subject.watched(run);
      try (FeatureStore store = FeatureStore.open(request.store(), watched)) {
        writeExamples(watched, store);
        return finding(watched, store, run);
      }
    });
  }

  /** For a dictionary that was indexed whole: put beside it, the file is what traces show. */
  private static void writeExamples(Subject subject, FeatureStore store) {
    Path file = store.folder().resolve(FeatureExamples.FILE);
    subject
        .basis()
        .dictionary()
        .filter(each -> each.layers().equals(store.layers()))
        .filter(_ -> !Files.exists(file) && Files.isWritable(store.folder()))
        .ifPresent(dictionary ->
            FeatureExamples.write(file, dictionary, store.facts(), id -> found(store.read(id))));
  }

  private static FeatureExamples.Found found(StoredFeature feature) {
    return new FeatureExamples.Found(
        feature.frequency(),
        feature.strongest().stream()
            .limit(FeatureExamples.MOST)
            .map(each ->
                new FeatureExamples.Example(
                    each.tokens(),
                    each.activations().stream().map(Float::doubleValue).toList(),
                    each.peak()))
            .toList());
  }

  private Finding<IndexReport> finding(Subject subject, FeatureStore store, Run run) {
    List<FeatureId> active = new ArrayList<>();
    long features = 0;
    for (int layer : store.layers()) {
      long[] counts = store.active(layer);
      features += counts.length;
      for (int feature = 0; feature < counts.length; feature++) {
        if (counts[feature] > 0) {
          active.add(new FeatureId(layer, feature));
        }
      }
    }
    String basis = subject.basis().name();
    List<String> caveats = new ArrayList<>();
    caveats.add(FeatureReader.START_LEFT_OUT);
    caveats.addAll(subject.caveats());
    return new Finding<>(
        card().schema(),
        "What does every feature of %s in %s do on this text?"
            .formatted(basis, subject.weights().name()),
        new IndexReport(basis, store.layers(), features, store.counted(), features - active.size()),
        List.of(recomputed(subject, store, active, run)),
        caveats,
        subject.provenance(run));
  }

  /** The model reads a few strongest examples again, each alone. */
  private static Evidence recomputed(
      Subject subject, FeatureStore store, List<FeatureId> active, Run run) {
    FeatureChecks checks = new FeatureChecks(subject, store);
    Random random = new Random(run.seed());
    double largest = 0;
    int tried = Math.min(CHECKED, active.size());
    for (int i = 0; i < tried; i++) {
      FeatureId id = active.get(random.nextInt(active.size()));
      Evidence one = checks.recomputed(id, store.read(id).strongest().getFirst());
      largest = Math.max(largest, one.measured().value());
    }
    return Evidence.atMost(
        FeatureChecks.TOLERANCE,
        "Strongest examples, read again by the model, have the activations of the index",
        Support.OBSERVED,
        Estimate.exactly(largest, "largest relative gap"),
        String.format(Locale.ROOT, "%d features drawn at random", tried));
  }
}
