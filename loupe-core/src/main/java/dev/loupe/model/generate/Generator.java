package dev.loupe.model.generate;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.Generation.GeneratedToken;
import dev.loupe.model.generate.Generation.StopReason;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.StreamingDecoder;
import dev.loupe.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Continues prompts, one token at a time, keeping keys and values of what has been read. The model
 * and the tokenizer stay the caller's, who may close the model during an answer.
 */
public final class Generator {
  /** Prompt positions run at once: bounds the memory of activations. */
  private static final int PREFILL_CHUNK = 2048;

  private final Transformer model;
  private final Tokenizer tokenizer;
  private final Set<Integer> endTokens;
  private final int chunk;

  /**
   * A generator.
   *
   * @param endTokens tokens at which an answer is over
   */
  public Generator(Transformer model, Tokenizer tokenizer, Set<Integer> endTokens) {
    this(model, tokenizer, endTokens, PREFILL_CHUNK);
  }

  Generator(Transformer model, Tokenizer tokenizer, Set<Integer> endTokens, int chunk) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.endTokens = Set.copyOf(endTokens);
    this.chunk = chunk;
  }

  /**
   * Continues a prompt.
   *
   * @param prompt token ids, at least one
   * @param text receives the text in pieces of whole characters as it becomes certain; the pieces
   *     together are the text of the result
   * @param cancelled asked before each token and each part of a long prompt
   * @throws LoupeException if the prompt is empty, does not fit the context or holds ids that the
   *     model does not have
   */
  public Generation generate(
      int[] prompt, SamplingOptions options, Consumer<String> text, BooleanSupplier cancelled) {
    return generate(prompt, options, Hooks.NONE, text, cancelled);
  }

  /**
   * As {@link #generate(int[], SamplingOptions, Consumer, BooleanSupplier)}, with hooks in every
   * run of the model: the first ones over the prompt's positions, then one for each token.
   */
  public Generation generate(
      int[] prompt,
      SamplingOptions options,
      Hooks hooks,
      Consumer<String> text,
      BooleanSupplier cancelled) {
    Prompts.requireUsable(prompt, model.config());
    Run run = new Run(options, text);
    try (var _ = model.lease();
        KeyValueCache cache = new KeyValueCache(model.config().layers())) {
      long start = System.nanoTime();
      Optional<float[]> first = prefill(prompt, hooks, cache, cancelled);
      long read = System.nanoTime();
      StopReason reason = StopReason.CANCELLED;
      int decoded = 0;
      if (first.isPresent()) {
        Optional<StopReason> end = run.take(first.get());
        while (end.isEmpty()) {
          if (cancelled.getAsBoolean()) {
            end = Optional.of(StopReason.CANCELLED);
          } else if (cache.length() == model.config().context()) {
            end = Optional.of(StopReason.CONTEXT_FULL);
          } else {
            end = run.take(step(prompt, run, hooks, cache));
            decoded++;
          }
        }
        reason = end.get();
      }
      Duration prefill = Duration.ofNanos(read - start);
      Duration decode = Duration.ofNanos(System.nanoTime() - read);
      return run.finish(reason, new Generation.Timings(prompt.length, prefill, decoded, decode));
    }
  }

  /** The logits after the prompt, or none when the caller gave up. */
  private Optional<float[]> prefill(
      int[] prompt, Hooks hooks, KeyValueCache cache, BooleanSupplier cancelled) {
    cache.expect(prompt.length);
    for (int from = 0; ; from += chunk) {
      if (cancelled.getAsBoolean()) {
        return Optional.empty();
      }
      int to = Math.min(prompt.length, from + chunk);
      try (var _ = NativeScope.open()) {
        Tensor last =
            model.lastHidden(TokenBatch.of(Arrays.copyOfRange(prompt, from, to)), hooks, cache);
        if (to == prompt.length) {
          return Optional.of(model.unembed(last).toFloats());
        }
      }
    }
  }

  private float[] step(int[] prompt, Run run, Hooks hooks, KeyValueCache cache) {
    if (model.turnsAnew(cache.length(), cache.length() + 1)) {
      // All keys turn otherwise from here on, as in transformers: the text is read once more.
      cache.truncate(0);
      int[] all = IntStream.concat(IntStream.of(prompt), run.ids()).toArray();
      return prefill(all, hooks, cache, () -> false).orElseThrow();
    }
    try (var _ = NativeScope.open()) {
      TokenBatch next = TokenBatch.of(new int[] {run.lastToken()});
      return model.unembed(model.hidden(next, hooks, cache)).toFloats();
    }
  }

  /** What one generation has chosen and said so far. */
  private final class Run {
    private final SamplingOptions options;
    private final Sampler sampler;
    private final StreamingDecoder decoder = tokenizer.streamingDecoder(true);
    private final StopText stop;
    private final Consumer<String> listener;
    private final StringBuilder said = new StringBuilder();
    private final List<GeneratedToken> tokens = new ArrayList<>();

    Run(SamplingOptions options, Consumer<String> listener) {
      this.options = options;
      this.sampler = new Sampler(options);
      this.stop = new StopText(options.stop());
      this.listener = listener;
    }

    IntStream ids() {
      return tokens.stream().mapToInt(GeneratedToken::id);
    }

    int lastToken() {
      return tokens.getLast().id();
    }

    /** Chooses a token; the reason to stop, if it gives one. */
    Optional<StopReason> take(float[] logits) {
      int token = sampler.next(logits);
      tokens.add(new GeneratedToken(token, logProbability(logits, token)));
      if (endTokens.contains(token)) {
        return Optional.of(StopReason.END_TOKEN);
      }
      say(stop.push(decoder.push(token)));
      if (stop.found().isPresent()) {
        return Optional.of(StopReason.STOP_TEXT);
      }
      return tokens.size() == options.maxTokens()
          ? Optional.of(StopReason.MAX_TOKENS)
          : Optional.empty();
    }

    Generation finish(StopReason reason, Generation.Timings timings) {
      say(stop.push(decoder.finish()));
      say(stop.finish());
      // What the decoder had held back may complete a stop text.
      StopReason last = stop.found().isPresent() ? StopReason.STOP_TEXT : reason;
      return new Generation(said.toString(), tokens, last, stop.found(), timings);
    }

    private void say(String piece) {
      if (!piece.isEmpty()) {
        said.append(piece);
        listener.accept(piece);
      }
    }
  }

  private static double logProbability(float[] logits, int token) {
    double top = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      top = Math.max(top, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - top);
    }
    return logits[token] - top - Math.log(sum);
  }
}
