package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.DocumentStart;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Result;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.report.JsonAnswer;
import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * What a dictionary was measured to be.
 *
 * @param dictionary its name
 * @param model its name
 * @param result the figures, by layer and of the model with the dictionary in place
 * @param leftOut positions that no figure is of
 * @param start the token that began every document
 */
public record EvaluationReport(
    String dictionary, String model, Result result, LeftOut leftOut, DocumentStart start)
    implements JsonAnswer {
  /** Which positions no figure is of, if any. */
  public Optional<String> remark() {
    return remark(leftOut);
  }

  static Optional<String> remark(LeftOut leftOut) {
    return leftOut.equals(LeftOut.NONE)
        ? Optional.empty()
        : Optional.of("Left out, and not replaced: " + leftOut.words() + ".");
  }

  /** A figure and its interval, for people; {@code form} is that of one number. */
  public static String figure(Estimate estimate, String form) {
    String value = String.format(Locale.ROOT, form, estimate.value());
    return estimate.hasInterval()
        ? value
            + String.format(
                Locale.ROOT, "  [" + form + ", " + form + "]", estimate.low(), estimate.high())
        : value;
  }

  /**
   * The form in JSON.
   *
   * @param positions that were read
   * @param leftOut in words, empty if nothing is
   * @param documentStart the token that began every document
   */
  public record Written(
      String dictionary,
      String model,
      long positions,
      String leftOut,
      DocumentStart documentStart,
      List<DictionaryFigures.LayerFigures> layers,
      List<DictionaryFigures.Replacement> replaced) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    DictionaryFigures figures = DictionaryFigures.of(dictionary, result);
    ReportJson.properties(
        json,
        new Written(
            dictionary,
            model,
            figures.positions(),
            leftOut.words(),
            start,
            figures.layers(),
            figures.replaced()));
  }
}
