package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextModel.Answer;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The value of the answer to changed prompts, and how many texts that has taken. */
final class Scoring {
  private final ExplainRequest request;
  private final TextModel model;
  private final Run run;
  private final String answer;
  private final List<String> tokens;
  private final double[] whole;
  private int texts;

  /** Answers the whole prompt, if no answer is given, and scores it. */
  Scoring(ExplainRequest request, TextModel model, Run run) {
    this.request = request;
    this.model = model;
    this.run = run;
    Prompt prompt = prompt(request.prompt());
    if (request.answer().measure() == Measure.LOG_PROBABILITY) {
      model
          .whyNoScores(prompt)
          .ifPresent(reason -> {
            throw reason;
          });
    }
    this.answer = request.answer().target().orElseGet(() -> own(prompt));
    if (answer.isEmpty()) {
      throw LoupeException.badInput(
          "the model's answer is empty: it ends at once", "Give the answer to explain (`target`).");
    }
    if (request.answer().measure() == Measure.LOG_PROBABILITY) {
      texts++;
      TextScore score =
          model.score(List.of(new Continuation(prompt, answer)), _ -> run.check()).getFirst();
      this.tokens = request.answer().against().isEmpty() ? score.tokens() : List.of();
      this.whole = columns(List.of(request.prompt())).getFirst();
    } else {
      this.tokens = List.of();
      this.whole =
          request.answer().target().isPresent()
              ? columns(List.of(request.prompt())).getFirst()
              : new double[] {1};
    }
  }

  private String own(Prompt prompt) {
    texts++;
    return model
        .answer(List.of(prompt), request.answer().maxTokens(), _ -> run.check())
        .getFirst()
        .text();
  }

  String answer() {
    return answer;
  }

  /** The answer's tokens, where each has a column. */
  List<String> tokens() {
    return tokens;
  }

  /** The value of the whole prompt. */
  double whole() {
    return whole[0];
  }

  int texts() {
    return texts;
  }

  /** What the values are. */
  String measured() {
    return switch (request.answer().measure()) {
      case LOG_PROBABILITY ->
          switch (request.answer().against().size()) {
            case 0 -> "mean log-probability of the answer's tokens, in nats";
            case 1 -> "log-probability of the answer minus that of the other one, in nats";
            default -> "log-probability of the answer minus the mean of the others', in nats";
          };
      case ROUGE, BLEU, SIMILARITY ->
          similarity().words() + " of the answers with the answer to the whole prompt";
    };
  }

  Prompt prompt(String text) {
    return request.chat()
        ? new Prompt.Chat(Conversation.messages(text))
        : new Prompt.Plain(text, false);
  }

  /** The game of leaving out the players of a text. */
  Game game(UnitText text) {
    return new Game(
        text.players().size(),
        sets -> {
          try (Steps steps = run.steps("scoring texts", Counted.PROMPTS, sets.size())) {
            return columns(sets.stream().map(text::without).toList(), steps);
          }
        });
  }

  private List<double[]> columns(List<String> contents) {
    return columns(contents, new Steps(run, _ -> {}, () -> {}));
  }

  private List<double[]> columns(List<String> contents, Steps steps) {
    long distinct = contents.stream().distinct().count();
    if (texts + distinct > request.maxCalls().orElse(Integer.MAX_VALUE)) {
      throw LoupeException.resource(
          String.format(
              Locale.ROOT,
              "%,d texts are to be scored after %,d, and the budget is %,d",
              distinct,
              texts,
              request.maxCalls().orElse(0)),
          "Raise `maxCalls`, take larger units (`levels`), or lower `draws`, `radius` or"
              + " `factor`.");
    }
    texts += Math.toIntExact(distinct);
    return request.answer().measure() == Measure.LOG_PROBABILITY
        ? byProbability(contents, steps)
        : byText(contents, steps);
  }

  private List<double[]> byProbability(List<String> contents, Steps steps) {
    int count = contents.size();
    List<Continuation> asked = new ArrayList<>();
    contents.forEach(each -> asked.add(new Continuation(prompt(each), answer)));
    for (String other : request.answer().against()) {
      contents.forEach(each -> asked.add(new Continuation(prompt(each), other)));
    }
    List<TextScore> scores = model.score(asked, done -> steps.at(done * count / asked.size()));
    List<double[]> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TextScore score = scores.get(i);
      double others = 0;
      for (int place = count + i; place < scores.size(); place += count) {
        others += scores.get(place).sum() / request.answer().against().size();
      }
      columns.add(asked.size() > count ? new double[] {score.sum() - others} : byToken(score));
    }
    return columns;
  }

  /**
   * The mean, then each token's; NaN for these where the prompt's end joins the answer's first
   * token in another way than in the whole prompt.
   */
  private double[] byToken(TextScore score) {
    double[] columns = new double[1 + tokens.size()];
    Arrays.fill(columns, Double.NaN);
    columns[0] = score.sum() / tokens.size();
    if (score.tokens().size() == tokens.size()) {
      for (int t = 0; t < tokens.size(); t++) {
        columns[1 + t] = score.logProbabilities().get(t);
      }
    }
    return columns;
  }

  private List<double[]> byText(List<String> contents, Steps steps) {
    List<Answer> answers =
        model.answer(
            contents.stream().map(this::prompt).toList(), request.answer().maxTokens(), steps::at);
    return answers.stream()
        .map(each -> new double[] {similarity().of(each.text(), answer)})
        .toList();
  }

  private AnswerSimilarity similarity() {
    return new AnswerSimilarity(request.answer().measure(), request.answer().embedding());
  }
}
