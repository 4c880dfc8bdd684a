package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Transformer;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.DType;
import java.util.List;
import java.util.Optional;

/**
 * The basis that an instrument works in, and its name in the finding. The basis stays the caller's.
 *
 * @param basis which computes in the model's type
 * @param name {@code neurons}, or what the dictionary is called
 */
public record NamedBasis(FeatureBasis basis, String name) {
  /**
   * Names a basis.
   *
   * @throws LoupeException if the basis computes in bfloat16
   */
  public NamedBasis {
    requireReadable(basis.dtype());
  }

  /**
   * The model's own neurons.
   *
   * @throws LoupeException if the model computes in bfloat16
   */
  public static NamedBasis neurons(Transformer model) {
    return new NamedBasis(NeuronBasis.of(model), "neurons");
  }

  /**
   * A dictionary that was made for the model.
   *
   * @throws LoupeException if the model computes in bfloat16
   */
  public static NamedBasis of(Dictionary dictionary, Transformer model) {
    requireReadable(model.dtype());
    return new NamedBasis(dictionary.computingIn(model.dtype()), dictionary.info().name());
  }

  private static void requireReadable(DType dtype) {
    if (dtype == DType.BF16) {
      throw LoupeException.badInput(
          "features are not read in bfloat16", "Open the model in float32 (`dtype`).");
    }
  }

  /** The basis, if it is a dictionary. */
  public Optional<Dictionary> dictionary() {
    return basis instanceof Dictionary dictionary ? Optional.of(dictionary) : Optional.empty();
  }

  /** The dictionary's files, for the record; none for neurons. */
  public List<Provenance.Input> inputs() {
    return dictionary()
        .map(each -> List.of(new Provenance.Input(name, each.fingerprint())))
        .orElse(List.of());
  }
}
