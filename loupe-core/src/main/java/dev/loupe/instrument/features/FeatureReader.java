package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.FeatureReport.Neighbour;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Puts together what an index and the weights say of a feature, and checks it. */
final class FeatureReader {
  static final String START_LEFT_OUT =
      "The token that begins a text is left out of all counts and examples.";

  private static final double LEVEL = 0.95;
  private static final int WORDS = 10;
  private static final int NEAREST = 10;

  private final Subject subject;
  private final FeatureStore store;
  private final LabelFile labels;
  private final LogitEffects effects;
  private final NearestDirections nearest;
  private final FeatureChecks checks;

  /**
   * A reader of an index that was opened for the same subject.
   *
   * @throws LoupeException if its labels are damaged
   */
  FeatureReader(Subject subject, FeatureStore store) {
    this.subject = subject;
    this.store = store;
    this.labels = LabelFile.of(store);
    this.effects = new LogitEffects(subject, store.inverseNorm());
    this.nearest = new NearestDirections(subject.basis().basis());
    this.checks = new FeatureChecks(subject, store);
  }

  /**
   * Everything about one feature.
   *
   * @throws LoupeException if there is no such feature
   */
  FeatureReport read(FeatureId id) {
    return read(id, true);
  }

  /**
   * As {@link #read(FeatureId)}, without neighbours and evidence when it need not be checked: for
   * lists.
   */
  FeatureReport read(FeatureId asked, boolean checked) {
    FeatureId id = subject.require(asked);
    StoredFeature stored = store.read(id);
    LogitEffects.Moved moved = effects.of(id, WORDS);
    List<Neighbour> neighbours =
        checked
            ? nearest.of(id, NEAREST).stream()
                .map(near -> new Neighbour(near.id(), near.cosine(), label(near.id())))
                .toList()
            : List.of();
    Optional<Label> label = labels.of(id).or(() -> HeuristicLabel.of(stored, moved.promoted()));
    List<Evidence> evidence = new ArrayList<>();
    if (checked && !stored.strongest().isEmpty()) {
      Example example = stored.strongest().getFirst();
      evidence.add(checks.recomputed(id, example));
      checks.ablated(id, example, moved).ifPresent(evidence::add);
    }
    return new FeatureReport(
        stored,
        label,
        moved.promoted(),
        moved.suppressed(),
        neighbours,
        evidence,
        caveats(stored, id));
  }

  private List<String> caveats(StoredFeature stored, FeatureId id) {
    List<String> caveats = new ArrayList<>();
    caveats.add(START_LEFT_OUT);
    if (stored.active() == 0) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "It was never above zero on the %,d tokens that were read.",
              stored.tokens()));
    }
    if (effects.reach(id.layer())) {
      caveats.add(
          "Effects on logits are those of the direct way to the unembedding, past all later layers.");
    } else {
      caveats.add("It does not write into the stream, so that it has no direct effect on logits.");
    }
    if (stored.lowest() < 0) {
      caveats.add("It can be below zero; frequency and histogram count where it is above.");
    }
    return caveats;
  }

  /** The label of a feature that is only mentioned; none where the index does not hold it. */
  private Optional<Label> label(FeatureId id) {
    Optional<Label> given = labels.of(id);
    return given.isPresent() || !store.layers().contains(id.layer())
        ? given
        : HeuristicLabel.of(store.read(id), effects.of(id, WORDS).promoted());
  }

  /**
   * A label put together by rule, whatever label the feature has.
   *
   * @throws LoupeException if there is no such feature, or it was never active
   */
  Label heuristic(FeatureId asked) {
    FeatureId id = subject.require(asked);
    return HeuristicLabel.of(store.read(id), effects.of(id, WORDS).promoted())
        .orElseThrow(() ->
            LoupeException.badInput(
                String.format(
                    Locale.ROOT,
                    "feature %s was never active on the %,d tokens of the index",
                    id,
                    store.counted()),
                "Label another one, or index more text."));
  }

  /** How much of the basis the index has seen at work: no other feature can be found in it. */
  Evidence coverage() {
    long active = 0;
    long features = 0;
    for (int layer : store.layers()) {
      long[] counts = store.active(layer);
      features += counts.length;
      active += Arrays.stream(counts).filter(count -> count > 0).count();
    }
    return Evidence.noted(
        "Features that were active on the text of the index",
        Support.OBSERVED,
        Proportion.wilson(active, features, LEVEL),
        String.format(Locale.ROOT, "%,d tokens were read", store.counted()));
  }

  /** The labels, for lists of features. */
  LabelFile labels() {
    return labels;
  }
}
