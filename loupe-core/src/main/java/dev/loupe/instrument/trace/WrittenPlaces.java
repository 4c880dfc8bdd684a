package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The places that a basis writes to, as the sweep meets them on its way down: there the edges from
 * active features, errors, biases and held positions into each target are read off its gradient.
 * Features that write to several places gather their edges until the lowest has been met.
 */
final class WrittenPlaces {
  /** Positions whose decoder rows are read together, which bounds memory. */
  private static final int POSITIONS = 64;

  private final LocalReplacement replacement;
  private final FeatureBasis basis;

  WrittenPlaces(LocalReplacement replacement) {
    this.replacement = replacement;
    this.basis = replacement.basis();
  }

  /**
   * Whether a trace can follow the basis.
   *
   * @throws LoupeException if it writes to a site that the frozen model cannot follow
   */
  static void require(FeatureBasis basis) {
    try (var _ = NativeScope.open()) {
      basis.layers().forEach(layer -> requireLayer(basis, layer));
    }
  }

  private static void requireLayer(FeatureBasis basis, int layer) {
    Tap reads = basis.reads(layer);
    Tap own = basis.writes(layer).getFirst();
    boolean isRead = Place.STREAM.contains(reads.site()) || reads.site() == Site.MLP_IN;
    boolean isUpwards = reads.layer() == own.layer() && reads.site().compareTo(own.site()) <= 0;
    boolean skips = basis.skip(layer).isPresent();
    boolean isAlone = reads.site() == Site.ATTN_OUT || reads.site() == Site.MLP_OUT;
    if (!isRead || !isUpwards || !Place.STREAM.contains(own.site()) || (skips && isAlone)) {
      throw LoupeException.badInput(
          "a trace cannot follow a dictionary from %s to %s"
              .formatted(Place.name(reads), Place.name(own)),
          "Choose a transcoder, or an SAE on the stream, on what attention adds or on what the MLP adds.");
    }
  }

  LocalReplacement replacement() {
    return replacement;
  }

  /** The layer that replaces the model's own value at the site. */
  Optional<Integer> replacedBy(Tap place) {
    return replacement.replacedBy(place);
  }

  /**
   * Reads off what reaches the targets from a place.
   *
   * @param gradients for each block, by the value at the place: {@code [pos, target, d_model]}
   */
  void meet(Tap place, List<TargetBlock> blocks, List<Tensor> gradients) {
    for (int source : replacement.writers(place)) {
      gather(source, place, blocks, gradients);
    }
    replacement
        .replacedBy(place)
        .ifPresent(layer -> {
          for (int b = 0; b < blocks.size(); b++) {
            try (var _ = NativeScope.open()) {
              constants(layer, place, blocks.get(b), gradients.get(b));
            }
          }
        });
  }

  /** Edges from the active features of a layer, position by position. */
  private void gather(int layer, Tap place, List<TargetBlock> blocks, List<Tensor> gradients) {
    SparseActivations active = replacement.active(layer);
    for (TargetBlock block : blocks) {
      for (TargetRow row : block.rows()) {
        if (row.pending[layer] == null) {
          row.pending[layer] = new float[active.count()];
          row.remainder[layer] = new float[row.position + 1];
        }
      }
    }
    for (int from = 0; from < active.positions(); from += POSITIONS) {
      int to = Math.min(active.positions(), from + POSITIONS);
      try (var _ = NativeScope.open()) {
        int[] features =
            active.features(active.start(from), active.start(to)).sorted().distinct().toArray();
        if (features.length > 0) {
          Tensor rows = basis.decoderRows(layer, place, features);
          for (int position = from; position < to; position++) {
            gatherAt(position, layer, features, rows, blocks, gradients);
          }
        }
      }
    }
  }

  private void gatherAt(
      int position,
      int layer,
      int[] features,
      Tensor rows,
      List<TargetBlock> blocks,
      List<Tensor> gradients) {
    SparseActivations active = replacement.active(layer);
    int from = active.start(position);
    int count = active.start(position + 1) - from;
    if (count == 0) {
      return;
    }
    try (var _ = NativeScope.open()) {
      int[] places =
          active.features(from, from + count).map(f -> Arrays.binarySearch(features, f)).toArray();
      double[] amounts = new double[count];
      Arrays.setAll(amounts, i -> active.value(from + i));
      Tensor writes =
          rows.indexSelect(0, Tensor.indices(places))
              .timesInPlace(Tensor.of(amounts, count, 1).to(rows.dtype()));
      for (int b = 0; b < blocks.size(); b++) {
        if (position < blocks.get(b).positions()) {
          float[] read = gradients.get(b).select(0, position).linear(writes, null).toFloats();
          add(layer, position, from, count, blocks.get(b).rows(), read);
        }
      }
    }
  }

  private static void add(
      int layer, int position, int from, int count, List<TargetRow> rows, float[] read) {
    for (int t = 0; t < rows.size(); t++) {
      float[] pending = rows.get(t).pending[layer];
      if (pending != null && position <= rows.get(t).position) {
        for (int i = 0; i < count; i++) {
          pending[from + i] += read[t * count + i];
        }
      }
    }
  }

  /** Errors, the output bias, and what is held. */
  private void constants(int layer, Tap place, TargetBlock block, Tensor gradient) {
    int positions = block.positions();
    int held = Math.min(replacement.held(), positions);
    float[] errors =
        FrozenLinear.products(gradient, replacement.error(layer).slice(0, 0, positions)).toFloats();
    float[] constants =
        FrozenLinear.products(
                gradient.slice(0, 0, held), replacement.constant(layer).slice(0, 0, held))
            .toFloats();
    float[] biases =
        gradient.slice(0, held, positions).sum(false, 0).matmul(basis.bias(layer)).toFloats();
    for (int t = 0; t < block.rows().size(); t++) {
      TargetRow row = block.rows().get(t);
      row.errors[layer] = block.upTo(row.position, errors, t);
      for (int position = 0; position <= Math.min(held - 1, row.position); position++) {
        row.remainder[layer][position] = constants[position * block.rows().size() + t];
      }
      float[] bias = place.site() == Site.ATTN_OUT ? row.attentionBias : row.mlpBias;
      bias[layer] += biases[t];
      row.mass += row.errorAt(layer) + Math.abs(biases[t]);
    }
  }
}
