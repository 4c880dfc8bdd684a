package dev.loupe.model;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding of the first {@code 2 · frequencies.size()} dimensions of a head.
 *
 * @param interleaved whether neighbours (2i, 2i+1) are rotated together, rather than the halves (i,
 *     i + n)
 * @param frequencies radians per position of each pair, any scaling already applied
 * @param amplitude factor on cosine and sine (1, but for YaRN-like scalings)
 * @param longest how many positions a sequence may have for these frequencies to hold: some
 *     scalings change them all for longer ones
 * @param beyond what turns all positions of longer sequences, null where that is not known
 */
public record Rotary(
    boolean interleaved,
    List<Double> frequencies,
    double amplitude,
    long longest,
    @Nullable Rotary beyond) {
  /** Frequencies that hold for any length. */
  public Rotary(boolean interleaved, List<Double> frequencies, double amplitude) {
    this(interleaved, frequencies, amplitude, Long.MAX_VALUE, null);
  }

  /** The same turns of neighbouring dimensions rather than of halves. */
  public Rotary ofNeighbours() {
    return new Rotary(
        true, frequencies, amplitude, longest, beyond == null ? null : beyond.ofNeighbours());
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
   * What turns the positions of a sequence.
   *
   * @param length how many positions it has in all
   * @throws LoupeException if it is longer than {@link #longest}, and nothing is known {@link
   *     #beyond}
   */
  public Rotary over(long length) {
    if (length <= longest) {
      return this;
    }
    if (beyond == null) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the text is longer than %,d tokens, where this model's rope_scaling changes every rotation, which Loupe does not do",
              longest),
          String.format(Locale.ROOT, "Shorten prompt and answer to %,d tokens together.", longest));
    }
    return beyond.over(length);
  }

  /**
   * Cosines and sines {@code [batch, 1, pos, dims/2]} of positions {@code [batch, pos]}.
   *
   * @param length how many positions every sequence of the batch has in all; 0 for as many as its
   *     last one says
   */
  Angles angles(long[] positions, int batch, long length, DType dtype) {
    int pairs = frequencies.size();
    double[] cosine = new double[positions.length * pairs];
    double[] sine = new double[positions.length * pairs];
    int each = positions.length / batch;
    for (int row = 0; row < batch; row++) {
      long last = Arrays.stream(positions, row * each, (row + 1) * each).max().orElse(0);
      Rotary own = over(Math.max(length, last + 1));
      for (int p = row * each; p < (row + 1) * each; p++) {
        for (int i = 0; i < pairs; i++) {
          double angle = positions[p] * own.frequencies.get(i);
          cosine[p * pairs + i] = own.amplitude * Math.cos(angle);
          sine[p * pairs + i] = own.amplitude * Math.sin(angle);
        }
      }
    }
    return new Angles(
        Tensor.of(cosine, batch, 1, each, pairs).to(dtype),
        Tensor.of(sine, batch, 1, each, pairs).to(dtype));
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
