package dev.loupe.instrument.explain;

import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.tokenizer.Token;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Scores of units from the network's gradients and attention, by the characters of its tokens. */
final class InputGradients {
  private final TokenGradients gradients;
  private final TokenSequence tokens;
  private final int shift;
  private final List<Standing> standing;
  private final List<InputGradients> less;
  private final Map<Method, double[]> known = new EnumMap<>(Method.class);

  private InputGradients(
      TokenGradients gradients,
      TokenSequence tokens,
      int shift,
      List<Standing> standing,
      List<InputGradients> less) {
    this.less = less;
    this.gradients = gradients;
    this.tokens = tokens;
    this.shift = shift;
    this.standing = List.copyOf(standing);
  }

  /** Of the whole prompt and its answer, less those of the answer that it is contrasted with. */
  static InputGradients of(LanguageModel model, Scoring scoring, ExplainRequest request) {
    List<InputGradients> others =
        request.answer().against().stream()
            .map(other -> of(model, scoring, request, other))
            .toList();
    InputGradients own = of(model, scoring, request, scoring.answer());
    return new InputGradients(own.gradients, own.tokens, own.shift, own.standing, others);
  }

  private static InputGradients of(
      LanguageModel model, Scoring scoring, ExplainRequest request, String answer) {
    LocalText local = new LocalText(model);
    Prompt.Plain prompt = local.rendered(scoring.prompt(request.prompt()));
    LocalText.Scored scored = local.tokens(new Continuation(prompt, answer));
    return new InputGradients(
        new TokenGradients(model.transformer(), scored.ids(), scored.from()),
        scored.whole(),
        scored.shift(),
        standing(request, prompt.text()),
        List.of());
  }

  /**
   * Where a part of the request's prompt stands in what the network reads.
   *
   * @param prompt its start in the prompt
   * @param read its start in the other
   */
  private record Standing(int prompt, int read, int length) {
    boolean holds(int place) {
      return place >= read && place < read + length;
    }
  }

  /** A template may strip a turn; then its first words show where it stands. */
  private static List<Standing> standing(ExplainRequest request, String read) {
    String prompt = request.prompt();
    List<Conversation.Turn> turns = request.chat() ? Conversation.turns(prompt) : List.of();
    List<Standing> found = new ArrayList<>();
    int from = 0;
    for (Conversation.Turn turn :
        turns.isEmpty() ? List.of(new Conversation.Turn("", 0, prompt.length())) : turns) {
      String whole = turn.of(prompt);
      String text = read.indexOf(whole, from) >= 0 ? whole : whole.strip();
      int at = read.indexOf(text, from);
      if (at >= 0) {
        found.add(new Standing(turn.start() + whole.indexOf(text), at, text.length()));
        from = at + text.length();
      }
    }
    return found;
  }

  /** The place in the prompt of one in what the network reads; −1 outside it. */
  private int inPrompt(int place) {
    return standing.stream()
        .filter(each -> each.holds(place))
        .mapToInt(each -> each.prompt() + place - each.read())
        .findFirst()
        .orElse(-1);
  }

  /**
   * Σ over the tokens whose first visible character stands in the unit, {@code [player]}; a token
   * of white space alone counts with what follows it.
   */
  double[] of(Method method, UnitText text) {
    double[] positions = known.computeIfAbsent(method, this::positions);
    double[] scores = new double[text.players().size()];
    for (int t = 0; t + shift < positions.length && t < tokens.size(); t++) {
      Token token = tokens.token(t);
      String covered = tokens.covered(t);
      int first = token.startChar() + covered.length() - covered.stripLeading().length();
      int place = inPrompt(first);
      for (int player = 0; player < scores.length; player++) {
        Unit unit = text.units().get(text.players().get(player));
        if (place >= unit.start() && place < unit.end()) {
          scores[player] += positions[t + shift];
        }
      }
    }
    // Attention has no sign: rollout is not contrasted.
    for (InputGradients each : method == Method.ROLLOUT ? List.<InputGradients>of() : less) {
      double[] other = each.of(method, text);
      for (int player = 0; player < scores.length; player++) {
        scores[player] -= other[player] / less.size();
      }
    }
    return scores;
  }

  private double[] positions(Method method) {
    return switch (method) {
      case GRADIENT_INPUT -> gradients.at(1).timesInput();
      case INTEGRATED_GRADIENTS -> gradients.integrated();
      case ROLLOUT -> gradients.rollout();
      case SHAPLEY, L_SHAP, L_SHAP_TRUNCATED, C_LIME, LEAVE_ONE_OUT ->
          throw new IllegalArgumentException(method + " reads no gradients");
    };
  }
}
