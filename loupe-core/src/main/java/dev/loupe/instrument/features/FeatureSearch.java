package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.SearchReport.Fired;
import dev.loupe.instrument.features.SearchReport.OfToken;
import dev.loupe.instrument.features.SearchReport.OnText;
import dev.loupe.instrument.features.SearchReport.OnToken;
import dev.loupe.job.Run;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** From words to features. */
final class FeatureSearch {
  private final Subject subject;
  private final FeatureStore store;
  private final FeatureReader reader;
  private final Run run;

  /** A search of an index that was opened for the same subject. */
  FeatureSearch(Subject subject, FeatureStore store, Run run) {
    this.run = run;
    this.subject = subject;
    this.store = store;
    this.reader = new FeatureReader(subject, store);
  }

  private String label(FeatureId id) {
    run.check();
    return reader.read(id, false).label().map(Label::text).orElse("");
  }

  /**
   * The features that fire on a text.
   *
   * @param layers to look at; empty for all that the index holds
   * @param most how many to name
   * @throws LoupeException if the text is empty or too long, or a layer is not in the index
   */
  OnText onText(String text, List<Integer> layers, int most) {
    Tokenizer tokenizer = subject.weights().tokenizer();
    int[] ids = tokenizer.textIds(text);
    int context = subject.transformer().config().context();
    if (ids.length == 0) {
      throw LoupeException.badInput("the text is empty", "Give at least one word.");
    }
    if (ids.length >= context) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the text has %,d tokens but %s reads at most %,d",
              ids.length,
              subject.weights().name(),
              context - 1),
          "Shorten the text.");
    }
    List<Fired> fired = new ArrayList<>();
    new FeatureRun(subject, chosen(layers))
        .run(row(ids), (layer, active, _) -> fired.addAll(fired(layer, active)));
    fired.sort(Comparator.comparingDouble(Fired::score).reversed());
    return new OnText(
        Arrays.stream(ids).mapToObj(tokenizer::tokenText).toList(),
        fired.stream().limit(most).map(each -> each.labelled(label(each.id()))).toList());
  }

  private int[][] row(int[] ids) {
    int[] row = new int[ids.length + 1];
    row[0] = CorpusTokens.start(subject.weights());
    System.arraycopy(ids, 0, row, 1, ids.length);
    return new int[][] {row};
  }

  /** What the feature is at a position of a text when the text ends there. */
  double atEnd(String text, int position, FeatureId id) {
    int[] ids = Arrays.copyOf(subject.weights().tokenizer().textIds(text), position + 1);
    double[] value = new double[1];
    new FeatureRun(subject, List.of(id.layer()))
        .run(
            row(ids),
            (_, active, _) -> value[0] = LayerStatistics.value(active, position + 1, id.feature()));
    return value[0];
  }

  private List<Integer> chosen(List<Integer> layers) {
    layers.forEach(store::features);
    return layers.isEmpty() ? store.layers() : layers;
  }

  private List<Fired> fired(int layer, SparseActivations active) {
    double[] peaks = new double[active.features()];
    int[] positions = new int[active.features()];
    for (int position = 1; position < active.positions(); position++) {
      for (int i = active.start(position); i < active.start(position + 1); i++) {
        int feature = active.feature(i);
        if (active.value(i) > peaks[feature]) {
          peaks[feature] = active.value(i);
          positions[feature] = position - 1;
        }
      }
    }
    float[] largest = store.largest(layer);
    long[] counts = store.active(layer);
    List<Fired> fired = new ArrayList<>();
    for (int feature = 0; feature < peaks.length; feature++) {
      if (peaks[feature] > 0) {
        double share = largest[feature] > 0 ? peaks[feature] / largest[feature] : 1;
        double frequency = (double) counts[feature] / store.counted();
        // A feature that the corpus never met is as rare as one that it met on half a token.
        double surprise = -Math.log(Math.max(frequency, 0.5 / store.counted()));
        fired.add(
            new Fired(
                new FeatureId(layer, feature),
                peaks[feature],
                positions[feature],
                share,
                frequency,
                Math.min(1, share) * surprise,
                ""));
      }
    }
    return fired;
  }

  /**
   * The features that have to do with a token.
   *
   * @param text of exactly one token, leading space included
   * @throws LoupeException if it is not one token, or a layer is not in the index
   */
  OnToken onToken(String text, List<Integer> layers, int most) {
    int token = subject.weights().tokenizer().singleToken(text);
    LogitEffects effects = new LogitEffects(subject, store.inverseNorm());
    List<OfToken> all = new ArrayList<>();
    for (int layer : chosen(layers)) {
      int[] peaks = store.peaksOn(layer, token);
      float[] onLogit = effects.on(token, layer);
      float[] largest = store.largest(layer);
      long[] counts = store.active(layer);
      for (int feature = 0; feature < peaks.length; feature++) {
        all.add(
            new OfToken(
                new FeatureId(layer, feature),
                (double) peaks[feature] / store.strongest(),
                (double) onLogit[feature] * largest[feature],
                (double) counts[feature] / store.counted(),
                ""));
      }
    }
    return new OnToken(
        subject.weights().tokenizer().tokenText(token),
        all.stream()
            .filter(each -> each.peaks() > 0)
            .sorted(
                Comparator.comparingDouble(OfToken::peaks)
                    .reversed()
                    .thenComparingDouble(OfToken::frequency))
            .limit(most)
            .map(each -> each.labelled(label(each.id())))
            .toList(),
        all.stream()
            .filter(each -> each.effect() > 0)
            .sorted(Comparator.comparingDouble(OfToken::effect).reversed())
            .limit(most)
            .map(each -> each.labelled(label(each.id())))
            .toList());
  }
}
