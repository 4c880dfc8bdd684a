package dev.loupe.dictionary;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Interventions on features as hooks of the model's own forward pass. A change of a feature enters
 * as (new − current activation) · decoder row at every site that the feature writes to; what the
 * features do not reconstruct stays as it is.
 *
 * <p>The hooks count positions from one run of the model to the next, so that they hold for a
 * prompt and its continuation over a cache: use them for one sequence.
 */
public final class FeatureHooks {
  private final FeatureBasis basis;
  private final List<List<FeatureChange>> rows;
  private final Freezing freezing;
  private final @Nullable UnchangedRun unchanged;
  private final int layers;

  /** What each layer has read in the run that is under way: {@code [batch, pos, d_model]}. */
  private final Map<Integer, Tensor> inputs = new HashMap<>();

  /** What is to be added at places further on, by batch row and position. */
  private final Map<Tap, List<Write>> pending = new HashMap<>();

  private int start;
  private int next;

  /**
   * Something to add.
   *
   * @param cells rows of {@code [batch · pos, d_model]}
   * @param vectors one for each, in the basis's type: on the host, since nobody would free a tensor
   *     if the run ended before it came to the place
   */
  @SuppressWarnings("ArrayRecordComponent") // handed from one hook to the next, never compared
  private record Write(int[] cells, byte[] vectors) {}

  /**
   * Where features of a layer change in the run that is under way; positions count from its own.
   */
  private record Cell(int row, int position, List<FeatureChange> changes) {}

  private FeatureHooks(
      Transformer model,
      FeatureBasis basis,
      List<List<FeatureChange>> rows,
      Freezing freezing,
      @Nullable UnchangedRun unchanged) {
    this.basis = basis;
    this.rows = rows;
    this.freezing = freezing;
    this.unchanged = unchanged;
    this.layers = model.config().layers();
  }

  /** Changes in a run with nothing frozen. */
  public static Hooks free(Transformer model, FeatureBasis basis, List<FeatureChange> changes) {
    return eachFree(model, basis, List.of(changes));
  }

  /**
   * Changes in a batch of any prompts, with nothing frozen.
   *
   * @param rows the changes of each row of the batch; positions count padding on the left
   */
  public static Hooks eachFree(
      Transformer model, FeatureBasis basis, List<List<FeatureChange>> rows) {
    return new FeatureHooks(model, basis, rows, Freezing.NOTHING, null).hooks();
  }

  /**
   * Changes in a batch of the same prompt.
   *
   * @param rows the changes of each row of the batch
   * @param unchanged the run whose values are held
   */
  public static Hooks of(
      Transformer model,
      FeatureBasis basis,
      List<List<FeatureChange>> rows,
      Freezing freezing,
      UnchangedRun unchanged) {
    return new FeatureHooks(model, basis, rows, freezing, unchanged).hooks();
  }

  private Hooks hooks() {
    Hooks hooks =
        Hooks.observe(
            new Tap(Site.RESID_PRE, 0),
            stream -> {
              start = next;
              next += stream.size(1);
            });
    for (int layer : basis.layers()) {
      hooks = hooks.and(Hooks.observe(basis.reads(layer), value -> inputs.put(layer, value)));
    }
    for (Tap place : places()) {
      hooks = hooks.and(Hooks.replace(place, value -> at(place, value)));
    }
    return unchanged == null ? hooks : hooks.and(unchanged.holding(freezing));
  }

  private Set<Tap> places() {
    Set<Tap> places = new LinkedHashSet<>();
    basis.layers().forEach(layer -> places.addAll(basis.writes(layer)));
    return places;
  }

  /** A place that features write to: what stands there with what changed. */
  private Tensor at(Tap place, Tensor value) {
    Tensor current = value;
    boolean written = true;
    for (int layer : basis.layers()) {
      if (basis.writes(layer).getFirst().equals(place)) {
        if (freezing.holds(layer, layers)) {
          current = held(layer, place, value);
        }
        written = !freezing.holdsValues() || freezing.holds(layer, layers);
        change(layer);
      }
    }
    List<Write> writes = pending.remove(place);
    if (writes == null) {
      return current;
    }
    if (!written) {
      return current;
    }
    Tensor changed = current.copy();
    try (var _ = NativeScope.open()) {
      int width = changed.size(2);
      Tensor flat = changed.reshape(changed.count() / width, width);
      for (Write write : writes) {
        long count = write.cells().length;
        Tensor vectors =
            Tensor.mapped(MemorySegment.ofArray(write.vectors()), basis.dtype(), count, width);
        flat.addRowsInPlace(Tensor.indices(write.cells()), vectors.to(flat.dtype()));
      }
    }
    return changed;
  }

  /** The unchanged value, but for what a skip matrix makes of what is read now. */
  private Tensor held(int layer, Tap place, Tensor value) {
    UnchangedRun run = required();
    Tensor before = run.at(place).expand(value.shape());
    return basis
        .skip(layer)
        .map(skip -> {
          Tensor reading = input(layer).minus(run.at(basis.reads(layer)));
          return before.plus(reading.linear(skip, null));
        })
        .orElse(before);
  }

  private Tensor input(int layer) {
    return Objects.requireNonNull(inputs.get(layer), () -> "layer " + layer + " has read nothing");
  }

  /** Works out by how much the features of a layer change, for all places that they write to. */
  private void change(int layer) {
    List<Cell> cells = cells(layer);
    if (cells.isEmpty()) {
      return;
    }
    int[] features =
        cells.stream()
            .flatMap(cell -> cell.changes().stream())
            .mapToInt(FeatureChange::feature)
            .sorted()
            .distinct()
            .toArray();
    int length = next - start;
    int[] rowsOfInput =
        cells.stream().mapToInt(cell -> cell.row() * length + cell.position()).toArray();
    double[] deltas = deltas(layer, cells, features, rowsOfInput);
    if (Arrays.stream(deltas).allMatch(delta -> delta == 0)) {
      return;
    }
    try (var _ = NativeScope.open()) {
      Tensor each = Tensor.of(deltas, cells.size(), features.length).to(basis.dtype());
      for (Tap place : basis.writes(layer)) {
        byte[] vectors =
            each.matmul(basis.decoderRows(layer, place, features))
                .contiguous()
                .segment()
                .toArray(ValueLayout.JAVA_BYTE);
        pending.computeIfAbsent(place, _ -> new ArrayList<>()).add(new Write(rowsOfInput, vectors));
      }
    }
  }

  private List<Cell> cells(int layer) {
    List<Cell> cells = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      Map<Integer, List<FeatureChange>> byPosition = new TreeMap<>();
      for (FeatureChange change : rows.get(row)) {
        if (change.layer() == layer && isHere(change)) {
          int first = change.position().orElse(start);
          int last = change.position().orElse(next - 1);
          for (int position = first; position <= last; position++) {
            byPosition.computeIfAbsent(position - start, _ -> new ArrayList<>()).add(change);
          }
        }
      }
      for (Map.Entry<Integer, List<FeatureChange>> each : byPosition.entrySet()) {
        cells.add(new Cell(row, each.getKey(), each.getValue()));
      }
    }
    return cells;
  }

  /** By how much each feature changes in each cell: {@code [cell, feature]}. */
  private double[] deltas(int layer, List<Cell> cells, int[] features, int[] rowsOfInput) {
    double[] current = current(layer, cells, features, rowsOfInput);
    double[] deltas = new double[current.length];
    for (int i = 0; i < cells.size(); i++) {
      for (FeatureChange change : cells.get(i).changes()) {
        int at = i * features.length + Arrays.binarySearch(features, change.feature());
        deltas[at] += change.from(current[at]);
      }
    }
    return deltas;
  }

  /** The activations before the change: {@code [cell, feature]}. */
  private double[] current(int layer, List<Cell> cells, int[] features, int[] rowsOfInput) {
    if (freezing.holdsValues()) {
      SparseActivations held = required().active(layer);
      double[] values = new double[cells.size() * features.length];
      Arrays.setAll(
          values,
          i ->
              held.at(
                  start + cells.get(i / features.length).position(),
                  features[i % features.length]));
      return values;
    }
    try (var _ = NativeScope.open()) {
      Tensor input = input(layer);
      return basis.activations(
          layer,
          input
              .reshape(input.count() / input.size(2), input.size(2))
              .indexSelect(0, Tensor.indices(rowsOfInput)),
          features);
    }
  }

  /** Whether the change is among the positions of the run that is under way. */
  private boolean isHere(FeatureChange change) {
    return change.position().isEmpty()
        || (change.position().getAsInt() >= start && change.position().getAsInt() < next);
  }

  private UnchangedRun required() {
    return Objects.requireNonNull(unchanged, "values of no run can be held");
  }
}
