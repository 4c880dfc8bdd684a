package dev.loupe.model;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Rotary position embedding of the first {@code 2 · frequencies.size()} dimensions of a head.
 *
 * @param interleaved whether neighbours (2i, 2i+1) are rotated together, rather than the halves (i,
 *     i + n)
 * @param frequencies radians per position of each pair, any scaling already applied
 * @param amplitude factor on cosine and sine (1, but for YaRN-like scalings)
 * @param longest how many positions these frequencies hold for: some scalings change them all for
 *     longer sequences
 */
public record Rotary(
    boolean interleaved, List<Double> frequencies, double amplitude, long longest) {
  /** Frequencies that hold for any length. */
  public Rotary(boolean interleaved, List<Double> frequencies, double amplitude) {
    this(interleaved, frequencies, amplitude, Long.MAX_VALUE);
  }

  /** The same turns of neighbouring dimensions rather than of halves. */
  public Rotary ofNeighbours() {
    return new Rotary(true, frequencies, amplitude, longest);
  }

  /** The plain frequencies {@code base^(−2i/dims)}. */
  public static double[] plainFrequencies(int dims, double base) {
    double[] frequencies = new double[dims / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(base, -2.0 * i / dims);
    }
    return frequencies;
  }

  /**
   * Cosines and sines {@code [batch, 1, pos, dims/2]} of positions {@code [batch, pos]}.
   *
   * @throws LoupeException if a position lies beyond {@link #longest}
   */
  Angles angles(long[] positions, int batch, DType dtype) {
    if (Arrays.stream(positions).anyMatch(position -> position >= longest)) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the text is longer than %,d tokens, where this model's rope_scaling changes every rotation, which Loupe does not do",
              longest),
          String.format(Locale.ROOT, "Shorten prompt and answer to %,d tokens together.", longest));
    }
    int pairs = frequencies.size();
    double[] cosine = new double[positions.length * pairs];
    double[] sine = new double[positions.length * pairs];
    for (int p = 0; p < positions.length; p++) {
      for (int i = 0; i < pairs; i++) {
        double angle = positions[p] * frequencies.get(i);
        cosine[p * pairs + i] = amplitude * Math.cos(angle);
        sine[p * pairs + i] = amplitude * Math.sin(angle);
      }
    }
    int length = positions.length / batch;
    return new Angles(
        Tensor.of(cosine, batch, 1, length, pairs).to(dtype),
        Tensor.of(sine, batch, 1, length, pairs).to(dtype));
  }

  /** See {@link #angles}. */
  record Angles(Tensor cosine, Tensor sine) {}

  /** Rotates {@code [batch, heads, pos, d_head]}. */
  Tensor rotate(Tensor heads, Angles angles) {
    int pairs = frequencies.size();
    int dims = 2 * pairs;
    int headSize = heads.size(3);
    Tensor turning = dims == headSize ? heads : heads.slice(3, 0, dims);
    Tensor first;
    Tensor second;
    if (interleaved) {
      Tensor paired = turning.reshape(heads.size(0), heads.size(1), heads.size(2), pairs, 2);
      first = paired.select(4, 0);
      second = paired.select(4, 1);
    } else {
      first = turning.slice(3, 0, pairs);
      second = turning.slice(3, pairs, dims);
    }
    Tensor turnedFirst = first.times(angles.cosine()).minus(second.times(angles.sine()));
    Tensor turnedSecond = second.times(angles.cosine()).plus(first.times(angles.sine()));
    Tensor turned =
        interleaved
            ? Tensor.stack(List.of(turnedFirst, turnedSecond), 4)
                .reshape(heads.size(0), heads.size(1), heads.size(2), dims)
            : Tensor.cat(List.of(turnedFirst, turnedSecond), 3);
    return dims == headSize
        ? turned
        : Tensor.cat(List.of(turned, heads.slice(3, dims, headSize)), 3);
  }
}
