package dev.loupe.model.generate;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How likely a model finds given continuations of given prompts. Texts of like length are run
 * together, padded on the right; only positions that predict a continuation are unembedded, so
 * memory does not grow with length times vocabulary.
 */
public final class LogLikelihood {
  /** Positions, padding included, that one forward pass of the default may hold. */
  public static final int DEFAULT_POSITIONS = 2048;

  /** Logits that are held at once. */
  private static final int MOST_LOGITS = 1 << 22;

  private final Transformer model;
  private final int mostPositions;

  public LogLikelihood(Transformer model) {
    this(model, DEFAULT_POSITIONS);
  }

  /**
   * As many texts at a time as fit.
   *
   * @param mostPositions positions, padding included, of one forward pass; a single longer text is
   *     still run
   */
  public LogLikelihood(Transformer model, int mostPositions) {
    this.model = model;
    this.mostPositions = mostPositions;
  }

  /**
   * A continuation of a prompt.
   *
   * @param prompt ids of what is given, at least one
   * @param continuation ids of what is scored
   */
  public record Text(List<Integer> prompt, List<Integer> continuation) {
    public Text {
      prompt = List.copyOf(prompt);
      continuation = List.copyOf(continuation);
    }

    /** A continuation of a prompt, from arrays. */
    public static Text of(int[] prompt, int[] continuation) {
      return new Text(
          Arrays.stream(prompt).boxed().toList(), Arrays.stream(continuation).boxed().toList());
    }

    private int[] ids() {
      return IntStream.concat(
              prompt.stream().mapToInt(Integer::intValue),
              continuation.stream().mapToInt(Integer::intValue))
          .toArray();
    }

    private int length() {
      return prompt.size() + continuation.size();
    }
  }

  /**
   * How likely one continuation is.
   *
   * @param tokens natural log of the probability of each of its tokens, given all before it
   * @param greedy whether each is the most probable there, so that greedy generation would produce
   *     the continuation
   */
  public record Score(List<Double> tokens, boolean greedy) {
    public Score {
      tokens = List.copyOf(tokens);
    }

    /** Natural log of the probability of the whole continuation; 0 for an empty one. */
    public double sum() {
      return tokens.stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /**
   * Scores texts.
   *
   * @return one score a text, in their order
   * @throws LoupeException if a prompt is empty, a text does not fit the context or an id is not in
   *     the vocabulary
   */
  public List<Score> of(List<Text> texts) {
    texts.forEach(this::requireUsable);
    List<Integer> longestFirst =
        IntStream.range(0, texts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> -texts.get(i).length()))
            .toList();
    Score[] scores = new Score[texts.size()];
    int from = 0;
    try (var _ = model.lease()) {
      while (from < texts.size()) {
        int longest = texts.get(longestFirst.get(from)).length();
        int to = Math.min(texts.size(), from + Math.max(1, mostPositions / longest));
        List<Integer> chosen = longestFirst.subList(from, to);
        List<Score> part = together(chosen.stream().map(texts::get).toList());
        for (int i = 0; i < chosen.size(); i++) {
          scores[chosen.get(i)] = part.get(i);
        }
        from = to;
      }
    }
    return List.of(scores);
  }

  private List<Score> together(List<Text> texts) {
    TokenBatch batch = TokenBatch.padded(texts.stream().map(Text::ids).toList(), 0, false);
    List<Long> rows = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    for (int b = 0; b < texts.size(); b++) {
      Text text = texts.get(b);
      for (int t = 0; t < text.continuation().size(); t++) {
        rows.add((long) b * batch.length() + text.prompt().size() - 1 + t);
        targets.add(text.continuation().get(t));
      }
    }
    List<Value> values = rows.isEmpty() ? List.of() : values(batch, rows, targets);
    List<Score> scores = new ArrayList<>();
    int next = 0;
    for (Text text : texts) {
      int end = next + text.continuation().size();
      List<Value> own = values.subList(next, end);
      scores.add(
          new Score(
              own.stream().map(Value::logProbability).toList(),
              own.stream().allMatch(Value::largest)));
      next = end;
    }
    return scores;
  }

  /** A target's log-probability, and whether no other token has a larger one. */
  private record Value(double logProbability, boolean largest) {}

  /** The value of each target at its row of the flattened batch. */
  private List<Value> values(TokenBatch batch, List<Long> rows, List<Integer> targets) {
    List<Value> values = new ArrayList<>();
    int chunk = Math.max(1, MOST_LOGITS / model.config().vocabulary());
    try (var _ = NativeScope.open()) {
      Tensor hidden = model.hidden(batch, Hooks.NONE, null);
      Tensor flat = hidden.reshape((long) batch.size() * batch.length(), hidden.size(2));
      for (int from = 0; from < rows.size(); from += chunk) {
        int to = Math.min(rows.size(), from + chunk);
        try (var _ = NativeScope.open()) {
          Tensor logits =
              model.unembed(flat.indexSelect(0, indices(rows.subList(from, to)))).to(DType.F32);
          long[] wanted =
              targets.subList(from, to).stream().mapToLong(Integer::longValue).toArray();
          Tensor picked = logits.logSoftmax(-1).gather(1, Tensor.of(wanted, wanted.length, 1));
          float[] logProbabilities = picked.toFloats();
          long[] largest = logits.argmax(-1).toLongs();
          for (int i = 0; i < wanted.length; i++) {
            values.add(new Value(logProbabilities[i], largest[i] == wanted[i]));
          }
        }
      }
    }
    return values;
  }

  private static Tensor indices(List<Long> rows) {
    long[] values = rows.stream().mapToLong(Long::longValue).toArray();
    return Tensor.of(values, values.length);
  }

  private void requireUsable(Text text) {
    if (text.prompt().isEmpty()) {
      throw LoupeException.badInput(
          "a text to score has an empty prompt",
          "give at least one token before the scored text, such as the begin-of-text token");
    }
    Prompts.requireUsable(text.ids(), model.config());
  }
}
