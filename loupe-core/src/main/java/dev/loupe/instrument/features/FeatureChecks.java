package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.FeatureReport.TokenEffect;
import dev.loupe.instrument.features.TextPieces.Batch;
import dev.loupe.instrument.features.TextPieces.Piece;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Runs the model again on a feature's strongest example, as it was and without the feature. */
final class FeatureChecks {
  /** Two orders of the same float32 sums over all layers, beside other texts or alone. */
  static final double TOLERANCE = 1e-3;

  private static final double LEVEL = 0.95;

  private final Subject subject;
  private final TextPieces pieces;

  FeatureChecks(Subject subject, FeatureStore store) {
    this.subject = subject;
    int context = store.context();
    this.pieces = TextPieces.of(store.tokens(), context, Long.MAX_VALUE);
  }

  /** Whether the model does now what the index says that it did. */
  Evidence recomputed(FeatureId id, Example example) {
    Piece piece = pieces.containing(example.index());
    int position = position(piece, example);
    float[] now = new float[1];
    new FeatureRun(subject, List.of(id.layer()))
        .run(
            pieces.batch(List.of(piece)).rows(),
            (_, active, _) -> now[0] = LayerStatistics.value(active, position, id.feature()));
    double gap = Math.abs(now[0] - example.activation()) / Math.abs(example.activation());
    return Evidence.atMost(
        TOLERANCE,
        "The strongest example, read again by this model, has the activation of the index",
        Support.OBSERVED,
        Estimate.exactly(gap, "relative gap"),
        "");
  }

  /** Whether taking the feature away moves the tokens that its direction points at. */
  Optional<Evidence> ablated(FeatureId id, Example example, LogitEffects.Moved moved) {
    List<TokenEffect> tokens =
        Stream.concat(moved.promoted().stream(), moved.suppressed().stream()).distinct().toList();
    if (tokens.isEmpty()) {
      return Optional.empty();
    }
    Piece piece = pieces.containing(example.index());
    Batch batch = pieces.batch(List.of(piece));
    int position = position(piece, example);
    float[] before = logits(batch, position, Hooks.NONE);
    float[] after = logits(batch, position, without(id, position, example.activation()));
    double[] expected = tokens.stream().mapToDouble(TokenEffect::effect).toArray();
    double[] measured =
        tokens.stream().mapToDouble(each -> before[each.token()] - after[each.token()]).toArray();
    return Optional.of(
        Evidence.noted(
            "Changes of these tokens' logits when it is ablated there, compared with its direct effects",
            Support.INTERVENED,
            RankCorrelation.spearman(expected, measured, LEVEL),
            "rank correlation; later layers respond too, so the two need not agree"));
  }

  private float[] logits(Batch batch, int position, Hooks hooks) {
    try (var _ = NativeScope.open()) {
      Transformer model = subject.transformer();
      Tensor hidden = model.hidden(TokenBatch.of(batch.rows()), hooks, null);
      return model
          .unembed(hidden.slice(1, position, position + 1L))
          .to(DType.F32)
          .reshape(-1)
          .toFloats();
    }
  }

  private Hooks without(FeatureId id, int position, double activation) {
    FeatureBasis basis = subject.basis().basis();
    Hooks hooks = Hooks.NONE;
    for (Tap target : basis.writes(id.layer())) {
      hooks =
          hooks.and(
              Hooks.replace(
                  target,
                  value -> {
                    Tensor row = basis.decoderRows(id.layer(), target, id.feature());
                    Tensor changed = value.copy();
                    changed
                        .select(0, 0)
                        .select(0, position)
                        .plusInPlace(row.reshape(-1).to(value.dtype()), -activation);
                    return changed;
                  }));
    }
    return hooks;
  }

  private static int position(Piece piece, Example example) {
    return Math.toIntExact(example.index() - piece.from()) + 1;
  }
}
