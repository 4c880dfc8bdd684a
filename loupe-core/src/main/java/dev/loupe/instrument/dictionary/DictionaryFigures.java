package dev.loupe.instrument.dictionary;

import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * What a dictionary was measured to be, in the names that the field gives the figures; the form of
 * {@link DictionaryEvaluation.Result} in JSON.
 *
 * @param name of the dictionary
 * @param positions that were read
 */
public record DictionaryFigures(
    String name, long positions, List<LayerFigures> layers, List<Replacement> replaced) {
  public DictionaryFigures {
    layers = List.copyOf(layers);
    replaced = List.copyOf(replaced);
  }

  /**
   * A layer on the model's own activations.
   *
   * @param fvu fraction of variance unexplained
   * @param l0 features above 0 per position
   * @param dead features that never fired, of {@code features}
   */
  public record LayerFigures(int layer, Estimate fvu, Estimate l0, int dead, int features) {}

  /**
   * The model with reconstructions in place; losses in nats.
   *
   * @param at what was replaced
   * @param zeroLoss with zeros there
   */
  public record Replacement(
      String at,
      Estimate agreement,
      Estimate clearAgreement,
      Estimate divergence,
      Estimate loss,
      Estimate replacedLoss,
      Estimate zeroLoss,
      Estimate lossRecovered) {}

  static DictionaryFigures of(String name, DictionaryEvaluation.Result result) {
    return new DictionaryFigures(
        name,
        result.positions(),
        result.layers().stream()
            .map(layer ->
                new LayerFigures(
                    layer.layer(),
                    layer.unexplained(),
                    layer.active(),
                    layer.dead(),
                    layer.features()))
            .toList(),
        result.replaced().stream()
            .map(each ->
                new Replacement(
                    each.what(),
                    each.agreement(),
                    each.clearAgreement(),
                    each.divergence(),
                    each.loss(),
                    each.replacedLoss(),
                    each.zeroLoss(),
                    each.recovered()))
            .toList());
  }
}
