package dev.loupe.instrument.lens;

import java.util.List;

/**
 * What the logit lens decodes after each block.
 *
 * @param model its name
 * @param positions that were read, first to last; the prediction after the last one is followed
 * @param layers before the first block (number 0), then after each block
 * @param settled the block after which the model's prediction is first and stays first, 0 if it is
 *     so before any; at the last position
 */
public record LensReport(String model, List<Position> positions, List<Layer> layers, int settled) {
  public LensReport {
    positions = List.copyOf(positions);
    layers = List.copyOf(layers);
  }

  /**
   * A position of the prompt.
   *
   * @param position from 0
   * @param text of its token
   * @param predicted text of the token that the model puts first after it
   */
  public record Position(int position, String text, String predicted) {}

  /**
   * The stream after one block.
   *
   * @param layer 0 before the first block
   * @param cells by position, as in {@code positions}
   */
  public record Layer(int layer, List<Cell> cells) {
    public Layer {
      cells = List.copyOf(cells);
    }
  }

  /**
   * What the logit lens decodes at one position.
   *
   * @param text of the token that is first
   * @param probability of that token
   * @param rank of the model's own prediction there, from 1
   * @param predicted probability of the model's own prediction
   * @param divergence Kullback–Leibler divergence of this distribution from the model's own, in
   *     nats
   */
  public record Cell(
      String text, double probability, int rank, double predicted, double divergence) {}

  /** The positions' last: the one whose prediction is followed. */
  public Position followed() {
    return positions.getLast();
  }
}
