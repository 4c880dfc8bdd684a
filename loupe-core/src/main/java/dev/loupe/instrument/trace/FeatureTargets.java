package dev.loupe.instrument.trace;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Features as targets: their gradients start at what they read, seen through the norm of the MLP
 * where they read behind it.
 *
 * @param features the targets
 * @param starts {@code [target, d_model]}
 * @param isBehindNorm whether the starts are by what the MLP's norm reads
 * @param constants the constants that encoders and the norm add, {@code [target]}
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
record FeatureTargets(
    Node.Feature[] features, Tensor starts, boolean isBehindNorm, float[] constants) {
  static FeatureTargets of(
      FrozenLinear linear, ModelWeights.Layer parts, Tap reads, EdgeSource source, int[] chosen) {
    Node.Feature[] features = source.nodes(chosen);
    Tensor encoders = source.encoders(chosen);
    Tensor own = source.encoderBiases(chosen).copy();
    if (reads.site() != Site.MLP_IN) {
      return new FeatureTargets(features, encoders, false, own.toFloats());
    }
    FrozenLinear.MlpNorm norm = linear.mlpNorm(reads.layer(), parts);
    Tensor shift = FrozenLinear.bias(norm.norm());
    if (shift != null) {
      own.plusInPlace(encoders.matmul(shift));
    }
    int[] positions = Arrays.stream(features).mapToInt(Node.Feature::position).toArray();
    Tensor scale = norm.scale();
    Tensor scales = scale == null ? null : scale.indexSelect(0, Tensor.indices(positions));
    return new FeatureTargets(
        features, linear.throughNorm(norm.norm(), scales, encoders), true, own.toFloats());
  }

  /** Their rows, to be filled. */
  List<TargetRow> rows(double[] flows, int layers) {
    List<TargetRow> rows = new ArrayList<>();
    for (int i = 0; i < features.length; i++) {
      Node.Feature feature = features[i];
      TargetRow row = new TargetRow(feature, feature.layer(), feature.position(), flows[i], layers);
      row.ownBias = constants[i];
      row.mass = Math.abs(constants[i]);
      rows.add(row);
    }
    return rows;
  }
}
