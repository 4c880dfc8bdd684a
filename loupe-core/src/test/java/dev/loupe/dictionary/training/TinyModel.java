package dev.loupe.dictionary.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.training.DictionaryPlan.EndToEnd;
import dev.loupe.dictionary.training.DictionaryPlan.Optimisation;
import dev.loupe.dictionary.training.DictionaryPlan.Stream;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.training.AdamW;
import dev.loupe.model.training.Initialisation;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Schedule;
import dev.loupe.model.training.Start;
import dev.loupe.model.training.Trainer;
import dev.loupe.model.training.TrainingListener;
import dev.loupe.model.training.TrainingPlan;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/** A network small enough to be trained in a test, its corpus, and plans for dictionaries of it. */
public final class TinyModel {
  /** Token 0 begins documents and pads. */
  public static final TrainingRows CORPUS = new Rows(64);

  static final int WIDTH = 16;

  private TinyModel() {}

  /** Rows of random words that repeat, some with padding at their end. */
  record Rows(long count) implements TrainingRows {
    @Override
    public int context() {
      return 12;
    }

    @Override
    public void read(long row, int[] tokens, boolean[] counts) {
      Random random = new Random(row);
      int end = row % 3 == 0 ? 9 : tokens.length;
      for (int t = 0; t < tokens.length; t++) {
        tokens[t] = t == 0 || t >= end ? 0 : t < 5 ? 1 + random.nextInt(18) : tokens[t - 4];
      }
      for (int t = 0; t < counts.length; t++) {
        counts[t] = t + 1 < end;
      }
    }
  }

  /** Writes the network into a folder. */
  public static Path write(Path folder) {
    Trainer.run(
        new TrainingPlan(
            folder,
            new ModelShape(2, WIDTH, 2, 12, 19),
            new Start.FromSeed(3, Initialisation.DEFAULT),
            new TrainingPlan.Optimisation(
                new AdamW(5e-3, 0.9, 0.98, 1e-8, 0.01, true),
                Optional.empty(),
                1,
                Schedule.cosine(5, 60, 0.05)),
            new TrainingPlan.Execution(8, 1, DType.F32),
            new TrainingPlan.Cadence(0, 0, 0, 1),
            OptionalInt.of(0)),
        CORPUS,
        Optional.empty(),
        List.of(),
        TrainingListener.NONE);
    return folder;
  }

  /** Opens it. */
  public static Transformer open(Path folder, DType dtype) {
    return ModelLoader.transformer(folder, LoadOptions.of(dtype));
  }

  /** The same network with the stream after its first block fifty times as long at position 0. */
  public static Transformer loud(Transformer model) {
    return model.with(
        Hooks.replace(
            new Tap(Site.RESID_POST, 0),
            value -> {
              Tensor changed = value.copy();
              changed.slice(1, 0, 1).copyInPlace(value.slice(1, 0, 1).times(50));
              return changed;
            }));
  }

  static Layout layout(Transformer model, Dictionary.Kind kind, boolean skip) {
    Site site = kind == Dictionary.Kind.SAE ? Site.RESID_POST : Site.MLP_IN;
    List<Integer> layers = IntStream.range(0, model.config().layers()).boxed().toList();
    return Layout.of(model, kind, site, layers, skip);
  }

  /** A plan of 40 steps. */
  static DictionaryPlan plan(Path folder, Layout layout, Sparsity sparsity, int endToEnd) {
    return plan(
        folder,
        layout,
        sparsity,
        endToEnd,
        3e-3,
        new Stream(48, 1, LeftOut.NONE, Optional.empty(), 9, 5));
  }

  static DictionaryPlan plan(
      Path folder, Layout layout, Sparsity sparsity, int endToEnd, double rate, Stream stream) {
    return new DictionaryPlan(
        folder,
        layout,
        List.of(24, 40),
        sparsity,
        new Optimisation(
            rate,
            0.9,
            0.99,
            new Schedule(2, 40 - endToEnd, 0.5, Schedule.Decay.LINEAR, 0),
            400,
            DType.F32),
        stream,
        endToEnd == 0 ? EndToEnd.NONE : new EndToEnd(endToEnd, 0.1, rate, true),
        10,
        new DictionaryPlan.Result(
            "tiny",
            "ab12",
            DType.F32,
            layout.kind() == Dictionary.Kind.CROSS_LAYER_TRANSCODER
                ? "circuit-tracer-clt"
                : layout.kind() == Dictionary.Kind.SAE ? "saelens" : "circuit-tracer-plt"));
  }
}
