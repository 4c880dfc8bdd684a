package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Prepared.Circuit;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.geometry.AverageLinkage;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.DirectPath;
import dev.loupe.model.Transformer;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Supernodes of a circuit: the members with the largest drops, grouped by average linkage on how
 * alike the directions are that they write and the prompts in which the circuit needs them, and
 * each group ablated beside random ones.
 */
final class CircuitGroups {
  /** Members that are grouped at most, and groups that are told. */
  private static final int MOST = 60;

  private static final int TOLD = 8;

  /** As the supernodes of a trace. */
  private static final double ALIKE = 0.35;

  private static final int SPAN = 2;
  private static final double APART = -1e6;

  private static final int DRAWS = 19;
  private static final int NAMED = 2;

  /** Tokens among which the first {@link #NAMED} words are looked for. */
  private static final int SEEN = 24;

  private final Transformer model;
  private final FeatureBasis basis;
  private final Tokenizer tokenizer;
  private final Errors errors;
  private final Run run;

  CircuitGroups(Subject subject, FeatureBasis basis, Errors errors, Run run) {
    this.model = subject.transformer();
    this.basis = basis;
    this.tokenizer = subject.weights().tokenizer();
    this.errors = errors;
    this.run = run;
  }

  /** A share of faithfulness that was lost, by pair. */
  @FunctionalInterface
  interface Share {
    Estimate of(double[] lost);
  }

  /**
   * The groups, the largest drop first.
   *
   * @param pairs on which they are ablated
   * @param members in their order
   * @param drops of the metric without each, by pair; as many as have been measured
   * @param circuit all of it
   */
  List<CircuitReport.Supernode> of(
      Prepared pairs,
      List<FeatureId> members,
      List<double[]> drops,
      List<FeatureId> circuit,
      Share share) {
    List<Integer> candidates =
        IntStream.range(0, members.size())
            .filter(i -> !members.get(i).isError() && Arrays.stream(drops.get(i)).sum() > 0)
            .limit(MOST)
            .boxed()
            .toList();
    List<List<Integer>> groups =
        AverageLinkage.groups(alike(candidates, members, drops), ALIKE).stream()
            .filter(group -> group.size() > 1)
            .map(group -> group.stream().map(candidates::get).toList())
            .toList();
    if (groups.isEmpty()) {
      return List.of();
    }
    double[][] whole =
        pairs.values(
            List.of(Circuit.keeping(circuit), Circuit.without(List.of())),
            errors,
            _ -> run.check());
    double[][] lost = lost(pairs, groups, members, circuit, whole[0]);
    List<Integer> largest =
        IntStream.range(0, groups.size())
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -Arrays.stream(lost[i]).sum()))
            .limit(TOLD)
            .toList();
    List<CircuitReport.Supernode> told = new ArrayList<>();
    Map<String, Integer> used = new HashMap<>();
    try (Steps steps = run.steps("supernodes", Counted.RUNS, largest.size())) {
      for (int group : largest) {
        List<FeatureId> features = groups.get(group).stream().map(members::get).toList();
        String name = name(pairs, features);
        int count = used.merge(name, 1, Integer::sum);
        told.add(
            told(
                pairs,
                count == 1 ? name : name + " " + count,
                groups.get(group),
                features,
                candidates.stream().map(members::get).toList(),
                circuit,
                whole,
                lost[group],
                share));
        steps.at(told.size());
      }
    }
    return told;
  }

  private CircuitReport.Supernode told(
      Prepared pairs,
      String name,
      List<Integer> numbers,
      List<FeatureId> features,
      List<FeatureId> grouped,
      List<FeatureId> circuit,
      double[][] whole,
      double[] lost,
      Share share) {
    Random random = new Random(run.seed());
    List<Circuit> circuits = new ArrayList<>();
    circuits.add(Circuit.without(features));
    for (int draw = 0; draw < DRAWS; draw++) {
      circuits.add(without(circuit, draw(features, grouped, random)));
    }
    double[][] values = pairs.values(circuits, errors, _ -> run.check());
    double[] drawn = new double[DRAWS];
    Arrays.setAll(drawn, draw -> share.of(minus(whole[0], values[draw + 1])).value());
    int[] layers = features.stream().mapToInt(FeatureId::layer).sorted().toArray();
    return new CircuitReport.Supernode(
        name,
        numbers,
        layers[0],
        layers[layers.length - 1],
        share.of(lost),
        Arrays.stream(drawn).average().orElseThrow(),
        PermutedTexts.p(share.of(lost).value(), drawn),
        share.of(minus(whole[1], values[0])));
  }

  private double[][] lost(
      Prepared pairs,
      List<List<Integer>> groups,
      List<FeatureId> members,
      List<FeatureId> circuit,
      double[] whole) {
    List<Circuit> circuits =
        groups.stream()
            .map(group -> without(circuit, group.stream().map(members::get).toList()))
            .toList();
    double[][] values = pairs.values(circuits, errors, _ -> run.check());
    return Arrays.stream(values).map(each -> minus(whole, each)).toArray(double[][]::new);
  }

  private static double[] minus(double[] some, double[] others) {
    return IntStream.range(0, some.length).mapToDouble(i -> some[i] - others[i]).toArray();
  }

  private static Circuit without(List<FeatureId> circuit, List<FeatureId> some) {
    Set<FeatureId> out = new LinkedHashSet<>(some);
    return Circuit.keeping(circuit.stream().filter(each -> !out.contains(each)).toList());
  }

  /** As many of the grouped features of each layer, the group's own among them. */
  private static List<FeatureId> draw(
      List<FeatureId> group, List<FeatureId> grouped, Random random) {
    List<FeatureId> drawn = new ArrayList<>();
    Map<Integer, Long> counts =
        group.stream().collect(Collectors.groupingBy(FeatureId::layer, Collectors.counting()));
    counts.forEach((layer, count) -> {
      List<FeatureId> from =
          new ArrayList<>(grouped.stream().filter(id -> id.layer() == layer).toList());
      Collections.shuffle(from, random);
      drawn.addAll(from.subList(0, Math.toIntExact(count)));
    });
    return drawn;
  }

  /** The mean of the cosine of what they write and the correlation of their drops over pairs. */
  private double[][] alike(
      List<Integer> candidates, List<FeatureId> members, List<double[]> drops) {
    List<double[]> writes = candidates.stream().map(i -> written(members.get(i))).toList();
    List<double[]> needs = candidates.stream().map(i -> centred(drops.get(i))).toList();
    double[][] alike = new double[candidates.size()][candidates.size()];
    for (int i = 0; i < alike.length; i++) {
      for (int j = 0; j < i; j++) {
        int apart = members.get(candidates.get(i)).layer() - members.get(candidates.get(j)).layer();
        alike[i][j] =
            Math.abs(apart) > SPAN
                ? APART
                : (AverageLinkage.cosine(writes.get(i), writes.get(j))
                        + AverageLinkage.cosine(needs.get(i), needs.get(j)))
                    / 2;
        alike[j][i] = alike[i][j];
      }
    }
    return alike;
  }

  private static double[] centred(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return Arrays.stream(values).map(value -> value - mean).toArray();
  }

  /** What a feature writes at all places together, for each unit of its activation. */
  private double[] written(FeatureId id) {
    try (var _ = NativeScope.open()) {
      return basis.writes(id.layer()).stream()
          .map(target -> basis.decoderRows(id.layer(), target, id.feature()))
          .reduce(Tensor::plus)
          .orElseThrow()
          .toDoubles();
    }
  }

  /**
   * In the first third of the layers the token on which its members are most active, further up the
   * words that they promote together most, each weighted by its mean activation.
   */
  private String name(Prepared pairs, List<FeatureId> features) {
    Map<FeatureId, Double> activations = new HashMap<>();
    Map<String, Double> tokens = new HashMap<>();
    Set<FeatureId> some = new LinkedHashSet<>(features);
    for (Prepared.Item item : pairs.items()) {
      for (FeatureAt node : item.clean().nodes()) {
        if (some.contains(node.id())) {
          double activation = item.clean().at(node);
          activations.merge(node.id(), activation, Double::sum);
          String token = tokenizer.tokenText(item.pair().clean()[node.position()]).strip();
          tokens.merge(token, Math.abs(activation), Double::sum);
        }
      }
    }
    if (tokens.isEmpty()) {
      return "active in twins alone";
    }
    return features.stream().allMatch(id -> id.layer() <= model.config().layers() / 3)
        ? "on “%s”"
            .formatted(
                Collections.max(
                        tokens.entrySet(),
                        Map.Entry.<String, Double>comparingByValue()
                            .thenComparing(Map.Entry.comparingByKey()))
                    .getKey())
        : promoted(features, activations);
  }

  private String promoted(List<FeatureId> features, Map<FeatureId, Double> activations) {
    double[] sum = new double[written(features.getFirst()).length];
    for (FeatureId id : features) {
      double[] each = written(id);
      double weight = activations.getOrDefault(id, 0.);
      Arrays.setAll(sum, i -> sum[i] + weight * each[i]);
    }
    try (var _ = NativeScope.open()) {
      Tensor out = Tensor.of(sum, 1, sum.length).to(model.dtype());
      Tensor logits = new DirectPath(model).logits(out, UnaryOperator.identity());
      long[] ids = logits.topK(Math.min(SEEN, logits.size(1)), 1).indices().toLongs();
      String words =
          Arrays.stream(ids)
              .mapToObj(id -> tokenizer.tokenText(Math.toIntExact(id)).strip())
              .filter(text -> text.matches("[\\p{L}\\p{N}][\\p{L}\\p{N}’'-]*"))
              .distinct()
              .limit(NAMED)
              .collect(Collectors.joining(", "));
      return words.isEmpty() ? "no word" : words;
    }
  }
}
