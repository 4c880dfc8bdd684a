package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Ranking;
import dev.loupe.circuit.Reference;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** Sets of nodes of a circuit's size that it is compared with. */
final class Rivals {
  private final Subject subject;
  private final FeatureBasis basis;
  private final CircuitRequest request;
  private final Errors errors;
  private final Run run;

  Rivals(Subject subject, FeatureBasis basis, CircuitRequest request, Errors errors, Run run) {
    this.subject = subject;
    this.basis = basis;
    this.request = request;
    this.errors = errors;
    this.run = run;
  }

  /** Other sets of the same size. */
  Map<String, List<FeatureId>> sets(
      Prepared choosing,
      List<FeatureId> order,
      Map<FeatureId, Double> scores,
      List<FeatureId> circuit,
      Optional<Reference> reference) {
    int size = circuit.size();
    List<FeatureId> kept = circuit.stream().filter(FeatureId::isError).toList();
    Map<String, List<FeatureId>> rivals = new LinkedHashMap<>();
    if (!kept.isEmpty()) {
      rivals.put("its features, errors ablated", features(circuit));
      rivals.put("its errors alone", kept);
    }
    if (request.task().metric() != Metric.KL) { // it has no slope at the model's own run
      boolean isThat =
          request.ranking() == Ranking.MASK || request.ranking() == Ranking.ATTRIBUTION;
      Map<FeatureId, Double> attribution =
          isThat ? scores : choosing.scores(Ranking.ATTRIBUTION, errors, _ -> run.check());
      rivals.put("attribution patching", CircuitSearch.ranked(attribution).subList(0, size));
    }
    if (request.ranking() != Ranking.MASK) {
      rivals.put("the ranking before drops", order.subList(0, size));
    }
    rivals.put(
        "largest activations",
        and(
            kept,
            CircuitSearch.ranked(choosing.activations()).stream()
                .limit(size - kept.size())
                .toList()));
    request
        .other()
        .ifPresent(other -> {
          List<TokenPair> pairs =
              other.tokens(
                  other.train().stream().limit(request.pairs()).toList(),
                  subject.weights().tokenizer());
          try (Prepared of =
              Prepared.of(
                  subject.transformer(),
                  basis,
                  pairs,
                  other.metric(),
                  reference,
                  _ -> run.check())) {
            List<FeatureId> ranked =
                CircuitSearch.ranked(of.scores(Ranking.ATTRIBUTION, errors, _ -> run.check()));
            rivals.put(
                "circuit of the task " + other.name(),
                ranked.subList(0, Math.min(size, ranked.size())));
          }
        });
    return rivals;
  }

  private static List<FeatureId> features(List<FeatureId> nodes) {
    return nodes.stream().filter(id -> !id.isError()).toList();
  }

  private static List<FeatureId> and(List<FeatureId> some, List<FeatureId> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  /**
   * Random circuits with as many features of each layer, drawn from all candidates, and the
   * circuit's own errors where these are nodes.
   */
  List<List<FeatureId>> draws(List<FeatureId> candidates, List<FeatureId> circuit) {
    Random random = new Random(run.seed());
    List<List<FeatureId>> draws = new ArrayList<>();
    for (int draw = 0; draw < request.draws(); draw++) {
      List<FeatureId> drawn = new ArrayList<>(circuit.stream().filter(FeatureId::isError).toList());
      for (int layer : basis.layers()) {
        List<FeatureId> from =
            new ArrayList<>(
                features(candidates).stream().filter(id -> id.layer() == layer).toList());
        Collections.shuffle(from, random);
        drawn.addAll(
            from.subList(
                0, (int) features(circuit).stream().filter(id -> id.layer() == layer).count()));
      }
      draws.add(drawn);
    }
    return draws;
  }
}
