package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FirstAttention;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The lower half of a sweep that lists every feature of transcoders: here sources go up instead of
 * targets down. What each source below the cut has added to the stream is propagated through the
 * frozen model; a target below the cut reads its edges at its own position, and those above meet
 * the sources at the cut, where an edge is the product of the target's gradient and the source's
 * value. A pair of layers is thus bridged once, from either side, by a third of the products that
 * bringing every target to the bottom would take.
 */
final class LowerLayers implements AutoCloseable {
  /** The layer of sources that write at one place only. */
  private static final int ONCE = -1;

  /** Prompts are cut into as many stretches, whose sources start together. */
  private static final int STRETCHES = 32;

  /** So many elements of sources are pushed up at a time, which bounds memory. */
  private static final long PART_ELEMENTS = 1L << 24;

  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;
  private final FrozenLinear linear;
  private final LocalReplacement replacement;
  private final FeatureBasis basis;
  private final int cut;
  private final int length;
  private final List<SourceBlock> blocks = new ArrayList<>();

  private final List<Below> targets = new ArrayList<>();

  /** The positions whose sources are on their way. */
  private int begin;

  private int end;

  /** Sources that are still at their own position, until the next attention. */
  private final List<SourceBlock.Run> fresh = new ArrayList<>();

  private final List<Tensor> freshRows = new ArrayList<>();

  /**
   * Targets of one layer.
   *
   * @param starts {@code [target, d_model]}
   */
  private record Below(List<TargetRow> rows, Tensor starts) {}

  LowerLayers(
      Transformer model,
      FrozenRun run,
      FrozenLinear linear,
      LocalReplacement replacement,
      int cut) {
    this.model = model;
    this.config = model.config();
    this.run = run;
    this.linear = linear;
    this.replacement = replacement;
    this.basis = replacement.basis();
    this.cut = cut;
    this.length = run.length();
  }

  /** How many positions share a stretch. */
  static int stretch(int length) {
    return Math.ceilDiv(length, STRETCHES);
  }

  /**
   * Completes the rows of the targets above the cut, and makes those below it.
   *
   * @param rows of the targets above; those below are added, from their top layer down
   * @param above the same targets with their gradients by the stream before the cut's block
   * @param progress receives the layers that are as good as done
   */
  void complete(List<TargetRow> rows, List<TargetBlock> above, IntConsumer progress) {
    rows.forEach(this::open);
    try (var _ = NativeScope.open()) {
      for (int layer = 0; layer < cut; layer++) {
        try (var scope = NativeScope.open()) {
          ActiveEdges source = new ActiveEdges(layer, replacement, List.of());
          int[] all = IntStream.range(0, source.size()).toArray();
          ModelWeights.Layer parts = model.weights().layer(layer);
          FeatureTargets features =
              FeatureTargets.of(linear, parts, basis.reads(layer), source, all);
          List<TargetRow> added = features.rows(new double[all.length], config.layers());
          added.forEach(this::open);
          targets.add(new Below(added, scope.keep(features.starts())));
        }
      }
      while (end < length) {
        begin = end;
        end = endOfPart();
        part(above);
        progress.accept((int) ((long) cut * end / length));
      }
    }
    targets.reversed().forEach(below -> rows.addAll(below.rows));
  }

  /** Sources from here on, as far as memory allows at a time. */
  private int endOfPart() {
    int last = begin;
    long elements = 0;
    while (last < length && (last == begin || elements < PART_ELEMENTS)) {
      int next = Math.min(length, last + stretch(length));
      for (int layer = 0; layer < cut; layer++) {
        SparseActivations active = replacement.active(layer);
        int sources = active.start(next) - active.start(last) + next - last;
        elements += (long) sources * (length - last) * config.dModel();
      }
      last = next;
    }
    return last;
  }

  /** Everything that the sources at {@code [begin, end)} bring. */
  private void part(List<TargetBlock> above) {
    try (var _ = NativeScope.open()) {
      embed();
    }
    for (int layer = 0; layer < cut; layer++) {
      try (var _ = NativeScope.open()) {
        throughAttention(layer, model.weights().layer(layer));
        read(targets.get(layer));
        write(layer);
      }
    }
    try (var _ = NativeScope.open()) {
      settle();
      meet(above);
    }
    close();
  }

  /** Room for the edges from everything below the cut. */
  private void open(TargetRow row) {
    for (int layer = 0; layer < Math.min(cut, row.layer); layer++) {
      if (row.pending[layer] == null) {
        row.pending[layer] = new float[replacement.active(layer).count()];
      }
      row.errors[layer] = new float[row.position + 1];
      row.remainder[layer] = new float[row.position + 1];
    }
    row.tokens = new float[row.position + 1];
    if (run.positionEmbedding() != null) {
      row.positions = new float[row.position + 1];
    }
  }

  private void embed() {
    Tensor tokens = run.embedding().times(config.embeddingScale());
    Tensor positions = run.positionEmbedding();
    for (int first = begin; first < end; first += stretch(length)) {
      blocks.add(new SourceBlock(first, length, tokens));
    }
    for (int at = begin; at < end; at++) {
      join(new SourceBlock.Run(ONCE, at, 1, row -> row.tokens, at), tokens.slice(0, at, at + 1L));
      if (positions != null) {
        join(
            new SourceBlock.Run(ONCE, at, 1, row -> row.positions, at),
            positions.slice(0, at, at + 1L));
      }
    }
  }

  private void throughAttention(int layer, ModelWeights.Layer parts) {
    linear.pushThroughAttentionInPlace(
        layer,
        parts,
        blocks.stream()
            .map(block -> new FrozenLinear.Sources(block.first(), block.values()))
            .toList());
    spread(linear.firstAttention(layer, parts));
    if (begin == 0) {
      everywhere(
          linear.attentionConstant(layer, parts).reshape(1, 1, -1).expand(length, -1, -1),
          row -> row.attentionBias,
          layer);
    }
  }

  /** A source that writes at all positions. */
  private void everywhere(Tensor values, Function<TargetRow, float[]> into, int layer) {
    blocks.getFirst().append(List.of(new SourceBlock.Run(ONCE, 0, 1, into, layer)), values);
  }

  /** The targets of a layer read off their edges here. */
  private void read(Below below) {
    for (int[] group : TargetBlocks.groups(below.rows)) {
      List<TargetRow> rows = below.rows.subList(group[0], group[1]);
      int position = rows.getFirst().position;
      if (position >= begin) {
        try (var _ = NativeScope.open()) {
          deposit(rows, below.starts.slice(0, group[0], group[1]).linear(at(position), null));
        }
      }
    }
  }

  private void join(SourceBlock.Run run, Tensor rows) {
    fresh.add(run);
    freshRows.add(rows.retain());
  }

  /** Takes the fresh sources through attention and into their blocks. */
  private void spread(FirstAttention attention) {
    List<List<SourceBlock.Run>> runs = new ArrayList<>();
    List<FirstAttention.At> places = new ArrayList<>();
    for (int position = begin; position < end; position++) {
      List<Tensor> rows = new ArrayList<>();
      List<SourceBlock.Run> here = new ArrayList<>();
      for (int i = 0; i < fresh.size(); i++) {
        if (fresh.get(i).position() == position) {
          here.add(fresh.get(i));
          rows.add(freshRows.get(i));
        }
      }
      if (!here.isEmpty()) {
        runs.add(here);
        places.add(new FirstAttention.At(position, Tensor.cat(rows, 0)));
      }
    }
    List<Tensor> spread = attention.up(places, position -> block(position).first());
    for (SourceBlock block : blocks) {
      List<SourceBlock.Run> joined = new ArrayList<>();
      List<Tensor> values = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        if (block(places.get(i).position()).equals(block)) {
          joined.addAll(runs.get(i));
          values.add(spread.get(i));
        }
      }
      if (!joined.isEmpty()) {
        block.append(joined, Tensor.cat(values, 1));
      }
    }
    clearFresh();
  }

  private void clearFresh() {
    freshRows.forEach(Tensor::close);
    freshRows.clear();
    fresh.clear();
  }

  /** What the MLP of a layer adds: its own sources, and what features from below write again. */
  private void write(int layer) {
    Tap place = new Tap(Site.MLP_OUT, layer);
    for (int source = 0; source < layer; source++) {
      if (basis.writes(source).contains(place)) {
        writeAgain(source, place);
      }
    }
    Tensor written = written(layer, place);
    SparseActivations active = replacement.active(layer);
    int first = active.start(begin);
    for (int at = begin; at < end; at++) {
      int from = active.start(at);
      int count = active.start(at + 1) - from;
      if (count > 0) {
        join(
            new SourceBlock.Run(layer, at, count, row -> row.pendingOf(layer), from),
            written.slice(0, from - first, (long) from - first + count));
      }
      boolean isHeld = at < replacement.held();
      Tensor rest = isHeld ? replacement.constant(layer) : replacement.error(layer);
      join(
          new SourceBlock.Run(
              ONCE, at, 1, isHeld ? row -> row.remainder[layer] : row -> row.errors[layer], at),
          rest.slice(0, at, at + 1L));
    }
    if (begin == 0) {
      Tensor bias = basis.bias(layer).reshape(1, 1, -1).expand(length, -1, -1).copy();
      bias.slice(0, 0, replacement.held()).fillInPlace(0);
      everywhere(bias, row -> row.mlpBias, layer);
    }
  }

  private void writeAgain(int layer, Tap place) {
    Tensor written = written(layer, place);
    int first = replacement.active(layer).start(begin);
    for (SourceBlock block : blocks) {
      int column = 0;
      for (SourceBlock.Run run : block.runs()) {
        if (run.layer() == layer) {
          long from = (long) run.from() - first;
          block
              .at(run.position())
              .slice(0, column, (long) column + run.count())
              .plusInPlace(written.slice(0, from, from + run.count()));
        }
        column += run.count();
      }
    }
  }

  /** What each active feature of a layer at these positions writes at a place, a row each. */
  private Tensor written(int layer, Tap place) {
    SparseActivations active = replacement.active(layer);
    int from = active.start(begin);
    int[] ids = active.features(from, active.start(end)).toArray();
    int[] features = Arrays.stream(ids).sorted().distinct().toArray();
    if (features.length == 0) {
      return Tensor.zeros(basis.dtype(), 0, config.dModel());
    }
    int[] places = Arrays.stream(ids).map(id -> Arrays.binarySearch(features, id)).toArray();
    double[] amounts = new double[ids.length];
    Arrays.setAll(amounts, i -> active.value(from + i));
    return basis
        .decoderRows(layer, place, features)
        .indexSelect(0, Tensor.indices(places))
        .timesInPlace(Tensor.of(amounts, ids.length, 1).to(basis.dtype()));
  }

  private SourceBlock block(int position) {
    return blocks.get((position - begin) / stretch(length));
  }

  /** What all sources have added at a position: {@code [source, d_model]}. */
  private Tensor at(int position) {
    return Tensor.cat(seen(position).stream().map(block -> block.at(position)).toList(), 0);
  }

  private List<SourceBlock> seen(int position) {
    int stretches = position < begin ? 0 : (position - begin) / stretch(length) + 1;
    return blocks.subList(0, Math.min(blocks.size(), stretches));
  }

  /** Fresh sources that have reached the cut join as they are. */
  private void settle() {
    for (SourceBlock block : blocks) {
      List<SourceBlock.Run> runs = new ArrayList<>();
      List<Tensor> rows = new ArrayList<>();
      for (int i = 0; i < fresh.size(); i++) {
        if (block(fresh.get(i).position()).equals(block)) {
          runs.add(fresh.get(i));
          rows.add(freshRows.get(i));
        }
      }
      block.add(runs, rows);
    }
    clearFresh();
  }

  /** Every target above with every source below. */
  private void meet(List<TargetBlock> above) {
    List<TargetBlock> rising =
        above.stream().sorted(Comparator.comparingInt(TargetBlock::positions)).toList();
    List<TargetRow> rows = rising.stream().flatMap(block -> block.rows().stream()).toList();
    int sources = blocks.stream().mapToInt(SourceBlock::count).sum();
    Tensor edges = Tensor.zeros(basis.dtype(), rows.size(), sources);
    for (int position = begin; position < length; position++) {
      try (var _ = NativeScope.open()) {
        int place = position;
        List<Tensor> gradients =
            rising.stream()
                .filter(block -> block.positions() > place)
                .map(block -> block.gradient().select(0, place))
                .toList();
        if (!gradients.isEmpty()) {
          Tensor seeing = Tensor.cat(gradients, 0);
          Tensor seen = at(position);
          edges
              .slice(0, rows.size() - seeing.size(0), rows.size())
              .slice(1, 0, seen.size(0))
              .plusMatmulInPlace(seeing, seen.transpose(0, 1));
        }
      }
    }
    deposit(rows, edges);
  }

  /**
   * Puts edges where the rows keep them.
   *
   * @param edges {@code [row, source]}, of the sources in the order of {@link #at}, the first ones
   *     or all
   */
  private void deposit(List<TargetRow> rows, Tensor edges) {
    int sources = edges.size(1);
    float[] values = edges.toFloats();
    for (int t = 0; t < rows.size(); t++) {
      TargetRow row = rows.get(t);
      int place = t * sources;
      for (SourceBlock block : seen(row.position)) {
        for (SourceBlock.Run run : block.runs()) {
          if (run.position() <= row.position) {
            float[] into = run.into().apply(row);
            for (int i = 0; i < run.count(); i++) {
              into[run.from() + i] += values[place + i];
            }
          }
          place += run.count();
        }
      }
    }
  }

  @Override
  public void close() {
    clearFresh();
    blocks.forEach(SourceBlock::close);
    blocks.clear();
  }
}
