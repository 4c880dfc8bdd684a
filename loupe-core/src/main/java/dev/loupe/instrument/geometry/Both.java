package dev.loupe.instrument.geometry;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.report.Provenance;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.Supplier;

/** What a question about several subjects says of all of them. */
final class Both {
  private Both() {}

  /** Works while all of them are held open. */
  static <T> T hold(Subject first, List<Subject> others, Supplier<T> work) {
    Supplier<T> held = work;
    for (Subject other : others) {
      Supplier<T> inner = held;
      held = () -> other.hold(inner);
    }
    return first.hold(held);
  }

  /** The files behind all of them. */
  static Provenance provenance(Subject first, List<Subject> others, Run run) {
    return first.provenance(run).and(others.stream().map(each -> each.provenance(run)).toList());
  }

  /** What to keep in mind about all of them. */
  static List<String> caveats(Subject first, List<Subject> others) {
    SequencedSet<String> caveats = new LinkedHashSet<>(first.caveats());
    others.forEach(other -> caveats.addAll(other.caveats()));
    return new ArrayList<>(caveats);
  }

  /** A name for people: the dictionary, and the model where there are several. */
  static String name(Subject subject) {
    return subject.basis().name();
  }

  /** Whether both look at the same model. */
  static boolean sameModel(Subject one, Subject other) {
    return one.sha256().equals(other.sha256());
  }

  /**
   * Fails unless directions of both can be compared.
   *
   * @throws LoupeException if they live in different models
   */
  static void requireSameModel(Subject one, Subject other) {
    if (!sameModel(one, other)) {
      throw LoupeException.badInput(
          "directions of %s in %s and of %s in %s live in different spaces"
              .formatted(name(one), one.weights().name(), name(other), other.weights().name()),
          "Compare what their features do on a text (`texts`), or name dictionaries of one model.");
    }
  }
}
