package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.geometry.Stitching;
import dev.loupe.model.Hooks;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Optional;

/** Adds each feature of a larger dictionary to a smaller one's reconstruction, while texts run. */
final class StitchWatch implements ActivityReader.Watch {
  private final FeatureBasis smaller;
  private final FeatureBasis larger;
  private final int layer;
  private final int largerLayer;
  private final Stitching stitching;

  private StitchWatch(
      FeatureBasis smaller, int layer, FeatureBasis larger, int largerLayer, Tensor decoder) {
    this.smaller = smaller;
    this.layer = layer;
    this.larger = larger;
    this.largerLayer = largerLayer;
    this.stitching = new Stitching(decoder);
  }

  /**
   * For two sets of one layer each that rebuild what they read, at one place; none for others.
   *
   * @param decoder the larger one's directions, kept by the caller
   */
  static Optional<StitchWatch> of(FeatureSet smaller, FeatureSet larger, Tensor decoder) {
    if (smaller.layers().size() != 1 || larger.layers().size() != 1) {
      return Optional.empty();
    }
    int layer = smaller.layers().getFirst();
    int largerLayer = larger.layers().getFirst();
    boolean rebuild =
        rebuilds(smaller.basis(), layer)
            && rebuilds(larger.basis(), largerLayer)
            && smaller.basis().reads(layer).equals(larger.basis().reads(largerLayer));
    return rebuild
        ? Optional.of(new StitchWatch(smaller.basis(), layer, larger.basis(), largerLayer, decoder))
        : Optional.empty();
  }

  private static boolean rebuilds(FeatureBasis basis, int layer) {
    return basis.writes(layer).getFirst().equals(basis.reads(layer));
  }

  @Override
  public Hooks hooks() {
    return Hooks.observe(
        smaller.reads(layer),
        input -> {
          try (var _ = NativeScope.open()) {
            Tensor flat = ActivityReader.flat(input).to(smaller.dtype());
            SparseActivations small = smaller.encode(layer, flat);
            Tensor errors = flat.minus(smaller.reconstruct(layer, _ -> small, flat));
            add(errors, larger.encode(largerLayer, flat), input.size(0), input.size(1));
          }
        });
  }

  /** All positions but those that begin a document. */
  private void add(Tensor errors, SparseActivations active, int rows, int width) {
    for (int row = 0; row < rows; row++) {
      int first = row * width + 1;
      stitching.add(
          errors.slice(0, first, first + width - 1),
          (position, use) -> {
            int at = first + position;
            for (int i = active.start(at); i < active.start(at + 1); i++) {
              use.feature(active.feature(i), active.value(i));
            }
          });
    }
  }

  @Override
  public void read(int rows, int width) {
    // Everything is done while the stream is at hand.
  }

  /** What was found. */
  Stitching stitching() {
    return stitching;
  }
}
