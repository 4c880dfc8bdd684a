package dev.loupe.instrument.explain;

import java.util.List;

/** What becomes of a unit that is left out. */
public sealed interface Perturbation {
  /** The white space before it goes with it, and the rest is joined again. */
  record Deletion() implements Perturbation {}

  /**
   * One text in the place of every unit, such as a mask token.
   *
   * @param text of it
   */
  record Replacement(String text) implements Perturbation {}

  /**
   * The model's own continuation of the text before it stands in its place, greedily and with as
   * many words: a unit that the text before it already says is not missed.
   */
  record Infilling() implements Perturbation {}

  /** A text in the place of each player of a text, where that needs no model. */
  default List<String> substitutes(UnitText text) {
    return switch (this) {
      case Deletion _, Infilling _ -> List.of();
      case Replacement replacement -> text.players().stream().map(_ -> replacement.text()).toList();
    };
  }
}
