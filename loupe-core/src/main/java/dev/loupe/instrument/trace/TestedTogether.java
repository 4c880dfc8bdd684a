package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the units that a trace lists do together in the real model, and the verdict on it. */
final class TestedTogether {
  private final Subject subject;
  private final Run run;
  private final FrozenRun frozen;
  private final @Nullable LocalReplacement replacement;
  private final LogitTargets targets;

  TestedTogether(
      Subject subject,
      Run run,
      FrozenRun frozen,
      @Nullable LocalReplacement replacement,
      LogitTargets targets) {
    this.subject = subject;
    this.run = run;
    this.frozen = frozen;
    this.replacement = replacement;
    this.targets = targets;
  }

  /**
   * Ablates them.
   *
   * @param effects predicted, by node
   * @return empty where that is not asked, or no unit is listed
   */
  Optional<TraceReport.Tested> of(
      TraceRequest request, TraceReport report, double[] effects, FeatureMeanings reading) {
    AttributionGraph graph = report.graph();
    List<FeatureAt> ordered = SetTesting.ordered(graph, scores(request.order(), report, effects));
    if (request.sets() == TraceRequest.Sets.NONE || ordered.isEmpty()) {
      return Optional.empty();
    }
    Transformer model = subject.transformer().watched(run::check);
    Tokenizer tokenizer = subject.weights().tokenizer();
    Reference reference = request.reference().orElseGet(Reference::english);
    List<int[]> texts = reference.ids(tokenizer, model.config().context());
    boolean isQuick =
        request.sets() == TraceRequest.Sets.QUICK
            || (request.sets() == TraceRequest.Sets.AUTO
                && TraceCost.ofOneRun(model.config(), frozen.length()) > TraceCost.FULL_SETS);
    try (Steps steps = run.steps("ablating sets", Counted.STEPS, 1);
        SetTesting testing =
            new SetTesting(
                model,
                subject.dictionary(),
                frozen,
                report.settings().heldPositions(),
                targets.nodes().getFirst(),
                new ActiveUnits(model, frozen, replacement),
                run.seed(),
                isQuick,
                tokenizer::tokenText)) {
      SetTest sets =
          testing.test(
              request.order(),
              ordered,
              reference,
              texts,
              report.followed() >= TraceVerdict.FOLLOWED);
      Supernodes supernodes =
          new Supernodes(
              graph,
              report.pruned(),
              effects,
              report.meanings(),
              model.config().layers(),
              report.prompt().tokens().stream().map(TraceReport.PromptToken::text).toList());
      List<Integer> candidates = Supernodes.candidates(graph, effects);
      List<Supernode> proposed =
          request.supernodes().isEmpty()
              ? supernodes.propose(candidates, reading.writes(graph, candidates))
              : supernodes.given(request.supernodes(), report.basis().names());
      List<Supernode> ablated = testing.ablated(proposed, graph, !request.supernodes().isEmpty());
      steps.at(1);
      return Optional.of(
          new TraceReport.Tested(
              TraceVerdict.of(sets, report.followed(), report.units(), report.basis().unit()),
              sets,
              ablated,
              Story.of(graph, ablated, sets.answer())));
    }
  }

  private static double[] scores(SetTest.Order order, TraceReport report, double[] effects) {
    return switch (order) {
      case EFFECT -> Arrays.stream(effects).map(effect -> -effect).toArray();
      case INFLUENCE ->
          IntStream.range(0, effects.length).mapToDouble(report.pruned()::influence).toArray();
    };
  }
}
