package dev.loupe.model.text;

import dev.loupe.model.text.TextModel.Answer;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model that answers a question with one of a few words. Where it gives log-probabilities, the
 * likeliest word is taken, divided by how likely the model finds it after a question without
 * content (contextual calibration, Zhao et al. 2021, arXiv:2102.09690): small models prefer one
 * word whatever is asked. Where it gives none, the word that its greedy answer names first.
 */
public final class Judge {
  private static final int MOST_TOKENS = 16;

  private final TextModel model;
  private final List<String> words;
  private final boolean chat;
  private final Optional<String> neutral;

  /**
   * What was chosen.
   *
   * @param word its number; −1 if the answer names none
   * @param probabilities of each word, adding up to 1; empty where the model gives none
   */
  public record Choice(int word, List<Double> probabilities) {
    public Choice {
      probabilities = List.copyOf(probabilities);
    }

    /** How sure it is; 1 where the model gives no probabilities. */
    public double confidence() {
      return word < 0 ? Double.NaN : probabilities.isEmpty() ? 1 : probabilities.get(word);
    }
  }

  /**
   * Makes one.
   *
   * @param words to choose from, in small letters
   * @param chat whether the model's chat template renders the question as a turn
   * @param neutral a question of the same form without content; empty for no calibration
   */
  public Judge(TextModel model, List<String> words, boolean chat, Optional<String> neutral) {
    this.model = model;
    this.words = List.copyOf(words);
    this.chat = chat;
    this.neutral = neutral;
  }

  /** The model's name. */
  public String name() {
    return model.name();
  }

  /** Whether the model gives probabilities to the words. */
  public boolean hasProbabilities() {
    return model.whyNoScores(prompt("?")).isEmpty();
  }

  /**
   * One choice for each question, in their order.
   *
   * @param done receives how many questions are answered, rising
   */
  public List<Choice> choose(List<String> questions, LongConsumer done) {
    if (questions.isEmpty()) {
      return List.of();
    }
    return hasProbabilities() ? scored(questions, done) : said(questions, done);
  }

  private Prompt prompt(String question) {
    return chat
        ? new Prompt.Chat(List.of(new Message("user", question)))
        : Prompt.of(question + "\nAnswer:");
  }

  private List<Choice> scored(List<String> questions, LongConsumer done) {
    List<String> all = new ArrayList<>(questions);
    neutral.ifPresent(all::add);
    List<Continuation> texts = new ArrayList<>();
    for (String question : all) {
      Prompt prompt = prompt(question);
      words.forEach(word -> texts.add(new Continuation(prompt, chat ? word : " " + word)));
    }
    List<TextScore> scores =
        model.score(texts, now -> done.accept(Math.min(questions.size(), now / words.size())));
    List<Choice> choices = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      double[] values = new double[words.size()];
      for (int word = 0; word < values.length; word++) {
        double usual =
            neutral.isEmpty() ? 0 : scores.get(questions.size() * words.size() + word).sum();
        values[word] = scores.get(i * words.size() + word).sum() - usual;
      }
      choices.add(choice(values));
    }
    return choices;
  }

  private static Choice choice(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    double most = values[best];
    double all = Arrays.stream(values).map(value -> Math.exp(value - most)).sum();
    return new Choice(
        best, Arrays.stream(values).mapToObj(value -> Math.exp(value - most) / all).toList());
  }

  private List<Choice> said(List<String> questions, LongConsumer done) {
    List<Answer> answers =
        model.answer(questions.stream().map(this::prompt).toList(), MOST_TOKENS, done);
    return answers.stream().map(each -> new Choice(first(each.text()), List.of())).toList();
  }

  private int first(String answer) {
    int best = -1;
    int at = Integer.MAX_VALUE;
    String small = answer.toLowerCase(Locale.ROOT);
    for (int word = 0; word < words.size(); word++) {
      Matcher matcher =
          Pattern.compile(
                  "(?<![\\p{L}\\p{N}])" + Pattern.quote(words.get(word)) + "(?![\\p{L}\\p{N}])")
              .matcher(small);
      if (matcher.find() && matcher.start() < at) {
        best = word;
        at = matcher.start();
      }
    }
    return best;
  }
}
