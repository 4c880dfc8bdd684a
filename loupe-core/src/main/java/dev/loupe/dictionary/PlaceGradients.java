package dev.loupe.dictionary;

import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.TapGradients;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The slope of one logit over another in the real model, by what features write: to first order a
 * feature whose activation changes by δ changes that difference by δ · {@link #slopes(int, int,
 * int...)} (attribution patching). Owns native memory.
 */
public final class PlaceGradients implements AutoCloseable {
  private final Optional<? extends FeatureBasis> basis;

  /** By the value at each place: {@code [pos, d_model]}, or {@code [pos, d_mlp]} for neurons. */
  private final Map<Tap, Tensor> gradients = new LinkedHashMap<>();

  private PlaceGradients(Optional<? extends FeatureBasis> basis) {
    this.basis = basis;
  }

  /**
   * One run forth and back.
   *
   * @param basis of the features; the model's own neurons when empty
   * @param ids of the prompt; the logits are those after its last token
   * @param direction of the logit difference {@code [d_embedding]}
   */
  public static PlaceGradients of(
      Transformer model, Optional<? extends FeatureBasis> basis, int[] ids, Tensor direction) {
    PlaceGradients gradients = new PlaceGradients(basis);
    gradients.gradients.putAll(
        TapGradients.of(
            places(model, basis),
            hooks -> {
              Tensor hidden = model.hidden(TokenBatch.of(ids), hooks, null);
              hidden.select(0, 0).select(0, ids.length - 1L).times(direction).sum().backward();
            },
            gradient -> gradient.select(0, 0).copy()));
    return gradients;
  }

  private static Set<Tap> places(Transformer model, Optional<? extends FeatureBasis> basis) {
    Set<Tap> places = new LinkedHashSet<>();
    if (basis.isPresent()) {
      basis.get().layers().forEach(layer -> places.addAll(basis.get().writes(layer)));
    } else {
      for (int layer = 0; layer < model.config().layers(); layer++) {
        places.add(new Tap(Site.MLP_POST, layer));
      }
    }
    return places;
  }

  /**
   * The slopes by the activations of features of one layer at one position; 0 for neurons of
   * experts that a mixture does not run there.
   */
  public double[] slopes(int layer, int position, int... features) {
    if (features.length == 0) {
      return new double[0];
    }
    try (var _ = NativeScope.open()) {
      if (basis.isEmpty()) {
        return at(new Tap(Site.MLP_POST, layer), position)
            .indexSelect(0, Tensor.indices(features))
            .toDoubles();
      }
      List<Tensor> parts = new ArrayList<>();
      for (Tap place : basis.get().writes(layer)) {
        parts.add(basis.get().decoderRows(layer, place, features).matmul(at(place, position)));
      }
      return parts.stream().reduce(Tensor::plus).orElseThrow().toDoubles();
    }
  }

  private Tensor at(Tap place, int position) {
    return Objects.requireNonNull(gradients.get(place), () -> "no gradient at " + place)
        .select(0, position);
  }

  @Override
  public void close() {
    gradients.values().forEach(Tensor::close);
    gradients.clear();
  }
}
