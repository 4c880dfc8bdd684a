package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Faithfulness;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Prepared.Circuit;
import dev.loupe.circuit.Shares;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Ratio;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A circuit on held-out pairs, beside everything it is compared with. */
final class Measured {
  /** What random circuits may reach where the answer is the circuit's. */
  static final double RANDOM = 0.2;

  private static final double LEVEL = 0.95;

  private final Prepared pairs;
  private final CircuitRequest request;
  private final Errors errors;
  private final Run run;
  private final List<FeatureId> circuit;
  private final List<FeatureId> order;
  private final List<FeatureId> absolute;
  private final int[] sizes;
  private final List<CircuitReport.Rival> rivals = new ArrayList<>();
  private double[] draws = {};
  private final double[] own;
  private double[][] fixed = {};
  private double[][] ends = {};
  private final Faithfulness scale;

  /**
   * @param circuit that was found
   * @param order candidates by falling score
   * @param absolute candidates by falling |score|
   */
  Measured(
      Prepared pairs,
      CircuitRequest request,
      Errors errors,
      Run run,
      List<FeatureId> circuit,
      List<FeatureId> order,
      List<FeatureId> absolute) {
    this.pairs = pairs;
    this.request = request;
    this.errors = errors;
    this.run = run;
    this.circuit = circuit;
    this.order = order;
    this.absolute = absolute;
    this.sizes = Shares.sizes(order.size());
    this.own = pairs.own();
    double[] empty = values(List.of(Circuit.keeping(List.of())), errors)[0];
    this.scale = new Faithfulness(own, empty);
  }

  private double[][] values(List<Circuit> circuits, Errors how) {
    return pairs.values(circuits, how, _ -> run.check());
  }

  /** Runs everything. */
  void measure(Map<String, List<FeatureId>> others, List<List<FeatureId>> random) {
    List<Circuit> circuits = new ArrayList<>();
    circuits.add(Circuit.keeping(circuit));
    circuits.add(Circuit.without(circuit));
    for (int size : sizes) {
      circuits.add(Circuit.keeping(order.subList(0, size)));
      circuits.add(Circuit.without(order.subList(0, size)));
      circuits.add(Circuit.keeping(absolute.subList(0, size)));
    }
    int beforeOthers = circuits.size();
    others.values().forEach(features -> circuits.add(Circuit.keeping(features)));
    int beforeRandom = circuits.size();
    random.forEach(features -> circuits.add(Circuit.keeping(features)));
    try (Steps steps =
        run.steps("held-out pairs", Counted.RUNS, (long) circuits.size() * pairs.size())) {
      fixed = pairs.values(circuits, errors, steps::at);
    }
    int at = beforeOthers;
    for (Map.Entry<String, List<FeatureId>> each : others.entrySet()) {
      rivals.add(
          new CircuitReport.Rival(
              each.getKey(), each.getValue().size(), scale.estimate(fixed[at], run.seed())));
      at++;
    }
    draws =
        IntStream.range(beforeRandom, circuits.size())
            .mapToDouble(i -> scale.of(fixed[i]))
            .toArray();
    Circuit nothing = Circuit.keeping(List.of());
    Circuit everything = Circuit.without(List.of());
    double[][] kept = values(List.of(nothing, everything), Errors.KEPT);
    double[][] removed = values(List.of(nothing, everything), Errors.REMOVED);
    ends = new double[][] {kept[0], kept[1], removed[0], removed[1]};
  }

  CircuitReport.Scores scores() {
    double gap =
        IntStream.range(0, own.length)
            .mapToDouble(i -> Math.abs(own[i] - ends[1][i]))
            .max()
            .orElseThrow();
    return new CircuitReport.Scores(
        Faithfulness.mean(own),
        Faithfulness.mean(fixed[0]),
        Faithfulness.mean(scale.empty()),
        Faithfulness.mean(ends[0]),
        Faithfulness.mean(ends[2]),
        Faithfulness.mean(ends[1]),
        Faithfulness.mean(ends[3]),
        gap);
  }

  CircuitReport.Found found(CircuitSearch.Chosen chosen) {
    double active = pairs.activePerPrompt(new HashSet<>(circuit)::contains);
    return new CircuitReport.Found(
        circuit.size(),
        circuit.size() / (double) order.size(),
        active,
        active / pairs.activePerPrompt(),
        circuit.stream().filter(FeatureId::isError).map(FeatureId::layer).sorted().toList(),
        chosen.byScore(),
        chosen.faithfulness(),
        faithfulness(),
        scale.estimate(fixed[1], run.seed()));
  }

  private Estimate faithfulness() {
    return scale.estimate(fixed[0], run.seed());
  }

  List<CircuitReport.Point> curve() {
    return IntStream.range(0, sizes.length)
        .mapToObj(i ->
            new CircuitReport.Point(
                Shares.MIB.get(i),
                sizes[i],
                scale.estimate(fixed[2 + 3 * i], run.seed()),
                scale.estimate(fixed[3 + 3 * i], run.seed())))
        .toList();
  }

  List<CircuitReport.Areas> areas() {
    double[] signed = new double[sizes.length];
    double[] unsigned = new double[sizes.length];
    Arrays.setAll(signed, i -> scale.of(fixed[2 + 3 * i]));
    Arrays.setAll(unsigned, i -> scale.of(fixed[4 + 3 * i]));
    return List.of(
        new CircuitReport.Areas("signed", Shares.cpr(signed), Shares.cmd(signed)),
        new CircuitReport.Areas("absolute", Shares.cpr(unsigned), Shares.cmd(unsigned)));
  }

  List<CircuitReport.Rival> rivals() {
    return rivals;
  }

  List<Double> draws() {
    return Arrays.stream(draws).boxed().toList();
  }

  /** (1 + how many are as faithful) / (1 + how many there are). */
  double p() {
    double ours = scale.of(fixed[0]);
    return (1.0 + Arrays.stream(draws).filter(f -> f >= ours).count()) / (1.0 + draws.length);
  }

  CircuitReport.Verdict verdict() {
    boolean isFaithful = faithfulness().value() >= request.faithfulness();
    boolean isSpecial = Faithfulness.mean(draws) <= RANDOM;
    boolean isBest = Arrays.stream(draws).allMatch(f -> f < faithfulness().value());
    return isFaithful && isSpecial && isBest
        ? CircuitReport.Verdict.CIRCUIT
        : isBest ? CircuitReport.Verdict.PART : CircuitReport.Verdict.NONE;
  }

  /** A loss of the metric by pair as a share of m(M) − m(∅), over the first pairs. */
  Estimate share(double[] lost, int count) {
    double[] below = new double[count];
    Arrays.setAll(below, i -> scale.model()[i] - scale.empty()[i]);
    return Ratio.bootstrap(lost, below, LEVEL, run.seed()).in("faithfulness, " + count + " pairs");
  }
}
