package dev.loupe.model;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Causal self-attention of any family: grouped heads, rotary, ALiBi, windows, caps. Query rows are
 * taken in blocks when the whole pattern would be large and nothing reads it, so that memory grows
 * with the prompt's length, not its square.
 */
public final class Attention {
  /** Patterns up to this many elements are made in one piece. */
  private static final long WHOLE_PATTERN_ELEMENTS = 1L << 23;

  /** Patterns made a block of rows at a time have about as many elements, some times over. */
  private static final long BLOCK_ELEMENTS = 1L << 22;

  private static final int FEWEST_BLOCK_ROWS = 16;
  private static final int MOST_BLOCK_ROWS = 128;

  private final ModelConfig config;

  Attention(ModelConfig config) {
    this.config = config;
  }

  /** What attention needs to know of the tokens: made once a run, shared by the layers. */
  public static final class Positions {
    private final int past;
    private final @Nullable Tensor padding;
    private final IdentityHashMap<Rotary, Rotary.Angles> angles = new IdentityHashMap<>();

    private Positions(int past, @Nullable Tensor padding) {
      this.past = past;
      this.padding = padding;
    }
  }

  /**
   * See {@link Positions}.
   *
   * @param length how many positions the sequences have in all, 0 for as many as the tokens say
   */
  Positions positions(TokenBatch tokens, int past, int length, DType dtype) {
    Tensor padding = null;
    if (tokens.hasPadding()) {
      long[] dead = new long[tokens.size() * tokens.length()];
      for (int i = 0; i < dead.length; i++) {
        dead[i] = tokens.isLive(i / tokens.length(), i % tokens.length()) ? 0 : 1;
      }
      padding = Tensor.of(dead, tokens.size(), 1, 1, tokens.length()).to(DType.BOOL);
    }
    Positions positions = new Positions(past, padding);
    long[] counted = tokens.positions(past);
    for (ModelConfig.AttentionShape shape : config.attention()) {
      Rotary rotary = shape.rotary();
      if (rotary != null && !positions.angles.containsKey(rotary)) {
        positions.angles.put(rotary, rotary.angles(counted, tokens.size(), length, dtype));
      }
    }
    return positions;
  }

  /**
   * What attention of a layer makes of {@code input [batch, pos, d_model]}, before any post-norm.
   */
  Tensor of(
      int layer,
      ModelWeights.Attention parts,
      Tensor input,
      Positions positions,
      Hooks hooks,
      @Nullable KeyValueCache cache) {
    Tensor query = hooks.apply(Site.QUERY, layer, query(layer, parts, input, positions, hooks));
    Tensor key = hooks.apply(Site.KEY, layer, key(layer, parts, input, positions, hooks));
    Tensor value =
        hooks.apply(
            Site.VALUE, layer, heads(values(layer, parts, input, hooks), config.keyValueHeads()));
    if (cache != null) {
      key = cache.appendKeys(layer, key);
      value = cache.appendValues(layer, value);
    }
    Tensor mixed;
    if (hooks.at(Site.ATTN_PATTERN, layer)) {
      Tensor pattern = pattern(layer, parts, query, key, positions, 0, query.size(2));
      mixed = mix(hooks.apply(Site.ATTN_PATTERN, layer, pattern), value);
    } else if (parts.sinks() == null && canBeFused(query)) {
      mixed = fused(layer, query, key, value, positions);
    } else if (fitsWhole(query, key)) {
      mixed = mix(pattern(layer, parts, query, key, positions, 0, query.size(2)), value);
    } else {
      mixed = mixInBlocks(layer, parts, query, key, value, positions);
    }
    mixed = hooks.apply(Site.HEAD_MIX, layer, mixed);
    if (hooks.at(Site.HEAD_OUT, layer)) {
      Tensor heads = hooks.apply(Site.HEAD_OUT, layer, headOutputs(parts, mixed));
      Tensor sum = heads.sum(false, 1);
      Tensor bias = parts.output().bias();
      return hooks.apply(Site.ATTN_WRITTEN, layer, bias == null ? sum : sum.plus(bias));
    }
    return hooks.apply(Site.ATTN_WRITTEN, layer, parts.output().of(joined(mixed)));
  }

  /** Leaves the keys and values of positions that ask for nothing themselves. */
  void remember(
      int layer,
      ModelWeights.Attention parts,
      Tensor input,
      Positions positions,
      KeyValueCache cache) {
    cache.appendKeys(layer, key(layer, parts, input, positions, Hooks.NONE));
    cache.appendValues(layer, heads(clipped(parts.value().of(input)), config.keyValueHeads()));
  }

  /** Queries {@code [batch, n_heads, pos, d_head]}, normed and rotated. */
  private Tensor query(
      int layer, ModelWeights.Attention parts, Tensor input, Positions positions, Hooks hooks) {
    Tensor made = hooks.apply(Site.QUERY_PROJECTED, layer, parts.query().of(input));
    return turned(layer, made, parts.queryNorm(), config.heads(), positions);
  }

  /** Keys {@code [batch, n_kv_heads, pos, d_head]}, normed and rotated. */
  private Tensor key(
      int layer, ModelWeights.Attention parts, Tensor input, Positions positions, Hooks hooks) {
    Tensor made = hooks.apply(Site.KEY_PROJECTED, layer, parts.key().of(input));
    return turned(layer, made, parts.keyNorm(), config.keyValueHeads(), positions);
  }

  private Tensor turned(
      int layer,
      Tensor projected,
      ModelWeights.@Nullable Norm norm,
      int heads,
      Positions positions) {
    Tensor split;
    if (norm == null) {
      split = heads(projected, heads);
    } else if (norm.gain().size(0) == projected.size(2)) {
      split = heads(rmsNorm(projected, norm.gain()), heads);
    } else {
      split = rmsNorm(heads(projected, heads), norm.gain());
    }
    split = clipped(split);
    Rotary rotary = config.attention().get(layer).rotary();
    if (rotary == null) {
      return split;
    }
    Rotary.Angles angles = positions.angles.get(rotary);
    if (angles == null) {
      throw new IllegalStateException("no angles for the rotary of layer " + layer);
    }
    return rotary.rotate(split, angles);
  }

  private Tensor clipped(Tensor projected) {
    double bound = config.projectionClip();
    return bound == 0 ? projected : projected.clamp(-bound, bound);
  }

  /** The factor by which the clip cut each element off, 1 where it did not. */
  private Tensor clipGain(Tensor projected) {
    Tensor zero = projected.equalTo(Tensor.zeros(projected.dtype(), 1));
    return clipped(projected).dividedBy(projected).maskedFill(zero, 1);
  }

  /** Values {@code [batch, pos, n_kv_heads · d_head]}, cut off where the family does so. */
  private Tensor values(int layer, ModelWeights.Attention parts, Tensor input, Hooks hooks) {
    Tensor made = hooks.apply(Site.VALUE_PROJECTED, layer, parts.value().of(input));
    return config.projectionClip() != 0 && hooks.at(Site.VALUE_GAIN, layer)
        ? made.times(hooks.apply(Site.VALUE_GAIN, layer, clipGain(made)))
        : clipped(made);
  }

  /**
   * One head's query or key at one position as a linear map of what attention reads there, rotation
   * included, the denominators of query and key norms and what a clip cuts off held at this
   * input's.
   *
   * @param weight {@code [d_head, d_model]}
   * @param bias {@code [d_head]}
   */
  public record HeadMap(Tensor weight, Tensor bias) {}

  /**
   * A position of a sequence.
   *
   * @param position from 0
   * @param length how many positions the sequence has
   */
  public record Place(int position, int length) {}

  /**
   * See {@link HeadMap}.
   *
   * @param head a query head, or where {@code isKey} a key head
   * @param place of the row in its sequence
   * @param row what attention reads at the position, {@code [1, d_model]}
   */
  HeadMap map(
      int layer, ModelWeights.Attention parts, boolean isKey, int head, Place place, Tensor row) {
    ModelWeights.Linear linear = isKey ? parts.key() : parts.query();
    ModelWeights.Norm norm = isKey ? parts.keyNorm() : parts.queryNorm();
    long from = (long) head * config.headSize();
    long to = from + config.headSize();
    Tensor weight = linear.weight().slice(0, from, to);
    Tensor bias =
        linear.bias() == null
            ? Tensor.zeros(weight.dtype(), config.headSize())
            : linear.bias().slice(0, from, to);
    if (norm != null) {
      Tensor projected = linear.of(row);
      boolean isWhole = norm.gain().size(0) == projected.size(1);
      Tensor normed = isWhole ? projected : projected.slice(1, from, to);
      Tensor denominator = normed.square().mean(false, -1).plus(config.normEpsilon()).sqrt();
      Tensor gain = (isWhole ? norm.gain().slice(0, from, to) : norm.gain()).dividedBy(denominator);
      weight = weight.times(gain.unsqueeze(1));
      bias = bias.times(gain);
    }
    if (config.projectionClip() != 0) {
      Tensor gain = clipGain(row.linear(weight, bias)).squeeze(0);
      weight = weight.times(gain.unsqueeze(1));
      bias = bias.times(gain);
    }
    Rotary rotary = config.attention().get(layer).rotary();
    if (rotary == null) {
      return new HeadMap(weight, bias);
    }
    Rotary.Angles angles =
        rotary.angles(new long[] {place.position()}, 1, place.length(), weight.dtype());
    return new HeadMap(
        turned(rotary, angles, weight), turned(rotary, angles, bias.unsqueeze(1)).squeeze(1));
  }

  /** The columns of {@code [d_head, n]} rotated. */
  private static Tensor turned(Rotary rotary, Rotary.Angles angles, Tensor columns) {
    Tensor heads = columns.transpose(0, 1).unsqueeze(0).unsqueeze(2); // [1, n, 1, d_head]
    return rotary.rotate(heads, angles).squeeze(2).squeeze(0).transpose(0, 1);
  }

  private Tensor rmsNorm(Tensor input, Tensor gain) {
    return input.rmsNorm(gain, config.normEpsilon());
  }

  private Tensor heads(Tensor projected, int heads) {
    return projected
        .reshape(projected.size(0), projected.size(1), heads, config.headSize())
        .transpose(1, 2);
  }

  private static Tensor joined(Tensor heads) {
    return heads
        .transpose(1, 2)
        .reshape(heads.size(0), heads.size(2), (long) heads.size(1) * heads.size(3));
  }

  /**
   * Attention probabilities {@code [batch, n_heads, to − from, keys]} of the query rows {@code
   * [from, to)}; with {@code to} short of the last query, the keys end where causality ends them. A
   * sink's share is left out, so that rows sum to less than one.
   */
  private Tensor pattern(
      int layer,
      ModelWeights.Attention parts,
      Tensor query,
      Tensor key,
      Positions positions,
      int from,
      int to) {
    ModelConfig.AttentionShape shape = config.attention().get(layer);
    int batch = query.size(0);
    int rows = to - from;
    int keys = positions.past + to;
    int groups = config.groupSize();
    Tensor grouped =
        query
            .slice(2, from, to)
            .times(shape.scale())
            .reshape(batch, config.keyValueHeads(), (long) groups * rows, config.headSize());
    Tensor scores =
        grouped
            .matmul(key.slice(2, 0, keys).transpose(2, 3))
            .reshape(batch, config.heads(), rows, keys);
    scores = Transformer.capped(scores, config.attentionCap());
    if (config.alibi()) {
      scores = scores.plus(Alibi.bias(config.heads(), keys, scores.dtype()));
    }
    if (positions.padding == null && !windowed(shape.window(), keys)) {
      // Only the last keys can lie beyond a query: the rest of the pattern is not touched.
      Tensor last = Tensor.range(0, rows);
      scores
          .slice(3, (long) keys - rows, keys)
          .maskedFillInPlace(
              last.unsqueeze(0).greaterThan(last.unsqueeze(1)), Double.NEGATIVE_INFINITY);
    } else {
      scores =
          scores.maskedFill(blocked(shape.window(), positions, from, to), Double.NEGATIVE_INFINITY);
    }
    if (parts.sinks() == null) {
      return scores.softmax(-1);
    }
    Tensor sinks =
        parts.sinks().reshape(1, config.heads(), 1, 1).expand(batch, config.heads(), rows, 1);
    return Tensor.cat(List.of(scores, sinks), 3).softmax(-1).slice(3, 0, keys);
  }

  private static boolean windowed(int window, int keys) {
    return window > 0 && keys > window;
  }

  /** Which keys each query row may not see: {@code [1 or batch, 1, rows, keys]}. */
  private static Tensor blocked(int window, Positions positions, int from, int to) {
    int keys = positions.past + to;
    Tensor row = Tensor.range((long) positions.past + from, keys).unsqueeze(1);
    Tensor column = Tensor.range(0, keys).unsqueeze(0);
    Tensor blocked = column.greaterThan(row);
    if (windowed(window, keys)) {
      blocked = blocked.or(row.plus(1.0 - window).greaterThan(column));
    }
    if (positions.padding != null) {
      // A padded query still sees itself, lest its row be empty and its softmax undefined.
      Tensor self = column.equalTo(row);
      blocked = blocked.or(positions.padding.slice(3, 0, keys)).and(self.not());
    }
    return blocked;
  }

  /** Values mixed by a pattern: {@code [batch, n_heads, rows, d_head]}. */
  private Tensor mix(Tensor pattern, Tensor value) {
    int batch = pattern.size(0);
    int rows = pattern.size(2);
    int keys = pattern.size(3);
    return pattern
        .reshape(batch, config.keyValueHeads(), (long) config.groupSize() * rows, keys)
        .matmul(value.slice(2, 0, keys))
        .reshape(batch, config.heads(), rows, config.headSize());
  }

  /** Whether attention without its pattern being seen may go to the engine in one piece. */
  private boolean canBeFused(Tensor query) {
    return query.size(2) > 1
        && config.attentionCap() == 0
        && !config.alibi()
        && (query.dtype() == DType.F32 || isWidened(query));
  }

  /** Without instructions for bfloat16 its products are float32's anyway: then all at once. */
  private static boolean isWidened(Tensor query) {
    return query.dtype() == DType.BF16 && !Engine.multipliesBfloat16();
  }

  /** Whether the whole pattern is made at once; in bfloat16 only where it is a single block. */
  private boolean fitsWhole(Tensor query, Tensor key) {
    return (query.dtype() != DType.BF16 || query.size(2) <= MOST_BLOCK_ROWS)
        && (long) query.size(0) * config.heads() * query.size(2) * key.size(2)
            <= WHOLE_PATTERN_ELEMENTS;
  }

  /**
   * Values mixed without a pattern in memory. Computed in float32 only: the engine's bfloat16
   * kernel is many times slower than products in blocks where it has no MKL.
   */
  private Tensor fused(int layer, Tensor query, Tensor key, Tensor value, Positions positions) {
    ModelConfig.AttentionShape shape = config.attention().get(layer);
    int rows = query.size(2);
    boolean causal =
        positions.past == 0
            && positions.padding == null
            && (shape.window() == 0 || rows <= shape.window());
    Tensor seen = causal ? null : blocked(shape.window(), positions, 0, rows).not();
    return isWidened(query)
        ? query
            .to(DType.F32)
            .attention(key.to(DType.F32), value.to(DType.F32), seen, causal, shape.scale())
            .to(DType.BF16)
        : query.attention(key, value, seen, causal, shape.scale());
  }

  private Tensor mixInBlocks(
      int layer,
      ModelWeights.Attention parts,
      Tensor query,
      Tensor key,
      Tensor value,
      Positions positions) {
    List<Tensor> blocks = new ArrayList<>();
    int rows = blockRows(query, key);
    for (int from = 0; from < query.size(2); from += rows) {
      int to = Math.min(query.size(2), from + rows);
      try (var scope = NativeScope.open()) {
        blocks.add(scope.keep(mix(pattern(layer, parts, query, key, positions, from, to), value)));
      }
    }
    return Tensor.cat(blocks, 2);
  }

  private int blockRows(Tensor query, Tensor key) {
    long row = (long) query.size(0) * config.heads() * key.size(2);
    return Math.clamp(BLOCK_ELEMENTS / row, FEWEST_BLOCK_ROWS, MOST_BLOCK_ROWS);
  }

  private Tensor headOutputs(ModelWeights.Attention parts, Tensor mixed) {
    Tensor perHead =
        parts
            .output()
            .weight()
            .reshape(config.dModel(), config.heads(), config.headSize())
            .permute(1, 2, 0); // [n_heads, d_head, d_model]
    return mixed.matmul(perHead);
  }

  /**
   * The patterns of a layer recomputed a block of query rows at a time from what attention reads:
   * for backward passes over prompts whose patterns are too large to keep.
   *
   * @param input {@code [1, pos, d_model]}, the tap {@link Site#ATTN_IN}
   */
  void eachPatternBlock(
      int layer,
      ModelWeights.Attention parts,
      Tensor input,
      Positions positions,
      int length,
      PatternBlock use) {
    Tensor query = query(layer, parts, input, positions, Hooks.NONE);
    Tensor key = key(layer, parts, input, positions, Hooks.NONE);
    int rows = blockRows(query, key);
    for (int from = 0; from < length; from += rows) {
      int to = Math.min(length, from + rows);
      try (var _ = NativeScope.open()) {
        use.accept(from, to, pattern(layer, parts, query, key, positions, from, to));
      }
    }
  }

  /** Sees the rows {@code [from, to)} of a pattern: {@code [batch, n_heads, to − from, to]}. */
  @FunctionalInterface
  public interface PatternBlock {
    void accept(int from, int to, Tensor pattern);
  }
}
