package dev.loupe.model.family;

import dev.loupe.model.Rotary;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rotation frequencies that {@code rope_theta} and {@code rope_scaling} describe, with the
 * meaning that the rope utilities of transformers give them.
 */
final class RotaryScaling {
  private static final String KNOWN = "default, linear, llama3, yarn, dynamic, longrope";

  /** Every key that a section may have; others could change the rotation and are refused. */
  static final Set<String> KEYS =
      Set.of(
          "rope_type",
          "type",
          "rope_theta",
          "partial_rotary_factor",
          "factor",
          "original_max_position_embeddings",
          "attention_factor",
          "beta_fast",
          "beta_slow",
          "short_factor",
          "long_factor",
          "low_freq_factor",
          "high_freq_factor",
          "mscale",
          "mscale_all_dim",
          "truncate");

  static final String FULL = "full_attention";
  static final String SLIDING = "sliding_attention";

  private RotaryScaling() {}

  /** Rotation of a whole head, or of the share of it that the settings give, by halves. */
  static Rotary rotary(Settings settings, int headSize, double base, int context) {
    return rotary(settings, headSize, settings.share(1, "partial_rotary_factor"), base, context);
  }

  /**
   * Rotation of a share of a head by halves.
   *
   * @param share of the head's dimensions, unless {@code rope_parameters} gives one
   * @param base unless the settings give one
   */
  static Rotary rotary(Settings settings, int headSize, double share, double base, int context) {
    return rotary(settings, scaling(settings), headSize, share, base, context);
  }

  /**
   * Rotation of one kind of layers, as transformers 5 nests it.
   *
   * @return empty where {@code rope_parameters} is not nested by kind
   */
  static Optional<Rotary> ofKind(
      Settings settings, String kind, int headSize, double base, int context) {
    Settings all = scaling(settings);
    if (!isNested(all)) {
      return Optional.empty();
    }
    refuseUnknown(all, Set.of(FULL, SLIDING));
    Settings own = all.section(kind).orElseGet(all::empty);
    return Optional.of(nested(settings, own, headSize, 1, base, context));
  }

  static boolean isNested(Settings scaling) {
    return scaling.has(FULL) || scaling.has(SLIDING);
  }

  private static Rotary rotary(
      Settings settings, Settings scaling, int headSize, double share, double base, int context) {
    if (isNested(scaling)) {
      // Transformers 5.24 fails on such a file of Qwen 2 and 3 and Gemma 2 too, and skips the
      // kinds in Llama's and Mistral's: there is no right reading to follow.
      throw scaling.unsupported(
          "rope_parameters",
          "nested by kind of layer",
          "one set of keys for all layers (in this family)");
    }
    return nested(settings, scaling, headSize, share, base, context);
  }

  private static Rotary nested(
      Settings settings, Settings scaling, int headSize, double share, double base, int context) {
    refuseUnknown(scaling, KEYS);
    // Read here for its users below, and so that it never counts as unread: it says nothing else.
    settings.number("original_max_position_embeddings");
    double theta =
        scaling.has("rope_theta")
            ? scaling.positive(base, "rope_theta")
            : settings.positive(base, "rope_theta", "rotary_emb_base");
    int dims = (int) (headSize * scaling.share(share, "partial_rotary_factor"));
    return scaled(settings, scaling, dims, theta, context);
  }

  private static void refuseUnknown(Settings scaling, Set<String> known) {
    for (String key : scaling.keys()) {
      if (!known.contains(key)) {
        throw scaling.unsupported(key, scaling.shown(key), "not given");
      }
    }
  }

  /** The section that says how to rotate; empty settings where there is none. */
  static Settings scaling(Settings settings) {
    Optional<Settings> older = settings.section("rope_scaling");
    Optional<Settings> newer = settings.section("rope_parameters");
    return older.or(() -> newer).orElseGet(settings::empty);
  }

  /** How many positions the model was trained on before it was stretched. */
  private static double original(Settings settings, Settings scaling, int context) {
    return settings
        .number("original_max_position_embeddings")
        .orElseGet(() -> scaling.positive(context, "original_max_position_embeddings"));
  }

  private static Rotary scaled(
      Settings settings, Settings scaling, int dims, double base, int context) {
    if (dims < 2 || dims % 2 != 0) {
      throw settings.wrong("the number of rotated dimensions", dims, "even and at least 2");
    }
    double[] plain = Rotary.plainFrequencies(dims, base);
    String type = scaling.text("rope_type").or(() -> scaling.text("type")).orElse("default");
    return switch (type) {
      case "default" -> halves(plain, 1);
      // Leaves the frequencies alone up to the context that the model was made for.
      case "dynamic" -> upTo(context, halves(plain, 1));
      case "linear" -> halves(divided(plain, factor(scaling)), 1);
      case "llama3" -> halves(llama3(plain, settings, scaling, context), 1);
      case "yarn" -> yarn(plain, settings, scaling, base, dims, context);
      case "longrope", "su" -> longRope(plain, settings, scaling, context);
      default -> throw scaling.unsupported("rope_type", type, KNOWN);
    };
  }

  /** Rotation of a whole head at the settings' base, never scaled. */
  static Rotary unscaled(Settings settings, int headSize, double base) {
    Settings scaling = scaling(settings);
    double theta =
        scaling.has("rope_theta")
            ? scaling.positive(base, "rope_theta")
            : settings.positive(base, "rope_theta");
    return halves(Rotary.plainFrequencies(headSize, theta), 1);
  }

  /** Rotation by halves at given frequencies. */
  static Rotary halves(double[] frequencies, double amplitude) {
    return new Rotary(false, Arrays.stream(frequencies).boxed().toList(), amplitude);
  }

  private static Rotary upTo(double longest, Rotary rotary) {
    return upTo(longest, rotary, null);
  }

  private static Rotary upTo(double longest, Rotary rotary, @Nullable Rotary beyond) {
    return new Rotary(
        rotary.interleaved(), rotary.frequencies(), rotary.amplitude(), (long) longest, beyond);
  }

  private static double factor(Settings scaling) {
    double factor = scaling.positive(1, "factor");
    if (factor < 1) {
      throw scaling.wrong("factor", factor, "1 or more");
    }
    return factor;
  }

  private static double[] divided(double[] frequencies, double factor) {
    return Arrays.stream(frequencies).map(f -> f / factor).toArray();
  }

  /** Long waves are stretched, short ones kept, those between blended. */
  private static double[] llama3(double[] plain, Settings settings, Settings scaling, int context) {
    double factor = factor(scaling);
    double low = scaling.positive(1, "low_freq_factor");
    double high = scaling.positive(4, "high_freq_factor");
    double original = original(settings, scaling, context);
    return Arrays.stream(plain)
        .map(frequency -> {
          double wavelength = 2 * Math.PI / frequency;
          if (wavelength > original / low) {
            return frequency / factor;
          }
          if (wavelength < original / high) {
            return frequency;
          }
          double kept = (original / wavelength - low) / (high - low);
          return (1 - kept) * frequency / factor + kept * frequency;
        })
        .toArray();
  }

  /** YaRN (Peng et al. 2023): a ramp over the dimensions from kept to stretched. */
  private static Rotary yarn(
      double[] plain, Settings settings, Settings scaling, double base, int dims, int context) {
    double original = original(settings, scaling, context);
    double factor = factor(scaling);
    double fast = scaling.positive(32, "beta_fast");
    double slow = scaling.positive(1, "beta_slow");
    double low = turningDimension(fast, dims, base, original);
    double high = turningDimension(slow, dims, base, original);
    if (scaling.flag("truncate", true)) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    double from = Math.max(low, 0);
    double to = Math.min(high, dims - 1.0);
    double width = from == to ? 0.001 : to - from;
    double[] frequencies =
        IntStream.range(0, plain.length)
            .mapToDouble(i -> {
              double stretched = Math.clamp((i - from) / width, 0, 1);
              return plain[i] / factor * stretched + plain[i] * (1 - stretched);
            })
            .toArray();
    return halves(frequencies, yarnAmplitude(scaling, factor));
  }

  private static double turningDimension(double turns, int dims, double base, double original) {
    return dims * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  }

  private static double yarnAmplitude(Settings scaling, double factor) {
    double scale = scaling.number("mscale").orElse(0);
    double scaleOfAll = scaling.number("mscale_all_dim").orElse(0);
    double inferred =
        scale != 0 && scaleOfAll != 0
            ? amplitude(factor, scale) / amplitude(factor, scaleOfAll)
            : amplitude(factor, 1);
    return scaling.number("attention_factor").orElse(inferred);
  }

  private static double amplitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  /**
   * LongRoPE (Ding et al. 2024): each frequency divided by a factor of its own, and for sequences
   * longer than the original context by another.
   */
  private static Rotary longRope(double[] plain, Settings settings, Settings scaling, int context) {
    double original = original(settings, scaling, context);
    double factor =
        settings.has("original_max_position_embeddings")
            ? context / original
            : scaling.positive(context / original, "factor");
    double amplitude =
        scaling
            .number("attention_factor")
            .orElse(factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)));
    Rotary rotary = halves(divided(plain, scaling, "short_factor"), amplitude);
    if (original >= context) {
      return rotary;
    }
    return upTo(
        original,
        rotary,
        scaling.has("long_factor")
            ? halves(divided(plain, scaling, "long_factor"), amplitude)
            : null);
  }

  private static double[] divided(double[] frequencies, Settings scaling, String key) {
    List<Double> divisors = scaling.numbers(key);
    if (divisors.size() != frequencies.length) {
      throw scaling.wrong(
          key,
          divisors.size() + " numbers",
          frequencies.length + " numbers, one for each rotated pair");
    }
    return IntStream.range(0, frequencies.length)
        .mapToDouble(i -> frequencies[i] / divisors.get(i))
        .toArray();
  }
}
