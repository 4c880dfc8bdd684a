package dev.loupe.model.generate;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Tokens that may be drawn, with their probabilities. Each filter keeps a part and rescales it to
 * the sum one; ties go to the smaller token id.
 */
final class Candidates {
  private final int[] ids;
  private final double[] probabilities;

  private Candidates(int[] ids, double[] probabilities) {
    this.ids = ids;
    this.probabilities = probabilities;
  }

  /** All tokens, by id. */
  static Candidates all(double[] probabilities) {
    return new Candidates(IntStream.range(0, probabilities.length).toArray(), probabilities);
  }

  /** The {@code count} likeliest, falling; all when it is 0. */
  Candidates likeliest(int count) {
    if (count == 0 || count >= ids.length) {
      return this;
    }
    double[] rising = probabilities.clone();
    Arrays.sort(rising);
    return kept(Arrays.copyOf(falling(rising[rising.length - count]), count));
  }

  /** The fewest, falling, whose probabilities reach {@code mass}; all when it is 1. */
  Candidates reaching(double mass) {
    if (mass == 1) {
      return this;
    }
    // Tokens below this share hold less than 1 − mass together, so the others reach the mass: a
    // vocabulary of 200,000 tokens need not be sorted.
    int[] places = falling((1 - mass) / ids.length);
    double sum = 0;
    int count = 0;
    while (count < places.length && sum < mass) {
      sum += probabilities[places[count++]];
    }
    return kept(Arrays.copyOf(places, count));
  }

  /** Those at least {@code share} as likely as the likeliest. */
  Candidates atLeast(double share) {
    if (share == 0) {
      return this;
    }
    double least = share * Arrays.stream(probabilities).max().orElseThrow();
    return kept(IntStream.range(0, ids.length).filter(i -> probabilities[i] >= least).toArray());
  }

  /** The token at a place in {@code [0, 1)} when probabilities are laid end to end. */
  int at(double place) {
    double end = 0;
    for (int i = 0; i < ids.length; i++) {
      end += probabilities[i];
      if (place < end) {
        return ids[i];
      }
    }
    // The probabilities may add up to a hair less than one: the last possible token takes the rest.
    int last = ids.length - 1;
    while (probabilities[last] == 0) {
      last--;
    }
    return ids[last];
  }

  /** The tokens. */
  int[] ids() {
    return ids.clone();
  }

  /** Their probabilities, of sum one. */
  double[] probabilities() {
    return probabilities.clone();
  }

  /** The places of those at least as likely as {@code least}, likeliest first. */
  private int[] falling(double least) {
    return IntStream.range(0, ids.length)
        .filter(i -> probabilities[i] >= least)
        .boxed()
        .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private Candidates kept(int[] places) {
    double sum = Arrays.stream(places).mapToDouble(i -> probabilities[i]).sum();
    return new Candidates(
        Arrays.stream(places).map(i -> ids[i]).toArray(),
        Arrays.stream(places).mapToDouble(i -> probabilities[i] / sum).toArray());
  }
}
