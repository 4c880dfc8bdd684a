package dev.loupe.model.run;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The first attention that a target's gradient comes through on its way down, or a source's value
 * on its way up. It stands at one position then, so that each head makes one vector of it, of which
 * the pattern gives every other position its share: no products at each of them. Only for layers
 * without norms on what attention adds and behind it.
 */
public final class FirstAttention {
  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;
  private final int layer;
  private final ModelWeights.Attention attention;
  private final Tensor values;
  private final @Nullable Tensor scale;

  /** What stands at a position, {@code [n, d_model]}. */
  public record At(int position, Tensor rows) {}

  /**
   * @param values the map to the values with the norm folded in, {@code [n_kv_heads · d_head,
   *     d_model]}
   * @param scale that norm's denominators {@code [pos, 1]}
   */
  FirstAttention(
      Transformer model, FrozenRun run, int layer, Tensor values, @Nullable Tensor scale) {
    this.model = model;
    this.config = model.config();
    this.run = run;
    this.layer = layer;
    this.attention = model.weights().layer(layer).attention();
    this.values = values;
    this.scale = scale;
  }

  /**
   * From gradients by the stream after attention to those by the stream before the block.
   *
   * @param span how many positions the gradient of a target at a position is laid out over
   * @return {@code [span, n, d_model]} each
   */
  public List<Tensor> down(List<At> targets, IntUnaryOperator span) {
    List<Tensor> outputs = new ArrayList<>();
    for (At at : targets) {
      outputs.add(zeros(span.applyAsInt(at.position), at));
    }
    Tensor perHead =
        values.contiguous().reshape(config.keyValueHeads(), config.headSize(), config.dModel());
    eachPattern((from, to, pattern) -> {
      for (int i = 0; i < outputs.size(); i++) {
        At at = targets.get(i);
        if (at.position >= from && at.position < to) {
          int count = at.rows.size(0);
          Tensor read =
              at.rows
                  .matmul(attention.output().weight())
                  .reshape(count, config.keyValueHeads(), config.groupSize(), config.headSize())
                  .permute(1, 2, 0, 3)
                  .reshape(
                      config.keyValueHeads(), (long) config.groupSize() * count, config.headSize());
          Tensor shares =
              pattern.select(1, at.position - from).slice(1, 0, at.position + 1L).transpose(0, 1);
          if (scale != null) {
            shares = shares.dividedBy(scale.slice(0, 0, at.position + 1L));
          }
          spread(shares, read.matmul(perHead), outputs.get(i).slice(0, 0, at.position + 1L));
        }
      }
    });
    for (int i = 0; i < outputs.size(); i++) {
      outputs.get(i).select(0, targets.get(i).position).plusInPlace(targets.get(i).rows);
    }
    return outputs;
  }

  /**
   * From what sources add to the stream before the block to what they have added after attention.
   *
   * @param first where the layout of a source at a position begins; it goes on to the last position
   * @return {@code [length - first, n, d_model]} each
   */
  public List<Tensor> up(List<At> sources, IntUnaryOperator first) {
    List<Tensor> outputs = new ArrayList<>();
    List<Tensor> heads = new ArrayList<>();
    Tensor perHead =
        attention
            .output()
            .weight()
            .transpose(0, 1)
            .contiguous()
            .reshape(config.heads(), config.headSize(), config.dModel());
    for (At at : sources) {
      outputs.add(zeros(run.length() - first.applyAsInt(at.position), at));
      Tensor value = at.rows.linear(values.contiguous(), null);
      if (scale != null) {
        value.dividedByInPlace(scale.slice(0, at.position, at.position + 1L));
      }
      heads.add(
          value
              .reshape(at.rows.size(0), config.keyValueHeads(), 1, config.headSize())
              .permute(1, 2, 0, 3)
              .expand(-1, config.groupSize(), -1, -1)
              .reshape(config.heads(), at.rows.size(0), config.headSize())
              .matmul(perHead));
    }
    eachPattern((from, to, pattern) -> {
      for (int i = 0; i < outputs.size(); i++) {
        int position = sources.get(i).position;
        int begin = Math.max(from, position);
        if (begin < to) {
          int start = first.applyAsInt(position);
          spread(
              pattern.select(2, position).slice(1, begin - from, to - from).transpose(0, 1),
              heads.get(i),
              outputs.get(i).slice(0, begin - start, to - start));
        }
      }
    });
    for (int i = 0; i < outputs.size(); i++) {
      int position = sources.get(i).position;
      outputs
          .get(i)
          .select(0, position - first.applyAsInt(position))
          .plusInPlace(sources.get(i).rows);
    }
    return outputs;
  }

  private Tensor zeros(int positions, At at) {
    return Tensor.zeros(at.rows.dtype(), positions, at.rows.size(0), config.dModel());
  }

  /**
   * Gives every position its share of each head.
   *
   * @param shares {@code [pos, n_heads]}
   * @param heads {@code n_heads · n · d_model} elements
   * @param into {@code [pos, n, d_model]}
   */
  private void spread(Tensor shares, Tensor heads, Tensor into) {
    Tensor flat = into.reshape(into.size(0), (long) into.size(1) * into.size(2));
    flat.plusMatmulInPlace(shares, heads.reshape(config.heads(), flat.size(1)));
  }

  private interface Rows {
    /** The rows {@code [from, to)} of the pattern, {@code [n_heads, to - from, keys]}. */
    void accept(int from, int to, Tensor pattern);
  }

  private void eachPattern(Rows use) {
    model.eachPatternBlock(
        layer,
        attention,
        run.tokens(),
        run.attentionIn(layer).unsqueeze(0),
        run.length(),
        (from, to, pattern) -> {
          try (var _ = NativeScope.open()) {
            use.accept(from, to, pattern.select(0, 0));
          }
        });
  }
}
