package dev.loupe.instrument.trace;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureExamples;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.model.DirectPath;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of a feature: the tokens whose logits its output moves most when it goes directly to
 * the unembedding, through the last norm as it was at the explained position.
 */
final class FeatureMeanings {
  private static final int WORDS = 8;
  private static final int AT_ONCE = 64;

  private final Transformer model;
  private final FrozenRun run;
  private final @Nullable FeatureBasis basis;
  private final Tokenizer tokenizer;
  private final int at;

  /**
   * Meanings in a run.
   *
   * @param basis what the features are of, null for the model's own neurons
   */
  FeatureMeanings(
      Transformer model, FrozenRun run, @Nullable FeatureBasis basis, Tokenizer tokenizer, int at) {
    this.model = model;
    this.run = run;
    this.basis = basis;
    this.tokenizer = tokenizer;
    this.at = at;
  }

  /** By node number. */
  Map<Integer, TraceReport.Meaning> of(AttributionGraph graph, List<Integer> features) {
    Map<Integer, TraceReport.Meaning> meanings = new HashMap<>();
    for (int from = 0; from < features.size(); from += AT_ONCE) {
      add(meanings, graph, features.subList(from, Math.min(features.size(), from + AT_ONCE)));
    }
    return meanings;
  }

  private void add(
      Map<Integer, TraceReport.Meaning> meanings, AttributionGraph graph, List<Integer> features) {
    try (var _ = NativeScope.open()) {
      Tensor writes = Tensor.stack(written(graph, features), 0);
      Tensor scale = run.scale(Site.FINAL_NORM_SCALE);
      Tensor logits =
          new DirectPath(model)
              .logits(writes, out -> scale == null ? out : out.dividedBy(scale.select(0, at)));
      Tensor centred = logits.minus(logits.mean(true, -1));
      int words = Math.min(WORDS, centred.size(1));
      List<List<TraceReport.TokenWeight>> up = words(centred.topK(words, 1), 1);
      List<List<TraceReport.TokenWeight>> down = words(centred.times(-1).topK(words, 1), -1);
      for (int i = 0; i < features.size(); i++) {
        FeatureId id = ((Node.Feature) graph.nodes().get(features.get(i))).address().id();
        meanings.put(features.get(i), new TraceReport.Meaning(up.get(i), down.get(i), firesOn(id)));
      }
    }
  }

  private Optional<TraceReport.FiresOn> firesOn(FeatureId id) {
    if (!(basis instanceof Dictionary dictionary) || dictionary.examples().isEmpty()) {
      return Optional.empty();
    }
    FeatureExamples.Found found = dictionary.examples().get().of(id, model.config().vocabulary());
    List<TraceReport.Piece> pieces =
        found.examples().stream()
            .map(each ->
                new TraceReport.Piece(
                    each.tokens().stream().map(tokenizer::tokenText).toList(),
                    each.activations(),
                    each.peak()))
            .toList();
    return Optional.of(new TraceReport.FiresOn(found.frequency(), pieces));
  }

  /** What each of some nodes adds to the stream at all places together, {@code d_model} each. */
  List<double[]> writes(AttributionGraph graph, List<Integer> features) {
    try (var _ = NativeScope.open()) {
      return written(graph, features).stream().map(Tensor::toDoubles).toList();
    }
  }

  /** What each adds to the stream at all places together, {@code [d_model]} each. */
  private List<Tensor> written(AttributionGraph graph, List<Integer> nodes) {
    List<Node.Feature> features =
        nodes.stream().map(node -> (Node.Feature) graph.nodes().get(node)).toList();
    if (basis != null) {
      return features.stream().map(feature -> write(basis, feature)).toList();
    }
    Tensor[] all = new Tensor[features.size()];
    // Layer by layer: weights may be widened each time that a layer is asked for.
    Map<Integer, List<Integer>> byLayer = new TreeMap<>();
    for (int i = 0; i < all.length; i++) {
      byLayer.computeIfAbsent(features.get(i).layer(), _ -> new ArrayList<>()).add(i);
    }
    byLayer.forEach((layer, members) -> {
      try (var scope = NativeScope.open()) {
        ModelWeights.Layer parts = model.weights().layer(layer);
        Tensor rows =
            parts.mlp().decoders(members.stream().mapToInt(i -> features.get(i).unit()).toArray());
        for (int row = 0; row < members.size(); row++) {
          int i = members.get(row);
          all[i] = scope.keep(writeOfNeuron(parts, features.get(i), rows.select(0, row)));
        }
      }
    });
    return List.of(all);
  }

  private static Tensor write(FeatureBasis basis, Node.Feature feature) {
    return basis.writes(feature.layer()).stream()
        .map(place -> basis.decoderRows(feature.layer(), place, feature.unit()))
        .reduce(Tensor::plus)
        .orElseThrow()
        .squeeze(0)
        .times(feature.activation());
  }

  /**
   * What a neuron adds.
   *
   * @param row what it writes per unit of activation, {@code [d_model]}
   */
  private Tensor writeOfNeuron(ModelWeights.Layer parts, Node.Feature neuron, Tensor row) {
    return scaled(
            parts.mlpPostNorm(),
            run.scale(Site.MLP_POST_NORM_SCALE, neuron.layer()),
            neuron.position(),
            row.times(neuron.activation()).unsqueeze(0))
        .squeeze(0);
  }

  private Tensor scaled(
      ModelWeights.@Nullable Norm norm, @Nullable Tensor scale, int position, Tensor input) {
    if (norm == null || scale == null) {
      return input;
    }
    Tensor centred =
        model.config().norm() == ModelConfig.Norm.LAYER ? input.minus(input.mean(true, -1)) : input;
    return centred.times(norm.gain()).dividedBy(scale.select(0, position));
  }

  private List<List<TraceReport.TokenWeight>> words(Tensor.Top top, int sign) {
    int width = top.values().size(1);
    float[] weights = top.values().toFloats();
    long[] ids = top.indices().toLongs();
    List<List<TraceReport.TokenWeight>> all = new ArrayList<>();
    for (int row = 0; row < top.values().size(0); row++) {
      List<TraceReport.TokenWeight> words = new ArrayList<>();
      for (int i = row * width; i < (row + 1) * width; i++) {
        words.add(
            new TraceReport.TokenWeight(
                tokenizer.tokenText(Math.toIntExact(ids[i])), (double) sign * weights[i]));
      }
      all.add(words);
    }
    return all;
  }
}
