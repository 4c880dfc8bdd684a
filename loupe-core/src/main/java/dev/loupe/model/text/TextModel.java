package dev.loupe.model.text;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A model as far as text goes in and comes out. What a server does not offer is said by {@link
 * #whyNoScores} before anything is asked.
 */
public interface TextModel {
  /** A continuation of a prompt. */
  record Continuation(Prompt prompt, String text) {}

  /**
   * The prompt's continuation, chosen greedily.
   *
   * @param text of it
   * @param complete whether the model ended it, rather than the bound on its length
   */
  record Answer(String text, boolean complete) {}

  /** Its name for people. */
  String name();

  /**
   * Why this model cannot score a continuation of such a prompt, in words with the alternative;
   * empty if it can.
   */
  Optional<LoupeException> whyNoScores(Prompt prompt);

  /**
   * How likely the model finds each continuation, in the order given. Equal ones are scored once.
   *
   * @param done receives how many of them are scored, rising
   * @throws LoupeException if a text does not fit the model, or {@link #whyNoScores} has a reason
   */
  List<TextScore> score(List<Continuation> continuations, LongConsumer done);

  /**
   * The greedy continuation of each prompt, in the order given. Equal ones are continued once.
   *
   * @param mostTokens of each answer
   * @param done as in {@link #score}
   * @throws LoupeException if a prompt does not fit the model
   */
  List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done);

  /**
   * How continuations are drawn.
   *
   * @param temperature 1 draws from the model's own distribution, 0 takes the likeliest token
   * @param count how many of each prompt
   * @param mostTokens of each
   * @param seed of the draws: the same seed, prompts and count draw the same texts here; a server
   *     may not keep to it
   */
  record Sampling(double temperature, int count, int mostTokens, long seed) {
    /** Of one draw of one prompt. */
    public long seedOf(int prompt, int draw) {
      return seed + 1_000_003L * prompt + draw;
    }
  }

  /**
   * Drawn continuations of each prompt, in the order given.
   *
   * @param done receives how many continuations there are, rising
   * @throws LoupeException if a prompt does not fit the model
   */
  List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done);
}
