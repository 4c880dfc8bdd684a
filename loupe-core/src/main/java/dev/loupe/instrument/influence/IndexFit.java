package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a {@link GradientIndex}: one pass over the documents; parts that are there are kept. */
final class IndexFit {
  /** Bytes of a part, unless one document has more. */
  private static final long PART = 64L << 20;

  private final SequenceGradients network;
  private final List<BlockMap> maps;
  private final Map<String, String> identity;

  IndexFit(SequenceGradients network, List<BlockMap> maps, Map<String, String> identity) {
    this.network = network;
    this.maps = maps;
    this.identity = new LinkedHashMap<>(identity);
    this.identity.put("index", GradientIndex.VERSION);
  }

  /** Writes all parts that are missing, then ends the index. */
  void write(Path fit, List<Sequence> sequences, Run run) {
    Path folder = fit.resolve(GradientIndex.FOLDER);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
    List<List<Sequence>> parts = parts(sequences);
    long done = 0;
    try (Steps steps = run.steps("index", Counted.DOCUMENTS, sequences.size())) {
      for (int number = 0; number < parts.size(); number++) {
        Path file = GradientIndex.part(folder, number);
        if (!isThere(file)) {
          part(parts.get(number), steps, done).write(file, identity);
        }
        done += parts.get(number).size();
        steps.at(done);
      }
    }
    GradientIndex.finish(folder, identity, maps, parts.size());
  }

  private List<List<Sequence>> parts(List<Sequence> sequences) {
    long bytes = GradientIndex.bytesOfAToken(network, maps);
    List<List<Sequence>> parts = new ArrayList<>();
    int from = 0;
    long used = 0;
    for (int n = 0; n < sequences.size(); n++) {
      long more = bytes * IndexPart.rows(sequences.get(n));
      if (used + more > PART && n > from) {
        parts.add(sequences.subList(from, n));
        from = n;
        used = 0;
      }
      used += more;
    }
    parts.add(sequences.subList(from, sequences.size()));
    return parts;
  }

  /** Whether a part of this index is there; one of another is written anew. */
  private boolean isThere(Path file) {
    if (!Files.exists(file)) {
      return false;
    }
    try (Safetensors stored = Safetensors.open(file)) {
      return identity.entrySet().stream()
          .allMatch(each -> each.getValue().equals(stored.metadata().get(each.getKey())));
    }
  }

  private IndexPart part(List<Sequence> sequences, Steps steps, long before) {
    int[] first = new int[sequences.size()];
    int rows = 0;
    for (int n = 0; n < first.length; n++) {
      first[n] = rows;
      rows += IndexPart.rows(sequences.get(n));
    }
    Map<BlockMap, IndexPart.OfMap> kept = new LinkedHashMap<>();
    for (BlockMap map : maps) {
      SequenceGradients.MapSize size = network.size(map);
      kept.put(
          map,
          new IndexPart.OfMap(KeptRows.of(rows, size.inputs()), KeptRows.of(rows, size.outputs())));
    }
    double[] squares = new double[sequences.size()];
    long done = before;
    for (int[] numbers : Sequence.batches(sequences, CurvatureFit.BATCH_TOKENS)) {
      List<Sequence> chosen = CurvatureFit.chosen(sequences, numbers);
      network.ofTruth(
          chosen.stream().map(Sequence::tokens).toList(),
          chosen.stream().map(Sequence::counts).toList(),
          Set.copyOf(maps),
          (map, a, g) -> {
            IndexPart.OfMap of = CurvatureFit.of(kept, map);
            keep(a, of.inputs(), numbers, first);
            keep(g, of.gradients(), numbers, first);
            double[] norms = squaredNorms(a, g);
            for (int i = 0; i < norms.length; i++) {
              squares[numbers[i]] += norms[i];
            }
          });
      done += numbers.length;
      steps.at(done);
    }
    float[] norms = new float[squares.length];
    for (int n = 0; n < norms.length; n++) {
      norms[n] = (float) Math.sqrt(squares[n]);
    }
    return new IndexPart(sequences, kept, norms);
  }

  /**
   * Every position but the last, at which nothing is predicted, so that no gradient arises.
   *
   * @param values {@code [sequence, pos, width]}, or one column more
   */
  private static void keep(Tensor values, KeptRows rows, int[] numbers, int[] first) {
    int positions = values.size(1) - 1;
    float[] all = values.slice(1, 0, positions).slice(2, 0, rows.width()).contiguous().toFloats();
    for (int i = 0; i < numbers.length; i++) {
      for (int t = 0; t < positions; t++) {
        rows.set(first[numbers[i]] + t, all, (i * positions + t) * rows.width());
      }
    }
  }

  /** The squared norm of {@code Σ_t g_t a_tᵀ} is {@code Σ_{s,t} (g_s·g_t)(a_s·a_t)}. */
  private static double[] squaredNorms(Tensor a, Tensor g) {
    return a.matmul(a.transpose(1, 2))
        .times(g.matmul(g.transpose(1, 2)))
        .to(DType.F64)
        .sum(false, 1, 2)
        .toDoubles();
  }
}
