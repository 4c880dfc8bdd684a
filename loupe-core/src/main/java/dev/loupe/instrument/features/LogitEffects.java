package dev.loupe.instrument.features;

import static java.util.Objects.requireNonNull;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Place;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.FeatureReport.TokenEffect;
import dev.loupe.model.DirectPath;
import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What features do to the logits when what they write goes straight to the unembedding, through the
 * last norm with the denominator that it has on average. Effects are those of one unit of
 * activation, and relative to the mean over the vocabulary, which moves no probability.
 */
final class LogitEffects {
  private static final int AT_ONCE = 4096;

  private final DirectPath path;
  private final FeatureBasis basis;
  private final Tokenizer tokenizer;
  private final double inverseNorm;

  /** The most promoted tokens and the most suppressed ones, strongest first. */
  record Moved(List<TokenEffect> promoted, List<TokenEffect> suppressed) {}

  LogitEffects(Subject subject, double inverseNorm) {
    this.path = new DirectPath(subject.transformer());
    this.basis = subject.basis().basis();
    this.tokenizer = subject.weights().tokenizer();
    this.inverseNorm = inverseNorm;
  }

  /** Whether all that the features of a layer write goes to the stream. */
  boolean reach(int layer) {
    return basis.writes(layer).stream().allMatch(target -> Place.STREAM.contains(target.site()));
  }

  /** Of one feature. */
  Moved of(FeatureId id, int words) {
    if (!reach(id.layer())) {
      return new Moved(List.of(), List.of());
    }
    try (var _ = NativeScope.open()) {
      Tensor logits =
          path.logits(written(id.layer(), id.feature()), out -> out.times(inverseNorm))
              .to(DType.F32);
      Tensor centred = logits.minus(logits.mean(true, -1)).reshape(-1);
      int count = Math.min(words, centred.size(0));
      return new Moved(
          effects(centred.topK(count, 0), 1), effects(centred.times(-1).topK(count, 0), -1));
    }
  }

  /** Of all features of a layer on one token, {@code [n_features]}. */
  float[] on(int token, int layer) {
    int features = basis.features(layer);
    float[] effects = new float[features];
    if (!reach(layer)) {
      return effects;
    }
    try (var _ = NativeScope.open()) {
      Tensor direction = path.direction(token, out -> out.times(inverseNorm)).transpose(0, 1);
      for (int from = 0; from < features; from += AT_ONCE) {
        int to = Math.min(features, from + AT_ONCE);
        try (var _ = NativeScope.open()) {
          int[] some = IntStream.range(from, to).toArray();
          float[] part = written(layer, some).matmul(direction).reshape(-1).toFloats();
          System.arraycopy(part, 0, effects, from, part.length);
        }
      }
    }
    return effects;
  }

  /** What features write, everywhere together: {@code [n, d_model]}. */
  private Tensor written(int layer, int... features) {
    Tensor sum = null;
    for (Tap target : basis.writes(layer)) {
      Tensor rows = basis.decoderRows(layer, target, features).to(DType.F32);
      sum = sum == null ? rows : sum.plus(rows);
    }
    return requireNonNull(sum, "features write somewhere");
  }

  private List<TokenEffect> effects(Tensor.Top top, int sign) {
    float[] values = top.values().toFloats();
    long[] ids = top.indices().toLongs();
    List<TokenEffect> effects = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      int id = Math.toIntExact(ids[i]);
      effects.add(new TokenEffect(id, tokenizer.tokenText(id), (double) sign * values[i]));
    }
    return effects;
  }
}
