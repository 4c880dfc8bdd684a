package dev.loupe.examination;

import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.instrument.trace.SetTest;
import java.util.List;
import java.util.Optional;

/**
 * What sets of units do for one question, a line of a log.
 *
 * @param question its id
 * @param hops how many relations lead from subject to answer
 * @param heldOut whether the combination was kept out of the training
 * @param effect ablations in the order of the frozen model's predicted effect
 * @param influence the same in the order of influence
 * @param verdict of the trace, in one word
 * @param swaps one for each donor
 */
record SetFigures(
    String question,
    int hops,
    boolean heldOut,
    Ablated effect,
    Ablated influence,
    String verdict,
    List<Swapped> swaps) {

  SetFigures {
    swaps = List.copyOf(swaps);
  }

  /**
   * Ablations in one order. Numbers of units are −1 where none is enough.
   *
   * @param halves units that halve the answer's probability
   * @param changes units that change the answer
   * @param random of ten matched random sets as large as the deciding one, those that do the same
   * @param restores units that give the answer when all else is at its mean
   * @param same share of the predictions on other questions that stay
   */
  record Ablated(int halves, int changes, int random, int restores, double same) {
    static Ablated of(SetTest test) {
      return new Ablated(
          test.halves().orElse(-1),
          test.changes().orElse(-1),
          test.decidingRandom()
              .map(draws -> test.changes().isPresent() ? draws.changed() : draws.halved())
              .orElse(0),
          test.restores().orElse(-1),
          test.elsewhere().map(each -> each.same().value()).orElse(1.0));
    }

    static final Ablated NONE = new Ablated(-1, -1, 0, -1, 1);

    static Ablated of(Optional<SetTest> test) {
      return test.map(Ablated::of).orElse(NONE);
    }
  }

  /**
   * Features given their activations in a donor's prompt.
   *
   * @param needed how many make the model give the donor's answer, −1 if all candidates do not
   * @param random of ten random sets as large, those that do the same
   * @param removed whether the prompt's own answer goes when at most 40 candidates are set to 0
   * @param removedRandom of ten random sets of as many active features, those without which it goes
   */
  record Swapped(int needed, int random, boolean removed, int removedRandom) {
    static Swapped of(SteerReport.Swap swap) {
      return new Swapped(
          swap.needed().orElse(-1),
          swap.randomArrived(),
          swap.removal().needed().isPresent(),
          swap.removal().randomChanged());
    }
  }
}
