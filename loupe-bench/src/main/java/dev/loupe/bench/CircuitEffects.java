package dev.loupe.bench;

import dev.loupe.circuit.ComponentEdges;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.NodeEffects;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.PromptRun;
import dev.loupe.circuit.Ranking;
import dev.loupe.circuit.Reference;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Effects of a pair's nodes: exact ones of some neurons at each place, attribution patching of all
 * neurons, EAP-IG of all edges between heads and MLPs; one JSON line a measurement, see
 * circuit-vs-hooks.sh. The metric is the logit difference of tokens 5 and 9.
 */
public final class CircuitEffects {
  private static final int CHANGED = 3;
  private static final int STEPS = 5;

  /**
   * Places are thinned out, and each has many neurons, as it has where all that fire are ablated.
   */
  private static final int EVERY_LAYER = 3;

  private static final int EVERY_POSITION = 4;
  private static final int[] STRIDES = {389, 17, 7};

  private CircuitEffects() {}

  /** Arguments: the model's folder, tokens, neurons at each place, threads, repeats. */
  public static void main(String[] arguments) {
    int length = Integer.parseInt(arguments[1]);
    int atEach = Integer.parseInt(arguments[2]);
    Engine.useThreads(Integer.parseInt(arguments[3]));
    try (LanguageModel model =
        LanguageModel.open(Path.of(arguments[0]), LoadOptions.of(DType.F32))) {
      Transformer network = model.transformer();
      int vocabulary = network.config().vocabulary();
      int[] clean = IntStream.range(0, length).map(i -> (i * 7919 + 13) % vocabulary).toArray();
      int[] twin = clean.clone();
      twin[CHANGED]++;
      TokenPair pair = new TokenPair(clean, Optional.of(twin), new int[] {5}, new int[] {9});
      for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
        String state = i == 0 ? "cold" : "warm";
        measured("exact", state, () -> exact(network, pair, atEach));
        measured("attribution", state, () -> attribution(network, pair));
        measured(
            "eap-ig",
            state,
            () -> new ComponentEdges(network).effects(pair, Metric.LOGIT_DIFFERENCE, STEPS));
      }
    }
  }

  private interface Work {
    double[] effects();
  }

  private static void measured(String what, String state, Work work) {
    long start = System.nanoTime();
    long startCpu = TraceSweep.cpu();
    double[] effects = work.effects();
    System.out.printf(
        Locale.ROOT,
        "{\"engine\": \"loupe\", \"what\": \"%s\", \"case\": \"%s\", \"seconds\": %.3f, \"cpu\": %.3f,"
            + " \"count\": %d, \"sum\": %.6g}%n",
        what,
        state,
        (System.nanoTime() - start) / 1e9,
        (TraceSweep.cpu() - startCpu) / 1e9,
        effects.length,
        Arrays.stream(effects).map(Math::abs).sum());
  }

  private static double[] exact(Transformer model, TokenPair pair, int atEach) {
    NeuronBasis basis = NeuronBasis.of(model);
    List<FeatureAt> nodes = new ArrayList<>();
    for (int layer = 1; layer < model.config().layers(); layer += EVERY_LAYER) {
      for (int position = 1; position < pair.length(); position += EVERY_POSITION) {
        for (int k = 0; k < atEach; k++) {
          int neuron =
              (k * STRIDES[0] + layer * STRIDES[1] + position * STRIDES[2]) % basis.features(layer);
          nodes.add(FeatureAt.of(layer, neuron, position));
        }
      }
    }
    PromptRun run = PromptRun.of(model, basis, pair.clean());
    double before = Metric.LOGIT_DIFFERENCE.value(run.logits(), pair, run.logits());
    try (Reference reference = Reference.twin(model, basis, pair.twin());
        NodeEffects effects = new NodeEffects(model, basis, pair.clean())) {
      return effects.values(
          nodes,
          run,
          reference,
          logits -> Metric.LOGIT_DIFFERENCE.value(logits, pair, run.logits()) - before,
          _ -> {});
    }
  }

  /** Of every neuron, summed over positions. */
  private static double[] attribution(Transformer model, TokenPair pair) {
    try (Prepared prepared =
        Prepared.of(
            model,
            NeuronBasis.of(model),
            List.of(pair),
            Metric.LOGIT_DIFFERENCE,
            Optional.empty(),
            _ -> {})) {
      return prepared.scores(Ranking.ATTRIBUTION, Errors.KEPT, _ -> {}).values().stream()
          .mapToDouble(Double::doubleValue)
          .toArray();
    }
  }
}
