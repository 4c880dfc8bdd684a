package dev.loupe.circuit;

import java.util.ArrayList;
import java.util.List;

/**
 * An attention head or an MLP.
 *
 * @param layer of its block
 * @param head its number, or −1 for the MLP
 */
public record Component(int layer, int head) {
  private static final int MLP = -1;

  /** The MLP of a block. */
  public static Component mlp(int layer) {
    return new Component(layer, MLP);
  }

  /** All of a model, block by block, heads before the MLP. */
  public static List<Component> all(int layers, int heads) {
    List<Component> all = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      for (int head = 0; head < heads; head++) {
        all.add(new Component(layer, head));
      }
      all.add(mlp(layer));
    }
    return all;
  }

  /** Whether it is an MLP. */
  public boolean isMlp() {
    return head == MLP;
  }

  /** {@code a3.5} for head 5 of block 3, {@code m3} for its MLP. */
  @Override
  public String toString() {
    return isMlp() ? "m" + layer : "a" + layer + "." + head;
  }
}
