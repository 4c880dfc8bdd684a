package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Wherever targets meet the sources from below, the graph is that of a sweep to the bottom. */
@Tag("oracle")
class MeetingLayerTest {
  private static final int LENGTH = 5;

  @Test
  void neuronsOfEveryFamily() {
    int met = 0;
    for (Path folder : ModelFixture.folders()) {
      try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
        if (NeuronBasis.suits(model)) { // such neurons write in no fixed direction
          try (NeuronBasis basis = NeuronBasis.of(model)) {
            met += compare(model, basis, 0);
          }
        }
      }
    }
    assertTrue(met > 5, met + " compared");
  }

  @Test
  void transcodersAndCrossLayerTranscoders() {
    Path root = OracleFiles.at("attribution");
    for (String name : List.of("gpt2-clt-jumprelu", "gpt2-plt-relu", "llama-plt-relu")) {
      Path folder =
          root.resolve("models").resolve(name.startsWith("gpt2") ? "gpt2-tiny" : "llama-tiny");
      try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
          Dictionary opened =
              DictionaryFiles.open(root.resolve("dictionaries").resolve(name), Optional.empty())) {
        for (int held = 0; held < 2; held++) {
          assertTrue(compare(model, opened.computingIn(DType.F64), held) > 0, name);
        }
      }
    }
  }

  @Test
  void aLayerIsChosenThatSparesProducts() {
    Path root = OracleFiles.at("attribution");
    try (Transformer model =
            ModelLoader.transformer(root.resolve("models/gpt2-tiny"), LoadOptions.of(DType.F64));
        Dictionary opened =
            DictionaryFiles.open(root.resolve("dictionaries/gpt2-clt-jumprelu"), Optional.empty());
        FrozenRun run = run(model, opened);
        LocalReplacement replacement =
            LocalReplacement.of(opened.computingIn(DType.F64), run::at, 1)) {
      int chosen = MeetingLayer.of(model, replacement);
      assertTrue(chosen > 0 && chosen < model.config().layers(), "layer " + chosen);
    }
  }

  /** Compares every place to meet; returns how many there are. */
  private static int compare(Transformer model, FeatureBasis basis, int held) {
    if (!MeetingLayer.suits(model, basis)) {
      return 0;
    }
    try (FrozenRun run = run(model, basis);
        LocalReplacement replacement = LocalReplacement.of(basis, run::at, held);
        LogitTargets targets = LogitTargets.of(model, run, LENGTH - 1, List.of())) {
      AttributionGraph expected = graph(model, run, replacement, targets, 0);
      for (int cut = 1; cut < model.config().layers(); cut++) {
        AttributionGraph graph = graph(model, run, replacement, targets, cut);
        assertEquals(expected.nodes(), graph.nodes());
        for (int target = 0; target < graph.nodes().size(); target++) {
          assertEquals(expected.edges().isTarget(target), graph.edges().isTarget(target));
          for (int source = 0; source < graph.nodes().size(); source++) {
            float edge = expected.edges().weight(target, source);
            float gap = Math.abs(edge - graph.edges().weight(target, source));
            if (!(gap <= 1e-6 + 1e-6 * Math.abs(edge))) {
              fail(
                  "%s from %s differs by %g, meeting at layer %d"
                      .formatted(graph.nodes().get(target), graph.nodes().get(source), gap, cut));
            }
          }
        }
      }
      return model.config().layers() - 1;
    }
  }

  private static FrozenRun run(Transformer model, FeatureBasis basis) {
    int[] ids = new Random(5).ints(LENGTH, 0, model.config().vocabulary()).toArray();
    return FrozenRun.of(model, ids, LocalReplacement.taps(basis));
  }

  private static AttributionGraph graph(
      Transformer model,
      FrozenRun run,
      LocalReplacement replacement,
      LogitTargets targets,
      int cut) {
    EdgeSweep sweep =
        new EdgeSweep(
            model,
            run,
            replacement,
            NodeBudget.everything(),
            MassProfile.flat(model.config().layers()),
            _ -> {},
            cut);
    return GraphAssembler.assemble(model.config(), run, sweep.run(targets, LENGTH - 1));
  }
}
