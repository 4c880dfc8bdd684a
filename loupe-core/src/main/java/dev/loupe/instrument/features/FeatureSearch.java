package dev.loupe.instrument.features;

import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** From words to features. */
public final class FeatureSearch {
  private final FeatureSubject subject;
  private final FeatureStore store;

  /**
   * A feature that fires on a text.
   *
   * @param activation at its peak in the text
   * @param position the token of the text at the peak, from 0
   * @param share of the largest activation that the index knows, above 1 if it is larger
   * @param frequency the share of the index's tokens on which it is above zero
   * @param score by which the list is sorted: the share, at most 1, times the surprise of seeing
   *     the feature at all, −ln(frequency)
   */
  public record Fired(
      FeatureId id,
      double activation,
      int position,
      double share,
      double frequency,
      double score) {}

  /**
   * The features that fire on a text, the telling ones first.
   *
   * @param tokens the text in tokens
   */
  public record OnText(List<String> tokens, List<Fired> features) {
    public OnText {
      tokens = List.copyOf(tokens);
      features = List.copyOf(features);
    }
  }

  /**
   * A feature that has to do with a token.
   *
   * @param peaks share of its strongest examples that peak on the token
   * @param effect what it adds to the token's logit, against the mean of all tokens, when it is as
   *     strong as ever
   */
  public record OfToken(FeatureId id, double peaks, double effect, double frequency) {}

  /**
   * The features that a token brings up.
   *
   * @param firing those whose strongest examples peak on it, most first
   * @param promoting those that raise its logit, strongest first
   */
  public record OnToken(String token, List<OfToken> firing, List<OfToken> promoting) {
    public OnToken {
      firing = List.copyOf(firing);
      promoting = List.copyOf(promoting);
    }
  }

  /** A search of an index that was opened for the same subject. */
  public FeatureSearch(FeatureSubject subject, FeatureStore store) {
    this.subject = subject;
    this.store = store;
  }

  /**
   * The features that fire on a text.
   *
   * @param layers to look at; empty for all that the index holds
   * @param most how many to name
   * @throws LoupeException if the text is empty or too long, or a layer is not in the index
   */
  public OnText onText(String text, List<Integer> layers, int most) {
    Tokenizer tokenizer = subject.model().tokenizer();
    int[] ids = tokenizer.textIds(text);
    int context = subject.model().transformer().config().context();
    if (ids.length == 0) {
      throw LoupeException.badInput("the text is empty", "Give at least one word.");
    }
    if (ids.length >= context) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the text has %,d tokens but %s reads at most %,d",
              ids.length,
              subject.model().name(),
              context - 1),
          "Shorten the text.");
    }
    int[] row = new int[ids.length + 1];
    row[0] = CorpusTokens.start(subject.model());
    System.arraycopy(ids, 0, row, 1, ids.length);
    List<Fired> fired = new ArrayList<>();
    new FeatureRun(subject, chosen(layers))
        .run(new int[][] {row}, (layer, active, _) -> fired.addAll(fired(layer, active)));
    fired.sort(Comparator.comparingDouble(Fired::score).reversed());
    return new OnText(
        Arrays.stream(ids).mapToObj(tokenizer::tokenText).toList(),
        fired.subList(0, Math.min(most, fired.size())));
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
                Math.min(1, share) * surprise));
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
  public OnToken onToken(String text, List<Integer> layers, int most) {
    int token = subject.model().tokenizer().singleToken(text);
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
                (double) counts[feature] / store.counted()));
      }
    }
    return new OnToken(
        subject.model().tokenizer().tokenText(token),
        all.stream()
            .filter(each -> each.peaks() > 0)
            .sorted(
                Comparator.comparingDouble(OfToken::peaks)
                    .reversed()
                    .thenComparingDouble(OfToken::frequency))
            .limit(most)
            .toList(),
        all.stream()
            .filter(each -> each.effect() > 0)
            .sorted(Comparator.comparingDouble(OfToken::effect).reversed())
            .limit(most)
            .toList());
  }
}
