package dev.loupe.dictionary;

import dev.loupe.model.Transformer;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.DType;
import java.util.List;
import java.util.Optional;

/**
 * The basis that an instrument works in, and its name in the finding. The basis stays the caller's.
 *
 * @param basis which computes in the model's type, unless that is bfloat16
 * @param name {@code neurons}, or what the dictionary is called
 */
public record NamedBasis(FeatureBasis basis, String name) {
  /** The model's own neurons. */
  public static NamedBasis neurons(Transformer model) {
    return new NamedBasis(NeuronBasis.of(model), "neurons");
  }

  /** A dictionary that was made for the model; beside one in bfloat16 it computes as it does. */
  public static NamedBasis of(Dictionary dictionary, Transformer model) {
    boolean isNarrow = model.dtype() == DType.BF16;
    return new NamedBasis(
        isNarrow ? dictionary : dictionary.computingIn(model.dtype()), dictionary.info().name());
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
