package dev.loupe.instrument.trace;

import java.util.List;

/**
 * Features of one graph that do the same thing, across layers and positions.
 *
 * @param name what its members promote together, or in early layers what they read
 * @param members nodes of the graph, the strongest predicted effect first
 * @param layers the first and the last layer of its members
 * @param influence of its members, summed, as a share of the answer
 * @param effect what ablating each alone is predicted to do to the first explained logit, summed
 * @param probability of the answer with the whole group ablated in the real model
 */
public record Supernode(
    String name,
    List<Integer> members,
    Layers layers,
    double influence,
    double effect,
    double probability) {
  public Supernode {
    members = List.copyOf(members);
  }

  /** From one layer to another, both included. */
  public record Layers(int first, int last) {
    /** For example {@code layers 3–5}. */
    public String words() {
      return first == last ? "layer " + first : "layers " + first + "–" + last;
    }
  }

  Supernode named(String other) {
    return new Supernode(other, members, layers, influence, effect, probability);
  }

  Supernode measured(double measured) {
    return new Supernode(name, members, layers, influence, effect, measured);
  }
}
