package dev.loupe.dictionary.training;

import dev.loupe.model.training.Checkpoints.Checkpoint;
import dev.loupe.model.training.ModelFolder;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The whole state of a training: what the dictionaries keep, and its position in the corpus. */
final class TrainingState implements AutoCloseable {
  private static final String FILE = "dictionaries.safetensors";

  private final List<LearningState> learners;
  private List<Scaling> inputs = List.of();
  private List<Scaling> outputs = List.of();
  private int step;
  private long tokens;
  private long buffer;
  private int batch;
  private boolean filled;

  TrainingState(List<LearningState> learners) {
    this.learners = learners;
  }

  /** The last step made. */
  int step() {
    return step;
  }

  /** Positions learned from. */
  long tokens() {
    return tokens;
  }

  /** The buffer in use. */
  long buffer() {
    return buffer;
  }

  /** The next batch of it. */
  int batch() {
    return batch;
  }

  /** Whether this process has filled the buffer. */
  boolean isFilled() {
    return filled;
  }

  /** Of each source; empty before the first buffer. */
  List<Scaling> inputs() {
    return inputs;
  }

  /** Of each target; empty before the first buffer. */
  List<Scaling> outputs() {
    return outputs;
  }

  void filled() {
    filled = true;
  }

  void nextBuffer() {
    buffer++;
    batch = 0;
  }

  int takeBatch() {
    return batch++;
  }

  void made(int number, int positions) {
    step = number;
    tokens += positions;
  }

  void scale(List<Scaling> reads, List<Scaling> targets) {
    inputs = reads;
    outputs = targets;
  }

  /** Writes a checkpoint. */
  void save(Path folder) {
    try (var _ = NativeScope.open()) {
      SafetensorsWriter writer = new SafetensorsWriter();
      ModelFolder.add(writer, "place", Tensor.of(new long[] {step, tokens, buffer, batch}, 4));
      add(writer, "input", inputs);
      add(writer, "output", outputs);
      for (int i = 0; i < learners.size(); i++) {
        LearningState learner = learners.get(i);
        ModelFolder.add(writer, i + ".values", learner.values().flat());
        ModelFolder.add(writer, i + ".mean", learner.mean().flat());
        ModelFolder.add(writer, i + ".square", learner.square().flat());
        double[] thresholds = learner.thresholds();
        ModelFolder.add(writer, i + ".thresholds", Tensor.of(thresholds, thresholds.length));
        for (int source = 0; source < thresholds.length; source++) {
          long[] silence = learner.silence(source);
          ModelFolder.add(writer, i + ".silence." + source, Tensor.of(silence, silence.length));
        }
      }
      writer.write(folder.resolve(FILE));
    }
  }

  private static void add(SafetensorsWriter writer, String name, List<Scaling> scalings) {
    for (int i = 0; i < scalings.size(); i++) {
      Scaling scaling = scalings.get(i);
      writer.add(name + "." + i + ".mean", scaling.mean(), scaling.mean().length);
      ModelFolder.add(
          writer, name + "." + i + ".factor", Tensor.of(new double[] {scaling.factor()}, 1));
    }
  }

  /** Reads a checkpoint. */
  void load(Checkpoint saved, Layout layout) {
    try (Safetensors stored = Safetensors.open(saved.folder().resolve(FILE));
        var _ = NativeScope.open()) {
      long[] place = longs(saved, stored, "place", 4);
      step = Math.toIntExact(place[0]);
      tokens = place[1];
      buffer = place[2];
      batch = Math.toIntExact(place[3]);
      inputs = scalings(saved, stored, "input", layout);
      outputs = scalings(saved, stored, "output", layout);
      for (int i = 0; i < learners.size(); i++) {
        LearningState learner = learners.get(i);
        saved.copy(stored.get(i + ".values"), learner.values().flat());
        saved.copy(stored.get(i + ".mean"), learner.mean().flat());
        saved.copy(stored.get(i + ".square"), learner.square().flat());
        double[] thresholds = doubles(saved, stored, i + ".thresholds", layout.sources());
        System.arraycopy(thresholds, 0, learner.thresholds(), 0, thresholds.length);
        for (int source = 0; source < thresholds.length; source++) {
          long[] silence = learner.silence(source);
          long[] found = longs(saved, stored, i + ".silence." + source, silence.length);
          System.arraycopy(found, 0, silence, 0, silence.length);
        }
      }
    }
  }

  private static List<Scaling> scalings(
      Checkpoint saved, Safetensors stored, String name, Layout layout) {
    List<Scaling> scalings = new ArrayList<>();
    for (int i = 0; i < layout.sources(); i++) {
      Tensor mean = Tensor.of(new float[layout.width()], layout.width());
      saved.copy(stored.get(name + "." + i + ".mean"), mean);
      double[] factor = doubles(saved, stored, name + "." + i + ".factor", 1);
      scalings.add(new Scaling(mean.toFloats(), factor[0]));
    }
    return scalings;
  }

  private static long[] longs(Checkpoint saved, Safetensors stored, String name, int count) {
    Tensor values = Tensor.of(new long[count], count);
    saved.copy(stored.get(name), values);
    return values.segment().toArray(ValueLayout.JAVA_LONG);
  }

  private static double[] doubles(Checkpoint saved, Safetensors stored, String name, int count) {
    Tensor values = Tensor.of(new double[count], count);
    saved.copy(stored.get(name), values);
    return values.segment().toArray(ValueLayout.JAVA_DOUBLE);
  }

  @Override
  public void close() {
    learners.forEach(LearningState::close);
  }
}
