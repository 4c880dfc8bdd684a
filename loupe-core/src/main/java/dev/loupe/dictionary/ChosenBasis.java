package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Transformer;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.DType;
import java.util.List;

/**
 * The basis that an instrument was asked to work in, and how its report names it. The basis stays
 * the caller's.
 *
 * @param basis which computes in the model's type
 * @param name {@code neurons}, or what the dictionary is called
 * @param inputs the dictionary, for the record
 */
public record ChosenBasis(FeatureBasis basis, String name, List<Provenance.Input> inputs) {
  /**
   * Copies the list.
   *
   * @throws LoupeException if the basis computes in bfloat16
   */
  public ChosenBasis {
    inputs = List.copyOf(inputs);
    if (basis.dtype() == DType.BF16) {
      throw LoupeException.badInput(
          "features are not read in bfloat16", "Open the model in float32 (leave out --dtype).");
    }
  }

  /**
   * The model's own neurons.
   *
   * @throws LoupeException if the model computes in bfloat16
   */
  public static ChosenBasis neurons(Transformer model) {
    return new ChosenBasis(NeuronBasis.of(model), "neurons", List.of());
  }

  /**
   * A dictionary that was made for the model.
   *
   * @throws LoupeException if the model computes in bfloat16
   */
  public static ChosenBasis of(Dictionary dictionary, Transformer model) {
    String name = dictionary.info().name();
    return new ChosenBasis(
        dictionary.computingIn(model.dtype()),
        name,
        List.of(new Provenance.Input(name, dictionary.fingerprint())));
  }
}
