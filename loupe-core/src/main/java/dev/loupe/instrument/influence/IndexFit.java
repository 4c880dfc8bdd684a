package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a {@link GradientIndex}: one pass over the documents; parts that are there are kept. */
final class IndexFit {
  private final SequenceGradients network;
  private final Map<BlockMap, MapFactors> factors;
  private final Sketch sketch;
  private final Map<String, String> identity;

  /**
   * @param count of the components that are kept of a document
   */
  IndexFit(
      SequenceGradients network,
      Map<BlockMap, MapFactors> factors,
      int count,
      Map<String, String> identity) {
    this.network = network;
    this.factors = factors;
    this.sketch = Sketch.of(factors, count);
    this.identity = identity;
  }

  /** Writes all parts that are missing, then ends the index. */
  void write(Path fit, List<Sequence> sequences, Run run) {
    Path folder = fit.resolve(GradientIndex.FOLDER);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
    int parts = Math.ceilDiv(sequences.size(), GradientIndex.PART);
    try (Steps steps = run.steps("index", Counted.DOCUMENTS, sequences.size())) {
      for (int number = 0; number < parts; number++) {
        int from = number * GradientIndex.PART;
        int to = Math.min(sequences.size(), from + GradientIndex.PART);
        Path file = GradientIndex.part(folder, number);
        if (!isThere(file)) {
          part(sequences.subList(from, to), steps, from).write(file, all());
        }
        steps.at(to);
      }
    }
    GradientIndex.finish(folder, identity, sketch, parts);
  }

  private Map<String, String> all() {
    Map<String, String> all = new LinkedHashMap<>(identity);
    all.put("sketch", GradientIndex.VERSION + ":" + sketch.asked());
    return all;
  }

  /** Whether a part of this index is there; one of another is written anew. */
  private boolean isThere(Path file) {
    if (!Files.exists(file)) {
      return false;
    }
    try (Safetensors stored = Safetensors.open(file)) {
      return all().entrySet().stream()
          .allMatch(each -> each.getValue().equals(stored.metadata().get(each.getKey())));
    }
  }

  private IndexPart part(List<Sequence> sequences, Steps steps, int before) {
    int width = sketch.count();
    float[] rows = new float[Math.multiplyExact(sequences.size(), width)];
    double[] squares = new double[sequences.size()];
    long done = before;
    for (int[] numbers : Sequence.batches(sequences, CurvatureFit.BATCH_TOKENS)) {
      List<Sequence> chosen = CurvatureFit.chosen(sequences, numbers);
      network.ofTruth(
          chosen.stream().map(Sequence::tokens).toList(),
          chosen.stream().map(Sequence::counts).toList(),
          factors.keySet(),
          (map, a, g) -> add(map, a, g, numbers, rows, squares));
      done += numbers.length;
      steps.at(done);
    }
    float[] norms = new float[squares.length];
    for (int n = 0; n < norms.length; n++) {
      norms[n] = (float) Math.sqrt(squares[n]);
    }
    return IndexPart.of(sequences, rows, norms);
  }

  private void add(
      BlockMap map, Tensor a, Tensor g, int[] numbers, float[] rows, double[] squares) {
    MapFactors of = CurvatureFit.of(factors, map);
    Sketch.OfMap part = CurvatureFit.of(sketch.maps(), map);
    int column = sketch.column(map);
    int width = sketch.count();
    Tensor inputs = a.matmul(of.inputBasis());
    Tensor outputs = g.matmul(of.outputBasis());
    int together = MapFactors.together(inputs, outputs);
    for (int from = 0; from < numbers.length; from += together) {
      int to = Math.min(numbers.length, from + together);
      try (var _ = NativeScope.open()) {
        Tensor gradients =
            MapFactors.gradients(inputs.slice(0, from, to), outputs.slice(0, from, to))
                .reshape(to - from, -1);
        double[] norms = gradients.square().sum(false, 1).to(DType.F64).toDoubles();
        for (int i = from; i < to; i++) {
          squares[numbers[i]] += norms[i - from];
        }
        float[] kept = part.gradients(gradients).toFloats();
        for (int i = from; i < to; i++) {
          System.arraycopy(
              kept, (i - from) * part.width(), rows, numbers[i] * width + column, part.width());
        }
      }
    }
  }
}
