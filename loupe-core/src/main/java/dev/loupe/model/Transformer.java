package dev.loupe.model;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.Leases;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a decoder: embedding, blocks, final norm, unembedding. Every tap of {@link Site} is visited
 * in any family. The caller owns the returned tensors through its open {@link NativeScope}.
 *
 * <p>It may be closed while it runs: a run that has begun completes, and the weights are released
 * after it. Between runs a {@link #lease} keeps them.
 */
public final class Transformer implements AutoCloseable {
  private final ModelConfig config;
  private final ModelWeights weights;
  private final Attention attention;
  private final MlpPass mlps;
  private final Hooks standing;
  private final Leases leases;
  private final Runnable watch;

  public Transformer(ModelConfig config, ModelWeights weights) {
    this(config, weights, Hooks.NONE, new Leases("the network", weights::close), () -> {});
  }

  private Transformer(
      ModelConfig config, ModelWeights weights, Hooks standing, Leases leases, Runnable watch) {
    this.config = config;
    this.weights = weights;
    this.attention = new Attention(config);
    this.mlps = new MlpPass(config);
    this.standing = standing;
    this.leases = leases;
    this.watch = watch;
  }

  /**
   * The same network with hooks in every run, before those of the run; for users of a model that
   * pass no hooks. Either one's close ends both.
   */
  public Transformer with(Hooks hooks) {
    return new Transformer(config, weights, standing.and(hooks), leases, watch);
  }

  /**
   * The same network for work that may be stopped: before every block of every run it calls {@code
   * watch}, whose exception ends the run. Either one's close ends both.
   */
  public Transformer watched(Runnable other) {
    return new Transformer(config, weights, standing, leases, other);
  }

  /**
   * Keeps the weights in place until it is closed, for work over several runs or by hand.
   *
   * @throws LoupeException if the network is closed
   */
  public Lease lease() {
    return leases.lease();
  }

  public ModelConfig config() {
    return config;
  }

  public ModelWeights weights() {
    return weights;
  }

  /** The element type of every computation. */
  public DType dtype() {
    return weights.ends().embedding().dtype();
  }

  /** Whether the first block of this model visits the site, or what is outside the blocks. */
  public boolean has(Site site) {
    return has(new Tap(site, 0));
  }

  /** Whether this model visits the tap. */
  public boolean has(Tap tap) {
    try (var _ = leases.use();
        var _ = NativeScope.open()) {
      ModelWeights.Layer first = weights.layer(tap.layer());
      return switch (tap.site()) {
        case POSITION_EMBEDDING -> weights.ends().positions() != null;
        case EMBEDDING_NORM_SCALE -> weights.ends().embeddingNorm() != null;
        case ATTN_NORM_SCALE -> first.attentionNorm() != null;
        case ATTN_POST_NORM_SCALE -> first.attentionPostNorm() != null;
        case RESID_MID_NORM_SCALE -> first.residMidNorm() != null;
        case MLP_NORM_SCALE -> first.mlpNorm() != null;
        case MLP_POST_NORM_SCALE -> first.mlpPostNorm() != null;
        case RESID_POST_NORM_SCALE -> first.residPostNorm() != null;
        case FINAL_NORM_SCALE -> weights.ends().finalNorm() != null;
        case RESID_MID -> config.block() == ModelConfig.Block.SEQUENTIAL;
        case VALUE_GAIN -> config.projectionClip() != 0;
        case MLP_UP -> config.gated();
        case ROUTER_LOGITS, ROUTER_WEIGHTS -> first.mlp() instanceof ModelWeights.Mixture;
        default -> true;
      };
    }
  }

  /** Logits {@code [batch, pos, d_vocab]} at every position. */
  public Tensor logits(TokenBatch tokens, Hooks hooks) {
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      return scope.keep(unembed(hidden(tokens, hooks, null)));
    }
  }

  /**
   * The input of the unembedding {@code [batch, pos, d_embedding]}; with a cache the tokens
   * continue what it holds. Ask for the hidden states and {@link #unembed} only the positions that
   * are needed when the prompt is long.
   *
   * @throws LoupeException if the tokens reach beyond the positions that the model has
   */
  public Tensor hidden(TokenBatch tokens, Hooks hooks, @Nullable KeyValueCache cache) {
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      return scope.keep(hidden(embed(tokens), tokens, hooks, cache));
    }
  }

  /**
   * Runs for what the hooks see, and no further than the last of them: blocks above it and the last
   * norm are left out.
   */
  public void observe(TokenBatch tokens, Hooks hooks) {
    Hooks all = standing.and(hooks);
    int until = all.blocksNeeded(config.layers());
    try (var _ = leases.use();
        var _ = NativeScope.open()) {
      if (until > config.layers()) {
        hidden(tokens, hooks, null);
      } else {
        Tensor stream = enter(all.apply(Site.EMBEDDING, 0, embed(tokens)), tokens, 0, all);
        blocks(0, until, stream, attention.positions(tokens, 0, 0, dtype()), all, null);
      }
    }
  }

  /**
   * As {@link #hidden(TokenBatch, Hooks, KeyValueCache)} for the last position alone, {@code
   * [batch, 1, d_embedding]}. Of the last block the positions before it need keys and values only,
   * and nothing else of them is computed unless a hook asks for it.
   */
  public Tensor lastHidden(TokenBatch tokens, Hooks hooks, KeyValueCache cache) {
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      Hooks all = standing.and(hooks);
      Tensor embedded = all.apply(Site.EMBEDDING, 0, embed(tokens));
      return scope.keep(last(0, enter(embedded, tokens, cache.length(), all), tokens, all, cache));
    }
  }

  /**
   * The token rows {@code [batch, pos, d_embedding]}, before any scale.
   *
   * @throws LoupeException if the model has no row for a token
   */
  public Tensor embed(TokenBatch tokens) {
    // Texts are checked where they are encoded; ids from elsewhere come here unseen.
    tokens.requireWithin(config.vocabulary());
    long[] flat = tokens.flatIds();
    try (var _ = leases.use()) {
      Tensor rows = weights.ends().embedding().indexSelect(0, Tensor.of(flat, flat.length));
      return rows.reshape(tokens.size(), tokens.length(), rows.size(1));
    }
  }

  /**
   * As {@link #hidden(TokenBatch, Hooks, KeyValueCache)} from given token rows, for gradients by
   * them.
   */
  public Tensor hidden(
      Tensor embedded, TokenBatch tokens, Hooks hooks, @Nullable KeyValueCache cache) {
    int past = cache == null ? 0 : cache.length();
    Hooks all = standing.and(hooks);
    try (var _ = leases.use()) {
      Tensor stream = enter(all.apply(Site.EMBEDDING, 0, embedded), tokens, past, all);
      return through(0, stream, tokens, all, cache);
    }
  }

  /**
   * The rest of a run, from the stream {@code [batch, pos, d_model]} before the block {@code from};
   * when {@code from} is the number of layers only the last norm is left.
   *
   * @param cache what earlier positions left in the blocks that are still to come
   * @return as {@link #hidden(TokenBatch, Hooks, KeyValueCache)}
   */
  public Tensor onward(
      int from, Tensor entering, TokenBatch tokens, Hooks hooks, @Nullable KeyValueCache cache) {
    try (var _ = leases.use()) {
      return through(from, entering, tokens, standing.and(hooks), cache);
    }
  }

  /**
   * Runs one block for its hooks alone.
   *
   * @param entering the block, {@code [batch, pos, d_model]}
   * @param withMlp whether what comes after attention is run too
   */
  public void observe(int layer, Tensor entering, TokenBatch tokens, Hooks hooks, boolean withMlp) {
    try (var _ = leases.use()) {
      Attention.Positions positions = attention.positions(tokens, 0, 0, dtype());
      Hooks all = standing.and(hooks);
      var _ =
          withMlp
              ? block(layer, entering, positions, all, null)
              : beforeMlp(layer, weights.layer(layer), entering, positions, all, null);
    }
  }

  /** As {@link #onward} without hooks for the last position alone: {@link #lastHidden}. */
  public Tensor lastOnward(int from, Tensor entering, TokenBatch tokens, KeyValueCache cache) {
    try (var _ = leases.use()) {
      return last(from, entering, tokens, standing, cache);
    }
  }

  private Tensor last(
      int from, Tensor entering, TokenBatch tokens, Hooks hooks, KeyValueCache cache) {
    int layer = config.layers() - 1;
    int before = tokens.length() - 1;
    if (before == 0
        || from > layer
        || tokens.hasPadding()
        || hooks.blocksNeeded(config.layers()) > layer) {
      return through(from, entering, tokens, hooks, cache).slice(1, before, before + 1L);
    }
    int past = cache.length();
    int length = reach(cache, tokens);
    Attention.Positions positions = attention.positions(tokens, past, length, dtype());
    Tensor stream = blocks(from, layer, entering, positions, hooks, cache);
    ModelWeights.Layer parts = weights.layer(layer);
    Tensor earlier =
        normed(
            parts.attentionNorm(), stream.slice(1, 0, before), Site.ATTN_NORM_SCALE, layer, hooks);
    attention.remember(
        layer,
        parts.attention(),
        earlier,
        attention.positions(tokens.slice(0, before), past, length, dtype()),
        cache);
    cache.advance(before);
    return through(
        layer,
        stream.slice(1, before, before + 1L),
        tokens.slice(before, before + 1),
        hooks,
        cache);
  }

  private Tensor through(
      int from, Tensor entering, TokenBatch tokens, Hooks hooks, @Nullable KeyValueCache cache) {
    int past = cache == null ? 0 : cache.length();
    if (past > 0 && tokens.hasPadding()) {
      throw new IllegalArgumentException("a cache continues unpadded sequences only");
    }
    int length = cache == null ? 0 : reach(cache, tokens);
    Attention.Positions positions = attention.positions(tokens, past, length, dtype());
    Tensor stream = blocks(from, config.layers(), entering, positions, hooks, cache);
    if (cache != null) {
      cache.advance(tokens.length());
    }
    ModelWeights.Ends ends = weights.ends();
    Tensor last = normed(ends.finalNorm(), stream, Site.FINAL_NORM_SCALE, 0, hooks);
    Tensor out = ends.projectOut() == null ? last : ends.projectOut().of(last);
    return hooks.apply(Site.FINAL_HIDDEN, 0, out);
  }

  /** How long the sequences are with these tokens; padded ones each have a length of their own. */
  private int reach(KeyValueCache cache, TokenBatch tokens) {
    if (tokens.hasPadding()) {
      return 0;
    }
    int before = cache.expected();
    int length = Math.max(before, cache.length() + tokens.length());
    if (cache.length() > 0 && turnsAnew(before, length)) {
      throw new IllegalStateException(
          "the keys of a sequence of " + before + " tokens do not serve one of " + length);
    }
    cache.expect(length);
    return length;
  }

  /**
   * Whether a sequence that grows so has to be run again from its start, because all its positions
   * turn otherwise from there on (LongRoPE).
   */
  public boolean turnsAnew(int from, int to) {
    return config.attention().stream()
        .map(ModelConfig.AttentionShape::rotary)
        .filter(Objects::nonNull)
        .anyMatch(rotary -> !rotary.over(from).equals(rotary.over(to)));
  }

  private Tensor blocks(
      int from,
      int until,
      Tensor entering,
      Attention.Positions positions,
      Hooks hooks,
      @Nullable KeyValueCache cache) {
    Tensor stream = entering;
    for (int layer = from; layer < until; layer++) {
      watch.run();
      Tensor before = stream;
      try (var scope = NativeScope.open()) {
        stream = scope.keep(block(layer, before, positions, hooks, cache));
        if (layer > from) {
          scope.giveBack(before); // a long prompt's streams of all layers would fill memory
        }
      }
    }
    return stream;
  }

  /** Logits of hidden states, the soft cap included. */
  public Tensor unembed(Tensor hidden) {
    try (var _ = leases.use()) {
      return capped(unembedUncapped(hidden), config.logitCap());
    }
  }

  /** Logits of hidden states before any soft cap. */
  public Tensor unembedUncapped(Tensor hidden) {
    try (var _ = leases.use()) {
      // Of a slice of positions each row would be multiplied by itself.
      Tensor logits = weights.ends().unembedding().of(hidden.contiguous());
      return config.logitScale() == 1 ? logits : logits.times(config.logitScale());
    }
  }

  /**
   * The attention probabilities of a layer, recomputed a block of query rows at a time from what
   * attention reads: for backward passes over prompts whose patterns are too large to keep.
   *
   * @param parts the layer's attention, as {@link #weights} gave it
   * @param attentionIn {@code [1, pos, d_model]}, the tap {@link Site#ATTN_IN}
   * @param length how many query rows, from the first
   */
  public void eachPatternBlock(
      int layer,
      ModelWeights.Attention parts,
      TokenBatch tokens,
      Tensor attentionIn,
      int length,
      Attention.PatternBlock use) {
    try (var _ = leases.use();
        var _ = NativeScope.open()) {
      attention.eachPatternBlock(
          layer, parts, attentionIn, attention.positions(tokens, 0, 0, dtype()), length, use);
    }
  }

  /**
   * A head's query at a position as a linear map of what attention reads; the score of a head is
   * its query times its key times the layer's scale, before any cap and ALiBi.
   *
   * @param attentionIn at that position, {@code [1, d_model]}
   */
  public Attention.HeadMap queryMap(
      int layer, int head, Attention.Place place, Tensor attentionIn) {
    return attention.map(layer, weights.layer(layer).attention(), false, head, place, attentionIn);
  }

  /** As {@link #queryMap}: the key that a query head looks for, of the key head that it shares. */
  public Attention.HeadMap keyMap(int layer, int head, Attention.Place place, Tensor attentionIn) {
    int shared = head / config.groupSize();
    return attention.map(layer, weights.layer(layer).attention(), true, shared, place, attentionIn);
  }

  static Tensor capped(Tensor scores, double cap) {
    return cap == 0 ? scores : scores.times(1 / cap).tanh().times(cap);
  }

  private Tensor enter(Tensor embedded, TokenBatch tokens, int past, Hooks hooks) {
    ModelWeights.Ends ends = weights.ends();
    Tensor stream =
        config.embeddingScale() == 1 ? embedded : embedded.times(config.embeddingScale());
    if (ends.projectIn() != null) {
      stream = ends.projectIn().of(stream);
    }
    if (ends.positions() != null) {
      long[] positions = tokens.positions(past + config.positionOffset());
      int known = ends.positions().size(0);
      if (Arrays.stream(positions).anyMatch(position -> position >= known)) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "the text has more tokens than the %,d positions that this model has learned",
                known - config.positionOffset()),
            "Shorten the prompt or the answer, or choose a model with a longer context.");
      }
      Tensor rows =
          ends.positions()
              .indexSelect(0, Tensor.of(positions, positions.length))
              .reshape(tokens.size(), tokens.length(), config.dModel());
      stream = stream.plus(hooks.apply(Site.POSITION_EMBEDDING, 0, rows));
    }
    return normed(ends.embeddingNorm(), stream, Site.EMBEDDING_NORM_SCALE, 0, hooks);
  }

  private Tensor block(
      int layer,
      Tensor entering,
      Attention.Positions positions,
      Hooks hooks,
      @Nullable KeyValueCache cache) {
    ModelWeights.Layer parts = weights.layer(layer);
    MlpSource source = beforeMlp(layer, parts, entering, positions, hooks, cache);
    Tensor made = mlps.of(layer, parts.mlp(), source.mlpIn(), hooks);
    Tensor written = hooks.apply(Site.MLP_WRITTEN, layer, made);
    return leave(layer, parts, source.residMid(), written, hooks);
  }

  /**
   * What the second half of a block starts from.
   *
   * @param residMid the stream that the MLP's output is added to, {@code [batch, pos, d_model]}
   * @param mlpIn what the MLP reads, likewise
   */
  public record MlpSource(Tensor residMid, Tensor mlpIn) {}

  /** The first half of a block, from the stream before it; for gradients block by block. */
  public MlpSource beforeMlp(int layer, Tensor residPre, TokenBatch tokens) {
    Attention.Positions positions = attention.positions(tokens, 0, 0, dtype());
    return beforeMlp(layer, weights.layer(layer), residPre, positions, Hooks.NONE, null);
  }

  private MlpSource beforeMlp(
      int layer,
      ModelWeights.Layer parts,
      Tensor entering,
      Attention.Positions positions,
      Hooks hooks,
      @Nullable KeyValueCache cache) {
    Tensor residPre = hooks.apply(Site.RESID_PRE, layer, entering);
    Tensor attentionNormed =
        normed(parts.attentionNorm(), residPre, Site.ATTN_NORM_SCALE, layer, hooks);
    Tensor attentionIn = hooks.apply(Site.ATTN_IN, layer, attentionNormed);
    Tensor mixed;
    try (var scope = NativeScope.open()) {
      mixed =
          scope.keep(attention.of(layer, parts.attention(), attentionIn, positions, hooks, cache));
    }
    Tensor attentionOut =
        hooks.apply(
            Site.ATTN_OUT,
            layer,
            normed(parts.attentionPostNorm(), mixed, Site.ATTN_POST_NORM_SCALE, layer, hooks));

    boolean parallel = config.block() == ModelConfig.Block.PARALLEL;
    Tensor residMid = residPre.plus(attentionOut);
    if (!parallel) {
      residMid =
          hooks.apply(
              Site.RESID_MID,
              layer,
              normed(parts.residMidNorm(), residMid, Site.RESID_MID_NORM_SCALE, layer, hooks));
    }
    Tensor mlpSource = parallel ? residPre : residMid;
    Tensor mlpNormed =
        parallel && parts.mlpNorm() == null
            ? attentionNormed
            : normed(parts.mlpNorm(), mlpSource, Site.MLP_NORM_SCALE, layer, hooks);
    return new MlpSource(residMid, hooks.apply(Site.MLP_IN, layer, mlpNormed));
  }

  /**
   * The stream after a block whose neurons hold {@code post [batch, pos, d_mlp]}.
   *
   * @param residMid {@link Site#RESID_MID}, or in parallel blocks {@link Site#RESID_PRE} plus
   *     {@link Site#ATTN_OUT}; broadcast over the batch and positions of {@code post}
   */
  public Tensor afterNeurons(int layer, Tensor residMid, Tensor post) {
    try (var scope = NativeScope.open()) {
      ModelWeights.Layer parts = weights.layer(layer);
      if (!(parts.mlp() instanceof ModelWeights.Dense mlp)) {
        throw new IllegalArgumentException("layer " + layer + " is a mixture of experts");
      }
      return scope.keep(leave(layer, parts, residMid, mlp.down().of(post), Hooks.NONE));
    }
  }

  /** What the MLP has written joins the stream. */
  private Tensor leave(
      int layer, ModelWeights.Layer parts, Tensor residMid, Tensor written, Hooks hooks) {
    Tensor mlpOut =
        hooks.apply(
            Site.MLP_OUT,
            layer,
            normed(parts.mlpPostNorm(), written, Site.MLP_POST_NORM_SCALE, layer, hooks));
    Tensor residPost =
        normed(
            parts.residPostNorm(), residMid.plus(mlpOut), Site.RESID_POST_NORM_SCALE, layer, hooks);
    return hooks.apply(Site.RESID_POST, layer, residPost);
  }

  /** What the MLPs of this network make of given rows. */
  public MlpPass mlps() {
    return mlps;
  }

  /**
   * The norm of {@code input}, its denominator open to hooks; the input itself where there is no
   * norm.
   */
  private Tensor normed(
      ModelWeights.@Nullable Norm norm, Tensor input, Site scaleSite, int layer, Hooks hooks) {
    if (norm == null) {
      return input;
    }
    if (!hooks.at(scaleSite, layer)) {
      return norm(norm, input);
    }
    Tensor centred =
        config.norm() == ModelConfig.Norm.LAYER ? input.minus(input.mean(true, -1)) : input;
    Tensor meanSquare = centred.square().mean(true, -1);
    Tensor scale = hooks.apply(scaleSite, layer, meanSquare.plus(config.normEpsilon()).sqrt());
    Tensor scaled = centred.dividedBy(scale).times(norm.gain());
    return norm.bias() == null ? scaled : scaled.plus(norm.bias());
  }

  private Tensor norm(ModelWeights.Norm norm, Tensor input) {
    return switch (config.norm()) {
      case LAYER -> input.layerNorm(norm.gain(), norm.bias(), config.normEpsilon());
      case RMS -> input.rmsNorm(norm.gain(), config.normEpsilon());
    };
  }

  /** Refuses new leases; the weights go now, or when nothing uses them any more. */
  @Override
  public void close() {
    leases.close();
  }
}
