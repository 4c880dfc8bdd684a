package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.report.JsonAnswer;
import dev.loupe.report.ReportJson;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * What a search found: of the two that can be asked, the one that was.
 *
 * @param onText the features that fire on a text
 * @param onToken the features that have to do with a token
 */
public record SearchReport(Optional<OnText> onText, Optional<OnToken> onToken)
    implements JsonAnswer {
  /**
   * A feature that fires on a text.
   *
   * @param activation at its peak in the text
   * @param position the token of the text at the peak, from 0
   * @param share of the largest activation that the index knows, above 1 if it is larger
   * @param frequency the share of the index's tokens on which it is above zero
   * @param score by which the list is sorted: the share, at most 1, times the surprise of seeing
   *     the feature at all, −ln(frequency)
   * @param label in words, empty if it has none
   */
  public record Fired(
      FeatureId id,
      double activation,
      int position,
      double share,
      double frequency,
      double score,
      String label) {
    Fired labelled(String text) {
      return new Fired(id, activation, position, share, frequency, score, text);
    }
  }

  /**
   * The features that fire on a text, the telling ones first.
   *
   * @param tokens the text in tokens
   */
  public record OnText(List<String> tokens, List<Fired> features) {
    public OnText {
      tokens = List.copyOf(tokens);
      features = List.copyOf(features);
    }
  }

  /**
   * A feature that has to do with a token.
   *
   * @param peaks share of its strongest examples that peak on the token
   * @param effect what it adds to the token's logit, against the mean of all tokens, when it is as
   *     strong as ever
   * @param label in words, empty if it has none
   */
  public record OfToken(FeatureId id, double peaks, double effect, double frequency, String label) {
    OfToken labelled(String text) {
      return new OfToken(id, peaks, effect, frequency, text);
    }
  }

  /**
   * The features that a token brings up.
   *
   * @param firing those whose strongest examples peak on it, most first
   * @param promoting those that raise its logit, strongest first
   */
  public record OnToken(String token, List<OfToken> firing, List<OfToken> promoting) {
    public OnToken {
      firing = List.copyOf(firing);
      promoting = List.copyOf(promoting);
    }
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, onText.isPresent() ? onText.get() : onToken.orElseThrow());
  }
}
