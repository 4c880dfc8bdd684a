package dev.loupe.instrument.steer;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.UnchangedRun;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.Generator;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Token;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** One steered run. */
final class Steering {
  /**
   * Gap of logits relative to the largest: the same float32 sums by other operations of the engine.
   */
  private static final double SAME_TOLERANCE = 1e-4;

  /** Of one prompt: its own, the other, both backwards, the way up and down, random sets. */
  private static final int RUNS_OF_A_SWAP = 40;

  /** Attention patterns that may be held, in elements. */
  private static final long MOST_PATTERN_ELEMENTS = 1L << 28;

  private final Subject subject;
  private final Run run;
  private final LanguageModel model;
  private final NamedBasis chosen;
  private final FeatureBasis basis;
  private final Transformer transformer;

  Steering(Subject subject, Run run) {
    this.subject = subject;
    this.run = run;
    this.model = subject.weights();
    this.chosen = subject.exactBasis();
    this.basis = chosen.basis();
    this.transformer = model.transformer().watched(run::check);
  }

  /** What is asked for, checked and placed. */
  private record Placed(TokenSequence tokens, List<FeatureChange> changes) {}

  private Placed placed(SteerRequest request) {
    TokenSequence tokens = subject.prompt(request.prompt(), request.rendered());
    requireRoom(request, tokens.size());
    List<FeatureChange> changes = new ArrayList<>();
    for (SteerRequest.Change change : request.changes()) {
      changes.add(place(change, tokens));
    }
    requireDistinct(changes);
    return new Placed(tokens, changes);
  }

  /** From one run of the prompt as it is: it is run thrice, and once more for each new token. */
  Cost estimate(SteerRequest request) {
    int[] ids = placed(request).tokens().ids();
    long began = System.nanoTime();
    try (var _ = NativeScope.open()) {
      transformer.hidden(TokenBatch.of(ids), Hooks.NONE, null);
    }
    double once = (System.nanoTime() - began) / 1e9;
    int runs =
        (request.swap().isPresent() ? RUNS_OF_A_SWAP : 0)
            + 3
            + (request.from().isPresent() ? 1 : 0)
            + 2 * request.maxTokens();
    return new Cost(
        once * runs,
        Engine.residentBytes(),
        0,
        String.format(Locale.ROOT, "%,d runs over %,d tokens", runs, ids.length));
  }

  Finding<SteerReport> ask(SteerRequest request) {
    Placed placed = placed(request);
    TokenSequence tokens = placed.tokens();
    int[] ids = tokens.ids();
    Optional<Swapping.Swapped> swapped = Swapping.of(request, subject, basis, run, tokens);
    List<FeatureChange> changes =
        swapped
            .map(Swapping.Swapped::changes)
            .orElseGet(() -> patched(request, placed.changes(), tokens));
    run.check();
    try (var _ = NativeScope.open();
        UnchangedRun unchanged = UnchangedRun.of(transformer, basis, request.freezing(), ids)) {
      double[] before = logits(unchanged.finalHidden().slice(0, ids.length - 1L, ids.length));
      run.check();
      double[] same = logits(changed(List.of(), request.freezing(), unchanged, ids, Hooks.NONE));
      run.check();
      Overflow overflow = new Overflow(transformer, request.freezing());
      double[] after = changedLogits(changes, request.freezing(), unchanged, ids, overflow);
      overflow.logits(after);
      SteerReport report =
          new SteerReport(
              model.name(),
              chosen.name(),
              request.prompt(),
              tokens.tokens().stream().map(Token::text).toList(),
              request.from(),
              SteerWords.of(request.freezing()),
              reported(changes, unchanged, ids.length),
              overflow.happened() ? List.of() : predictions(before, after, request.top()),
              overflow.happened() ? Double.NaN : divergence(before, after),
              overflow.happened() ? Optional.empty() : continuations(request, changes, ids),
              swapped.map(Swapping.Swapped::report));
      return new Finding<>(
          Steer.SCHEMA,
          SteerWords.question(
              model.name(), request.prompt(), changes.stream().map(this::name).toList()),
          report,
          evidence(before, same, unchanged, overflow, report.swap()),
          caveats(request, tokens, overflow),
          subject.provenance(run));
    }
  }

  private void requireRoom(SteerRequest request, int length) {
    if (request.maxTokens() > 0 && request.freezing() != Freezing.NOTHING) {
      throw LoupeException.badInput(
          "a continuation cannot hold "
              + SteerWords.of(request.freezing())
              + " of tokens that are not there yet",
          "Leave out `freeze`, or `maxTokens`.");
    }
    long patterns =
        (long) transformer.config().layers() * transformer.config().heads() * length * length;
    if (request.freezing() != Freezing.NOTHING && patterns > MOST_PATTERN_ELEMENTS) {
      throw LoupeException.resource(
          String.format(
              Locale.ROOT,
              "holding the attention patterns of %,d tokens takes %,d MB",
              length,
              (patterns * transformer.dtype().bytes()) >> 20),
          "Shorten the prompt, or leave out `freeze`.");
    }
  }

  private FeatureChange place(SteerRequest.Change change, TokenSequence tokens) {
    FeatureId id = subject.require(change.feature());
    OptionalInt position = change.position();
    if (position.isPresent()) {
      position = OptionalInt.of(subject.position(position, tokens));
    }
    FeatureChange.Action action = change.action().orElse(new FeatureChange.Action.Set(Double.NaN));
    return new FeatureChange(id.layer(), id.feature(), position, action);
  }

  private static void requireDistinct(List<FeatureChange> changes) {
    Set<List<Integer>> seen = new HashSet<>();
    for (FeatureChange change : changes) {
      int position = change.position().orElse(-1);
      boolean isNew = seen.add(List.of(change.layer(), change.feature(), position));
      boolean isCovered =
          position >= 0
              ? seen.contains(List.of(change.layer(), change.feature(), -1))
              : seen.stream()
                      .filter(
                          each -> each.get(0) == change.layer() && each.get(1) == change.feature())
                      .count()
                  > 1;
      if (!isNew || isCovered) {
        throw LoupeException.badInput(
            "feature %d/%d is changed twice at one position"
                .formatted(change.layer(), change.feature()),
            "Ask for one change of each feature and position.");
      }
    }
  }

  /** Features without an action get the activation that they have in the other prompt. */
  private List<FeatureChange> patched(
      SteerRequest request, List<FeatureChange> changes, TokenSequence tokens) {
    boolean isPatch = request.changes().stream().anyMatch(change -> change.action().isEmpty());
    if (isPatch != request.from().isPresent()) {
      throw LoupeException.badInput(
          isPatch ? "`patch` needs a prompt to take activations from" : "`from` has no use",
          isPatch ? "Give it by `from`." : "Name the features to take from it by `patch`.");
    }
    if (!isPatch) {
      return changes;
    }
    TokenSequence other = subject.prompt(request.from().orElseThrow(), request.rendered());
    if (other.size() != tokens.size()) {
      throw LoupeException.badInput(
          "the prompt has %d tokens but that of `from` has %d"
              .formatted(tokens.size(), other.size()),
          "Choose prompts whose tokens stand at the same positions.");
    }
    List<FeatureChange> patched = new ArrayList<>();
    try (UnchangedRun run = UnchangedRun.of(transformer, basis, Freezing.NOTHING, other.ids())) {
      for (int i = 0; i < changes.size(); i++) {
        FeatureChange change = changes.get(i);
        if (request.changes().get(i).action().isPresent()) {
          patched.add(change);
        } else {
          int last = change.position().orElse(tokens.size() - 1);
          for (int position = change.position().orElse(0); position <= last; position++) {
            double value = run.active(change.layer()).at(position, change.feature());
            patched.add(
                FeatureChange.at(
                    change.layer(),
                    position,
                    change.feature(),
                    new FeatureChange.Action.Set(value)));
          }
        }
      }
    }
    return patched;
  }

  private Tensor changed(
      List<FeatureChange> changes,
      Freezing freezing,
      UnchangedRun unchanged,
      int[] ids,
      Hooks watching) {
    Hooks hooks =
        FeatureHooks.of(transformer, basis, List.of(changes), freezing, unchanged).and(watching);
    return transformer
        .hidden(TokenBatch.of(ids), hooks, null)
        .select(0, 0)
        .slice(0, ids.length - 1L, ids.length);
  }

  /** A basis refuses to read what is not finite; after an overflow that is the answer. */
  private double[] changedLogits(
      List<FeatureChange> changes,
      Freezing freezing,
      UnchangedRun unchanged,
      int[] ids,
      Overflow overflow) {
    try {
      return logits(changed(changes, freezing, unchanged, ids, overflow.hooks()));
    } catch (LoupeException e) {
      if (overflow.happened()) {
        return new double[0];
      }
      throw e;
    }
  }

  private double[] logits(Tensor hidden) {
    return transformer.unembed(hidden).toDoubles();
  }

  private String name(FeatureChange change) {
    return basis.names().spelt(new FeatureId(change.layer(), change.feature())).toString();
  }

  private List<SteerReport.Change> reported(
      List<FeatureChange> changes, UnchangedRun unchanged, int length) {
    return changes.stream()
        .map(change ->
            new SteerReport.Change(
                change.layer(),
                change.feature(),
                name(change),
                change.position(),
                SteerWords.of(change.action()),
                unchanged
                    .active(change.layer())
                    .at(change.position().orElse(length - 1), change.feature())))
        .toList();
  }

  private List<SteerReport.Prediction> predictions(double[] before, double[] after, int top) {
    double[] old = probabilities(before);
    double[] fresh = probabilities(after);
    double oldMean = mean(before);
    double freshMean = mean(after);
    Set<Integer> leading = new TreeSet<>(largest(old, top));
    leading.addAll(largest(fresh, top));
    return leading.stream()
        .map(id ->
            new SteerReport.Prediction(
                id,
                model.tokenizer().tokenText(id),
                old[id],
                fresh[id],
                before[id] - oldMean,
                after[id] - freshMean))
        .sorted(
            Comparator.comparingDouble(
                each -> -Math.max(each.probabilityBefore(), each.probabilityAfter())))
        .toList();
  }

  private static List<Integer> largest(double[] values, int count) {
    try (var _ = NativeScope.open()) {
      long[] indices =
          Tensor.of(values, values.length)
              .topK(Math.min(count, values.length), 0)
              .indices()
              .toLongs();
      List<Integer> largest = new ArrayList<>();
      for (long index : indices) {
        largest.add(Math.toIntExact(index));
      }
      return largest;
    }
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double[] probabilities(double[] logits) {
    try (var _ = NativeScope.open()) {
      return Tensor.of(logits, logits.length).softmax(0).toDoubles();
    }
  }

  private static double divergence(double[] before, double[] after) {
    try (var _ = NativeScope.open()) {
      Tensor old = Tensor.of(before, before.length).logSoftmax(0);
      Tensor fresh = Tensor.of(after, after.length).logSoftmax(0);
      return Math.max(0, old.exp().times(old.minus(fresh)).sum().item());
    }
  }

  private Optional<SteerReport.Continuations> continuations(
      SteerRequest request, List<FeatureChange> changes, int[] ids) {
    return request.maxTokens() == 0
        ? Optional.empty()
        : Optional.of(
            new SteerReport.Continuations(
                continued(request, List.of(), ids), continued(request, changes, ids)));
  }

  private String continued(SteerRequest request, List<FeatureChange> changes, int[] ids) {
    return new Generator(transformer, model.tokenizer(), model.endTokens())
        .generate(
            ids,
            SamplingOptions.greedy(request.maxTokens()),
            FeatureHooks.free(transformer, basis, changes),
            _ -> run.check(),
            () -> false)
        .text();
  }

  private List<Evidence> evidence(
      double[] before,
      double[] same,
      UnchangedRun unchanged,
      Overflow overflow,
      Optional<SteerReport.Swap> swap) {
    double gap = 0;
    double largest = 1e-9;
    for (int i = 0; i < before.length; i++) {
      gap = Math.max(gap, Math.abs(before[i] - same[i]));
      largest = Math.max(largest, Math.abs(before[i]));
    }
    List<Evidence> evidence = new ArrayList<>();
    overflow.evidence().ifPresent(evidence::add);
    swap.map(Swapping::evidence).ifPresent(evidence::addAll);
    evidence.add(
        Evidence.atMost(
            SAME_TOLERANCE,
            "Without a change the same intervention gives the model's logits",
            Support.INTERVENED,
            Estimate.exactly(gap / largest, "largest gap relative to the largest logit"),
            ""));
    evidence.add(
        Evidence.noted(
            "Reconstruction error of the features where they write, on this prompt",
            Support.OBSERVED,
            Estimate.exactly(unchanged.unexplained(), "share of the variance"),
            "it stays in place when features are changed"));
    return evidence;
  }

  private List<String> caveats(SteerRequest request, TokenSequence tokens, Overflow overflow) {
    List<String> caveats = new ArrayList<>();
    overflow.caveat().ifPresent(caveats::add);
    caveats.addAll(SteerWords.caveats(request));
    caveats.addAll(subject.caveats(tokens));
    if (request.maxTokens() > 0) {
      caveats.addAll(model.generationNotes());
    }
    return caveats;
  }
}
