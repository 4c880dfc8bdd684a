package dev.loupe.instrument.explain;

import dev.loupe.encoder.EmbeddingModel;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to explain.
 *
 * @param prompt text that the model continues, or the user's turn of a conversation
 * @param chat whether it is a turn, which the model's chat template renders
 * @param answer what is measured
 * @param parts what can be left out
 * @param scores how the scores are turned into one number a part
 * @param draws random orders of removal with which the explanation is compared; 0 leaves the
 *     comparison out
 * @param maxCalls texts that may be scored; empty for any number
 */
public record ExplainRequest(
    String prompt,
    boolean chat,
    AnswerAsked answer,
    Parts parts,
    Scores scores,
    int draws,
    OptionalInt maxCalls) {
  /** Random orders by default. */
  public static final int DEFAULT_DRAWS = 5;

  public ExplainRequest {
    require(draws >= 0, "`draws`", draws, "0 or more");
    require(maxCalls.orElse(1) >= 1, "`maxCalls`", maxCalls.orElse(0), "1 or more");
  }

  /**
   * The answer that is explained.
   *
   * @param target its text; empty for the model's own greedy answer
   * @param against answers with which it is contrasted: its log-probability less the mean of theirs
   *     is explained
   * @param measure of each text
   * @param maxTokens of an answer that the model gives
   * @param embedding compares answers where {@code measure} is similarity; open until the answer is
   *     there
   */
  public record AnswerAsked(
      Optional<String> target,
      List<String> against,
      Measure measure,
      int maxTokens,
      Optional<EmbeddingModel> embedding) {
    /** Tokens of the model's own answer by default. */
    public static final int DEFAULT_TOKENS = 16;

    /** Without an embedding model. */
    public AnswerAsked(
        Optional<String> target, List<String> against, Measure measure, int maxTokens) {
      this(target, against, measure, maxTokens, Optional.empty());
    }

    public AnswerAsked {
      require(maxTokens >= 1, "`maxTokens`", maxTokens, "1 or more");
      against = List.copyOf(against);
      AnswerSimilarity.require(measure, embedding);
      if (!against.isEmpty() && measure != Measure.LOG_PROBABILITY) {
        throw new IllegalArgumentException(
            "`against` contrasts log-probabilities, and `measure` is " + measure);
      }
    }
  }

  /**
   * The parts of the prompt.
   *
   * @param levels from large to small: the parts of the first level are scored, the strongest is
   *     cut into those of the next, and so on; empty to choose by the prompt
   * @param segments stretches of the prompt that are the units instead, in their order; all else
   *     stays
   * @param fixed stretches of the prompt that always stay
   * @param refine how many units of a level are cut into those of the next
   * @param perturbation what becomes of a unit that is left out; empty for infilling where the
   *     weights are in hand, and deletion on a server
   */
  public record Parts(
      List<Level> levels,
      List<String> segments,
      List<String> fixed,
      int refine,
      Optional<Perturbation> perturbation) {
    /** Chosen by the prompt, the strongest unit refined. */
    public static final Parts DEFAULT =
        new Parts(List.of(), List.of(), List.of(), 1, Optional.empty());

    public Parts {
      levels = List.copyOf(levels);
      segments = List.copyOf(segments);
      fixed = List.copyOf(fixed);
      require(refine >= 1, "`refine`", refine, "1 or more");
      for (int i = 1; i < levels.size(); i++) {
        if (levels.get(i).compareTo(levels.get(i - 1)) <= 0) {
          throw new IllegalArgumentException(
              "`levels` go from large to small, and %s is not smaller than %s"
                  .formatted(levels.get(i).word(), levels.get(i - 1).word()));
        }
      }
      if (levels.contains(Level.SEGMENT)) {
        throw new IllegalArgumentException("`levels` cannot hold segment: give `segments`");
      }
    }

    /** Of one level. */
    public static Parts of(Level level) {
      return new Parts(List.of(level), List.of(), List.of(), 1, Optional.empty());
    }

    /** The same with another fate for units that are left out. */
    public Parts with(Perturbation other) {
      return new Parts(levels, segments, fixed, refine, Optional.of(other));
    }
  }

  /**
   * The method and its settings.
   *
   * @param method empty for exact Shapley values of up to six units and L-SHAP of more
   * @param radius of the window of L-SHAP, in units
   * @param factor texts a unit for C-LIME
   * @param nonzeros units that C-LIME may choose, by the lasso with their weights fitted anew;
   *     empty for all
   * @param ridge penalty of C-LIME's dense fit
   */
  public record Scores(
      Optional<Method> method, int radius, int factor, OptionalInt nonzeros, double ridge) {
    /** Usual settings. */
    public static final Scores DEFAULT =
        new Scores(Optional.empty(), 2, LocalLime.FACTOR, OptionalInt.empty(), 0);

    public Scores {
      require(radius >= 1 && radius <= 5, "`radius`", radius, "from 1 to 5");
      require(factor >= 2, "`factor`", factor, "2 or more");
      require(nonzeros.orElse(1) >= 1, "`nonzeros`", nonzeros.orElse(0), "1 or more");
      require(ridge >= 0 && Double.isFinite(ridge), "`ridge`", ridge, "0 or more");
    }

    /** The usual settings of a method. */
    public static Scores of(Method method) {
      return new Scores(
          Optional.of(method), DEFAULT.radius, DEFAULT.factor, DEFAULT.nonzeros, DEFAULT.ridge);
    }
  }

  /** The model's own continuation of a text. */
  public static ExplainRequest of(String prompt) {
    return new ExplainRequest(
        prompt,
        false,
        new AnswerAsked(
            Optional.empty(), List.of(), Measure.LOG_PROBABILITY, AnswerAsked.DEFAULT_TOKENS),
        Parts.DEFAULT,
        Scores.DEFAULT,
        DEFAULT_DRAWS,
        OptionalInt.empty());
  }

  /** The same of a given answer. */
  public ExplainRequest withTarget(String target) {
    return with(
        new AnswerAsked(
            Optional.of(target),
            answer.against(),
            answer.measure(),
            answer.maxTokens(),
            answer.embedding()));
  }

  /** The same measured otherwise. */
  public ExplainRequest with(AnswerAsked other) {
    return new ExplainRequest(prompt, chat, other, parts, scores, draws, maxCalls);
  }

  /** The same with other parts. */
  public ExplainRequest with(Parts other) {
    return new ExplainRequest(prompt, chat, answer, other, scores, draws, maxCalls);
  }

  /** The same by another method. */
  public ExplainRequest with(Scores other) {
    return new ExplainRequest(prompt, chat, answer, parts, other, draws, maxCalls);
  }

  /** The same compared with that many random orders. */
  public ExplainRequest withDraws(int other) {
    return new ExplainRequest(prompt, chat, answer, parts, scores, other, maxCalls);
  }

  /** The same as a turn of a conversation. */
  public ExplainRequest asChat() {
    return new ExplainRequest(prompt, true, answer, parts, scores, draws, maxCalls);
  }

  /** The same within a budget. */
  public ExplainRequest withMaxCalls(int most) {
    return new ExplainRequest(prompt, chat, answer, parts, scores, draws, OptionalInt.of(most));
  }

  private static void require(boolean legal, String field, Object value, String range) {
    if (!legal) {
      throw new IllegalArgumentException("%s is %s; it must be %s".formatted(field, value, range));
    }
  }
}
