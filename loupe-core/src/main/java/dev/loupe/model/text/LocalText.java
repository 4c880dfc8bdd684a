package dev.loupe.model.text;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.Generation;
import dev.loupe.model.generate.Generator;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Token;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * A model whose weights are in hand. Prompt and continuation are tokenised in one piece. Short
 * texts are run side by side, sorted by length. Longer ones are scored one after another in the
 * order of their tokens, so that each shares the longest possible beginning with the one before it,
 * and keys and values of that beginning are computed once.
 */
public final class LocalText implements TextModel {
  /** Positions run at once: bounds the memory of activations. */
  private static final int CHUNK = 512;

  /** Tokens of texts up to which calling the engine takes longer than what sharing saves. */
  private static final int SHORT = 40;

  private static final int SIDE_BY_SIDE = 128;

  private final LanguageModel model;
  private final boolean shares;
  private final int shortest;
  private long positions;

  public LocalText(LanguageModel model) {
    this(model, true, SHORT);
  }

  /**
   * To measure each way alone.
   *
   * @param shares whether a beginning that texts share is computed once
   * @param shortest tokens of texts that are run side by side, at most
   */
  LocalText(LanguageModel model, boolean shares, int shortest) {
    this.model = model;
    this.shares = shares;
    this.shortest = shortest;
  }

  /** The same model computing every text from its first token, to measure what sharing saves. */
  public LocalText withoutSharing() {
    return new LocalText(model, false, 0);
  }

  /** Positions that have been run through the network by this object for scores. */
  public long positionsRun() {
    return positions;
  }

  @Override
  public String name() {
    return model.name();
  }

  @Override
  public Optional<LoupeException> whyNoScores(Prompt prompt) {
    return Optional.empty();
  }

  /**
   * The text that the network reads.
   *
   * @throws LoupeException if the model has no chat template for a conversation
   */
  public Prompt.Plain rendered(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Plain plain -> plain;
      case Prompt.Chat chat ->
          new Prompt.Plain(
              model
                  .chatTemplate()
                  .orElseThrow(() ->
                      LoupeException.badInput(
                          model.name() + " has no chat template",
                          "Give the prompt as plain text (leave out `chat`), or choose a model made"
                              + " for conversations."))
                  .render(chat.messages(), true),
              true);
    };
  }

  /**
   * A text as it is scored.
   *
   * @param ids of prompt and continuation
   * @param from the first position of the continuation, at least 1
   * @param tokens of the continuation, as people read them
   * @param whole prompt and continuation with all tokens that the tokenizer gives
   * @param shift how many tokens stand in {@code ids} before those of {@code whole}
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  public record Scored(int[] ids, int from, List<String> tokens, TokenSequence whole, int shift) {}

  /**
   * Prompt and continuation in one piece, and where the continuation begins.
   *
   * @throws LoupeException if the continuation has no token or the text does not fit the model
   */
  public Scored tokens(Continuation continuation) {
    Prompt.Plain prompt = rendered(continuation.prompt());
    String whole = prompt.text() + continuation.text();
    TokenSequence tokens = model.tokenizer().encode(whole, !prompt.rendered());
    int border = prompt.text().length();
    int from = 0;
    while (from < tokens.size() && !isOf(tokens.token(from), border)) {
      from++;
    }
    int to = from;
    while (to < tokens.size() && isOf(tokens.token(to), border)) {
      to++;
    }
    if (from == to) {
      throw LoupeException.badInput(
          "the answer “%s” has no token".formatted(continuation.text()),
          "Give an answer of at least one character that the model's tokenizer keeps.");
    }
    int[] ids = Arrays.copyOf(tokens.ids(), to);
    List<String> names = tokens.tokens().subList(from, to).stream().map(Token::text).toList();
    int shift = from == 0 ? 1 : 0;
    if (from == 0) {
      ids = IntStream.concat(IntStream.of(start()), Arrays.stream(ids)).toArray();
      from = 1;
    }
    int context = model.transformer().config().context();
    if (ids.length > context) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "prompt and answer are %,d tokens long together and %s reads at most %,d",
              ids.length,
              model.name(),
              context),
          "Shorten the prompt or the answer.");
    }
    return new Scored(ids, from, names, tokens, shift);
  }

  private static boolean isOf(Token token, int border) {
    return !token.added() && token.endChar() > border;
  }

  /** What stands before a text of which the prompt is empty. */
  private int start() {
    OptionalInt begin = model.boundaries().begin();
    return (begin.isPresent() ? begin : model.boundaries().end())
        .orElseThrow(() ->
            LoupeException.badInput(
                "the prompt is empty, and %s has no token that begins a text"
                    .formatted(model.name()),
                "Keep part of the prompt: name it with `fixed`."));
  }

  @Override
  public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
    Map<Continuation, Scored> texts = new LinkedHashMap<>();
    continuations.forEach(each -> texts.computeIfAbsent(each, this::tokens));
    List<Map.Entry<Continuation, Scored>> sorted =
        texts.entrySet().stream()
            .sorted((a, b) -> Arrays.compare(a.getValue().ids(), b.getValue().ids()))
            .toList();
    Map<Continuation, TextScore> scores = new HashMap<>();
    if (texts.values().stream().allMatch(each -> each.ids().length <= shortest)) {
      sideBySide(sorted, scores, continuations.size(), done);
      return continuations.stream().map(scores::get).toList();
    }
    try (var _ = model.lease();
        Shared shared = new Shared()) {
      for (Map.Entry<Continuation, Scored> each : sorted) {
        scores.put(each.getKey(), shared.score(each.getValue()));
        done.accept((long) scores.size() * continuations.size() / sorted.size());
      }
    }
    return continuations.stream().map(scores::get).toList();
  }

  private void sideBySide(
      List<Map.Entry<Continuation, Scored>> asked,
      Map<Continuation, TextScore> scores,
      int all,
      LongConsumer done) {
    LogLikelihood likelihood = new LogLikelihood(model.transformer());
    for (int from = 0; from < asked.size(); from += SIDE_BY_SIDE) {
      List<Map.Entry<Continuation, Scored>> part =
          asked.subList(from, Math.min(asked.size(), from + SIDE_BY_SIDE));
      List<LogLikelihood.Score> found =
          likelihood.of(
              part.stream()
                  .map(Map.Entry::getValue)
                  .map(each ->
                      LogLikelihood.Text.of(
                          Arrays.copyOf(each.ids(), each.from()),
                          Arrays.copyOfRange(each.ids(), each.from(), each.ids().length)))
                  .toList());
      for (int i = 0; i < part.size(); i++) {
        Scored text = part.get(i).getValue();
        scores.put(part.get(i).getKey(), new TextScore(text.tokens(), found.get(i).tokens()));
        positions += text.ids().length;
      }
      done.accept((long) scores.size() * all / asked.size());
    }
  }

  /** Keys and values of the text before, of which the next one keeps the common beginning. */
  private final class Shared implements AutoCloseable {
    private final Transformer network = model.transformer();
    private final KeyValueCache cache = new KeyValueCache(network.config().layers());
    private int[] before = {};

    TextScore score(Scored text) {
      int[] ids = Arrays.copyOf(text.ids(), text.ids().length - 1); // nothing follows the last
      int differs = Arrays.mismatch(ids, before);
      int common = differs < 0 ? ids.length : differs;
      boolean isKept = shares && !network.turnsAnew(before.length, ids.length);
      int kept = isKept ? Math.min(common, text.from() - 1) : 0;
      cache.truncate(kept);
      cache.expect(ids.length);
      before = ids;
      List<Double> values = new ArrayList<>();
      for (int from = kept; from < ids.length; from += CHUNK) {
        int to = Math.min(ids.length, from + CHUNK);
        try (var _ = NativeScope.open()) {
          Tensor hidden =
              network.hidden(TokenBatch.of(Arrays.copyOfRange(ids, from, to)), Hooks.NONE, cache);
          int first = Math.max(from, text.from() - 1);
          if (first < to) {
            Tensor rows = hidden.select(0, 0).slice(0, first - from, to - from);
            values.addAll(logProbabilities(rows, text.ids(), first + 1));
          }
        }
        positions += to - from;
      }
      return new TextScore(text.tokens(), values);
    }

    /** One product for all rows, but only one of them at a time in double precision. */
    private List<Double> logProbabilities(Tensor rows, int[] ids, int at) {
      Tensor logits = network.unembed(rows);
      List<Double> found = new ArrayList<>();
      for (int row = 0; row < rows.size(0); row++) {
        try (var _ = NativeScope.open()) {
          Tensor own = logits.select(0, row).to(DType.F64).logSoftmax(-1);
          found.add(own.select(0, ids[at + row]).item());
        }
      }
      return found;
    }

    @Override
    public void close() {
      cache.close();
    }
  }

  @Override
  public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
    Generator generator = new Generator(model.transformer(), model.tokenizer(), model.endTokens());
    Map<Prompt, Answer> answers = new HashMap<>();
    List<Answer> all = new ArrayList<>();
    for (Prompt prompt : prompts) {
      Answer answer =
          answers.computeIfAbsent(
              prompt,
              each -> answer(generator, rendered(each), SamplingOptions.greedy(mostTokens)));
      all.add(answer);
      done.accept(all.size());
    }
    return all;
  }

  @Override
  public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
    Generator generator = new Generator(model.transformer(), model.tokenizer(), model.endTokens());
    List<List<Answer>> all = new ArrayList<>();
    for (int number = 0; number < prompts.size(); number++) {
      Prompt.Plain prompt = rendered(prompts.get(number));
      List<Answer> drawn = new ArrayList<>();
      for (int draw = 0; draw < sampling.count(); draw++) {
        drawn.add(
            answer(
                generator,
                prompt,
                SamplingOptions.sampling(
                    sampling.temperature(), sampling.mostTokens(), sampling.seedOf(number, draw))));
        done.accept((long) number * sampling.count() + draw + 1);
      }
      all.add(drawn);
    }
    return all;
  }

  private Answer answer(Generator generator, Prompt.Plain prompt, SamplingOptions options) {
    int[] ids = model.tokenizer().ids(prompt.text(), !prompt.rendered());
    Generation generation =
        generator.generate(
            ids.length == 0 ? new int[] {start()} : ids, options, _ -> {}, () -> false);
    return new Answer(
        generation.text(), generation.stopReason() == Generation.StopReason.END_TOKEN);
  }
}
