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
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
   * @param vector values in the basis's type: on the host, since nobody would free a tensor if the
   *     run ended before it came to the place
   */
  @SuppressWarnings("ArrayRecordComponent") // handed from one hook to the next, never compared
  private record Write(int row, int position, byte[] vector) {}

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
      for (Write write : writes) {
        MemorySegment vector = MemorySegment.ofArray(write.vector());
        changed
            .select(0, write.row())
            .select(0, write.position())
            .plusInPlace(Tensor.mapped(vector, basis.dtype(), changed.size(2)));
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
    for (int row = 0; row < rows.size(); row++) {
      List<FeatureChange> changes =
          rows.get(row).stream()
              .filter(change -> change.layer() == layer && isHere(change))
              .toList();
      if (!changes.isEmpty()) {
        change(layer, row, changes);
      }
    }
  }

  /** Whether the change is among the positions of the run that is under way. */
  private boolean isHere(FeatureChange change) {
    return change.position().isEmpty()
        || (change.position().getAsInt() >= start && change.position().getAsInt() < next);
  }

  private void change(int layer, int row, List<FeatureChange> changes) {
    int from = changes.stream().mapToInt(each -> each.position().orElse(start)).min().orElse(start);
    int to =
        changes.stream().mapToInt(each -> each.position().orElse(next - 1) + 1).max().orElse(next);
    SparseActivations current;
    int offset;
    try (var _ = NativeScope.open()) {
      boolean isHeld = freezing.holdsValues();
      current =
          isHeld
              ? required().active(layer)
              : basis.encode(
                  layer,
                  input(layer).select(0, row).slice(0, (long) from - start, (long) to - start));
      offset = isHeld ? 0 : from;
    }
    for (FeatureChange change : changes) {
      int first = change.position().orElse(start);
      int last = change.position().orElse(next - 1);
      for (int position = first; position <= last; position++) {
        double delta = change.from(current.at(position - offset, change.feature()));
        if (delta != 0) {
          write(row, position - start, change, delta);
        }
      }
    }
  }

  private void write(int row, int position, FeatureChange change, double delta) {
    try (var _ = NativeScope.open()) {
      for (Tap place : basis.writes(change.layer())) {
        byte[] vector =
            basis
                .decoderRows(change.layer(), place, change.feature())
                .times(delta)
                .contiguous()
                .segment()
                .toArray(ValueLayout.JAVA_BYTE);
        pending
            .computeIfAbsent(place, _ -> new ArrayList<>())
            .add(new Write(row, position, vector));
      }
    }
  }

  private UnchangedRun required() {
    return Objects.requireNonNull(unchanged, "values of no run can be held");
  }
}
