package dev.loupe.model.load;

import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tensor of gpt-oss's published files that holds all experts of a layer, made of what a GGUF file
 * holds in its place: one tensor for the gates and one for the linear halves, whose rows alternate
 * in the published one.
 *
 * @param experts the name up to the experts
 * @param isPair whether gates and linear halves alternate in it
 * @param kind {@code weight} or {@code bias}
 */
record StackedExperts(String experts, boolean isPair, String kind) {
  private static final Pattern NAME =
      Pattern.compile("(.+\\.mlp\\.experts\\.)(gate_up|down)_proj_(mxfp4|bias)");

  /** What a published name asks for, if it is such a tensor; a weight is asked for as rows. */
  static Optional<StackedExperts> of(String name) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches()
        ? Optional.of(
            new StackedExperts(
                matcher.group(1),
                matcher.group(2).equals("gate_up"),
                matcher.group(3).equals("bias") ? "bias" : "weight"))
        : Optional.empty();
  }

  /** Its shape {@code [experts, out, in]} or {@code [experts, out]}, by those of its sources. */
  Optional<long[]> shape(Function<String, Optional<long[]>> stored) {
    return stored
        .apply(source(isPair ? "gate" : "down"))
        .map(found -> {
          long[] sizes = found.clone();
          if (isPair && sizes.length > 1) {
            sizes[1] *= 2;
          }
          return sizes;
        });
  }

  /** One expert's, by those of its sources. */
  Tensor part(Function<String, Tensor> sources) {
    if (!isPair) {
      return sources.apply(source("down"));
    }
    Tensor gates = sources.apply(source("gate"));
    Tensor halves = sources.apply(source("up"));
    long[] shape = gates.shape();
    shape[0] *= 2;
    return Tensor.stack(List.of(gates, halves), 1).reshape(shape);
  }

  private String source(String which) {
    return experts + which + "_proj." + kind;
  }
}
