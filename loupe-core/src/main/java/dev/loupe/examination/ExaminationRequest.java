package dev.loupe.examination;

import dev.loupe.instrument.explain.Method;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Asks how a model, or an instrument on a model, compares with the world it was trained on. */
public sealed interface ExaminationRequest {
  /** The world of the shipped models. */
  long WORLD = 7;

  /** Seed of the world. */
  long world();

  /** The world's size. */
  double scale();

  /**
   * Every test question of the world.
   *
   * @param chat whether they are asked in conversations, for models trained on those
   */
  record OfModel(long world, double scale, boolean chat) implements ExaminationRequest {}

  /**
   * The trace compared with ground truth, over questions that the model answers right: its ranking
   * of neurons over those of two hops, unless the basis is a dictionary, and what sets of its units
   * do over those of two and three.
   *
   * @param questions at most, drawn by the run's seed
   * @param log keeps each question's figures at once, those of sets beside it in a file whose name
   *     ends in {@code .sets}; those that it holds are not measured again
   * @param parts what is measured
   */
  record OfTrace(long world, double scale, int questions, Optional<Path> log, Set<TracePart> parts)
      implements ExaminationRequest {
    public OfTrace {
      parts = Set.copyOf(parts);
    }
  }

  /**
   * Explanations compared with ground truth, over questions of one and two hops.
   *
   * @param questions at most, drawn by the run's seed
   * @param methods that are compared; empty for all that take no more texts than pairs of units
   */
  record OfExplain(long world, double scale, int questions, Set<Method> methods)
      implements ExaminationRequest {
    public OfExplain {
      methods = Set.copyOf(methods);
    }
  }

  /**
   * The Token Highlighter compared with the planted triggers, for models trained on conversations.
   *
   * @param questions of each kind at most
   */
  record OfHighlight(long world, double scale, int questions) implements ExaminationRequest {}

  /**
   * Influence compared with ground truth: recall at 10 of the documents that state a fact.
   *
   * @param questions at most, drawn by the run's seed
   */
  record OfInfluence(long world, double scale, int questions) implements ExaminationRequest {}

  /**
   * Verification of claims compared with ground truth; the model is the judge.
   *
   * @param questions claims at most, a third of each kind, drawn by the run's seed
   */
  record OfVerify(long world, double scale, int questions) implements ExaminationRequest {}

  /**
   * An audit of the model's answers compared with how often the corpus states each fact.
   *
   * @param questions people at most whose birthday is asked for, drawn by the run's seed
   * @param inside whether probes, features and traces are tried too as signs of a right answer
   */
  record OfAudit(long world, double scale, int questions, boolean inside)
      implements ExaminationRequest {}

  /** A part of the examination of the trace. */
  enum TracePart {
    /** Its ranking, against the ablation of every neuron at every position; the bridge entity. */
    RANKING,
    /** Its units ablated together, kept alone, and swapped between prompts. */
    SETS
  }

  /** Every test question of the world of the shipped models. */
  static ExaminationRequest ofModel() {
    return new OfModel(WORLD, 1, false);
  }

  /** The trace in the world of the shipped models. */
  static ExaminationRequest ofTrace(int questions) {
    return new OfTrace(WORLD, 1, questions, Optional.empty(), EnumSet.allOf(TracePart.class));
  }
}
