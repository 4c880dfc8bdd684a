package dev.loupe.instrument.circuit;

import dev.loupe.circuit.CircuitRuns;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.NodeSet;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Reference;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** One held-out pair in detail: where members are active, what they change, what each is worth. */
final class ExamplePair {
  /** Members whose edges are measured. */
  private static final int MOST = 120;

  /** Members that are ablated in one batch. */
  private static final int AT_ONCE = 32;

  /** A weaker edge is left out: the share of a member's activation that another changes. */
  private static final double WEAKEST = 0.02;

  private final Transformer model;
  private final FeatureBasis basis;
  private final Tokenizer tokenizer;
  private final Task task;
  private final Errors errors;
  private final Run run;

  ExamplePair(
      Transformer model,
      FeatureBasis basis,
      Tokenizer tokenizer,
      Task task,
      Errors errors,
      Run run) {
    this.model = model;
    this.basis = basis;
    this.tokenizer = tokenizer;
    this.task = task;
    this.errors = errors;
    this.run = run;
  }

  /**
   * The detail.
   *
   * @param members of the circuit, the most important first
   */
  CircuitReport.Example of(TaskPair pair, Prepared.Item item, List<FeatureId> members) {
    List<FeatureId> some = members.subList(0, Math.min(MOST, members.size()));
    List<CircuitReport.Cell> cells = new ArrayList<>(cells(item, some));
    cells.addAll(errorCells(item, some));
    double[] inModel = new double[some.size()];
    List<CircuitReport.Edge> edges = new ArrayList<>();
    for (int from = 0; from < some.size(); from += AT_ONCE) {
      run.check();
      ablate(item, some, from, Math.min(some.size(), from + AT_ONCE), cells, inModel, edges);
    }
    int[] ids = item.pair().clean();
    List<CircuitRuns.Row> rows = new ArrayList<>();
    for (int size = 0; size <= members.size(); size++) {
      if (size <= some.size() || size == members.size()) {
        rows.add(keeping(item, ids, members.subList(0, size)));
      }
    }
    int sizes = rows.size();
    for (FeatureId left : some) {
      rows.add(keeping(item, ids, members.stream().filter(each -> !each.equals(left)).toList()));
    }
    int[] withErrors = IntStream.range(0, some.size()).filter(i -> some.get(i).isError()).toArray();
    for (int member : withErrors) {
      rows.add(
          CircuitRuns.Row.without(
              ids, item.reference(), NodeSet.everywhere(List.of(some.get(member)))));
    }
    double[] values =
        new CircuitRuns(model, basis, errors)
            .logits(rows).stream().mapToDouble(logits -> value(logits, item)).toArray();
    for (int i = 0; i < withErrors.length; i++) {
      inModel[withErrors[i]] = values[sizes + some.size() + i];
    }
    double circuit = values[sizes - 1];
    double own = value(item.clean().logits(), item);
    return new CircuitReport.Example(
        pair.clean(),
        pair.corrupted().orElse(""),
        words(pair.answers()),
        words(pair.foils()),
        IntStream.of(ids).mapToObj(tokenizer::tokenText).toList(),
        own,
        circuit,
        values[0],
        cells,
        edges,
        IntStream.range(0, some.size())
            .mapToObj(i -> new CircuitReport.Effect(inModel[i] - own, values[sizes + i] - circuit))
            .toList(),
        IntStream.range(0, sizes).mapToObj(i -> values[i]).toList());
  }

  /** One word, or the first and the last of many. */
  private static String words(List<String> words) {
    return words.isEmpty()
        ? ""
        : words.size() == 1 ? words.getFirst() : words.getFirst() + " … " + words.getLast();
  }

  private double value(double[] logits, Prepared.Item item) {
    return task.metric().value(logits, item.pair(), item.clean().logits());
  }

  private static CircuitRuns.Row keeping(Prepared.Item item, int[] ids, List<FeatureId> features) {
    return CircuitRuns.Row.keeping(ids, item.reference(), NodeSet.everywhere(features));
  }

  private static List<CircuitReport.Cell> cells(Prepared.Item item, List<FeatureId> members) {
    List<CircuitReport.Cell> cells = new ArrayList<>();
    for (int member = 0; member < members.size(); member++) {
      for (int position = 0; position < item.pair().length(); position++) {
        if (members.get(member).isError()) {
          break;
        }
        FeatureAt node = new FeatureAt(members.get(member), position);
        double activation = item.clean().at(node);
        if (activation != 0) {
          cells.add(
              new CircuitReport.Cell(member, position, activation, item.reference().value(node)));
        }
      }
    }
    return cells;
  }

  /** Of errors their lengths. */
  private List<CircuitReport.Cell> errorCells(Prepared.Item item, List<FeatureId> members) {
    List<CircuitReport.Cell> cells = new ArrayList<>();
    if (members.stream().noneMatch(FeatureId::isError)) {
      return cells;
    }
    try (Reference clean = Reference.twin(model, basis, item.pair().clean())) {
      for (int member = 0; member < members.size(); member++) {
        if (members.get(member).isError()) {
          int layer = members.get(member).layer();
          double[] own = clean.errorLengths(basis, layer);
          double[] other = item.reference().errorLengths(basis, layer);
          for (int position = 0; position < own.length; position++) {
            cells.add(
                new CircuitReport.Cell(
                    member, position, own[position], other[other.length == 1 ? 0 : position]));
          }
        }
      }
    }
    return cells;
  }

  /** Each of some features set to its reference at every position, nothing else touched. */
  private void ablate(
      Prepared.Item item,
      List<FeatureId> members,
      int from,
      int to,
      List<CircuitReport.Cell> cells,
      double[] inModel,
      List<CircuitReport.Edge> edges) {
    int length = item.pair().length();
    List<List<FeatureChange>> changes = new ArrayList<>();
    for (int member = from; member < to; member++) {
      List<FeatureChange> row = new ArrayList<>();
      for (int position = 0; position < length && !members.get(member).isError(); position++) {
        FeatureAt node = new FeatureAt(members.get(member), position);
        row.add(node.set(item.reference().value(node)));
      }
      changes.add(row);
    }
    Map<Integer, SparseActivations> seen = new HashMap<>();
    Hooks hooks = FeatureHooks.eachFree(model, basis, changes);
    for (int layer : basis.layers()) {
      hooks =
          hooks.and(
              Hooks.observe(
                  basis.reads(layer),
                  value ->
                      seen.put(
                          layer,
                          basis.encode(
                              layer,
                              value.reshape(value.count() / value.size(2), value.size(2))))));
    }
    try (var _ = NativeScope.open()) {
      double[] flat =
          model
              .unembed(
                  model
                      .hidden(
                          TokenBatch.of(
                              Collections.nCopies(to - from, item.pair().clean())
                                  .toArray(int[][]::new)),
                          hooks,
                          null)
                      .slice(1, length - 1L, length))
              .toDoubles();
      int width = flat.length / (to - from);
      for (int row = 0; row < to - from; row++) {
        inModel[from + row] = value(Arrays.copyOfRange(flat, row * width, (row + 1) * width), item);
      }
    }
    for (int row = 0; row < to - from; row++) {
      for (int other = 0; other < members.size(); other++) {
        FeatureId id = members.get(other);
        SparseActivations after = seen.get(id.layer());
        if (after == null || id.isError() || id.layer() <= members.get(from + row).layer()) {
          continue;
        }
        double before = 0;
        double change = 0;
        for (CircuitReport.Cell cell : cells) {
          if (cell.member() == other) {
            before += Math.abs(cell.activation());
            change += after.at(row * length + cell.position(), id.feature()) - cell.activation();
          }
        }
        if (before > 0 && Math.abs(change) >= WEAKEST * before) {
          edges.add(new CircuitReport.Edge(from + row, other, change / before));
        }
      }
    }
  }
}
