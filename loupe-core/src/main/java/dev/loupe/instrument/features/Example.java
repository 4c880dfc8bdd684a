package dev.loupe.instrument.features;

import java.util.List;

/**
 * A piece of text around a feature's peak in it.
 *
 * @param activation at the peak
 * @param index of the peak in the store's tokens
 * @param peak which token of the piece is the peak
 * @param tokens the ids of the piece
 * @param texts what the tokens say
 * @param activations of each token
 */
public record Example(
    double activation,
    long index,
    int peak,
    List<Integer> tokens,
    List<String> texts,
    List<Float> activations) {
  public Example {
    tokens = List.copyOf(tokens);
    texts = List.copyOf(texts);
    activations = List.copyOf(activations);
  }

  /** The text of the peak. */
  public String peakText() {
    return texts.get(peak);
  }

  /** The whole piece. */
  public String text() {
    return String.join("", texts);
  }
}
