package dev.loupe.circuit;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * What kind of head each is, by where it attends in random tokens that stand twice in a row (Olsson
 * et al. 2022): at the token before, at the same token before, or at the one after that.
 */
public final class HeadKinds {
  /** A head that attends less than that to any of these places is of no kind. */
  public static final double LEAST = 0.3;

  private static final int PERIOD = 24;
  private static final int TEXTS = 4;

  private HeadKinds() {}

  /** A kind of component. */
  public enum Kind {
    /** Attends to the token before. */
    PREVIOUS_TOKEN,
    /** Attends to where the token stood before. */
    DUPLICATE_TOKEN,
    /** Attends to what followed where the token stood before. */
    INDUCTION,
    /** A head of none of these kinds. */
    OTHER,
    /** No head. */
    MLP
  }

  /**
   * The kind of each head and MLP.
   *
   * @param tokens whose ids are below this are drawn
   */
  public static Map<Component, Kind> of(Transformer model, int tokens, long seed) {
    Random random = new Random(seed);
    int[][] ids = new int[TEXTS][2 * PERIOD];
    for (int[] text : ids) {
      for (int i = 0; i < PERIOD; i++) {
        text[i] = random.nextInt(tokens);
        text[i + PERIOD] = text[i];
      }
    }
    int heads = model.config().heads();
    Map<Component, Kind> kinds = new HashMap<>();
    Hooks hooks = Hooks.NONE;
    for (int layer = 0; layer < model.config().layers(); layer++) {
      int of = layer;
      kinds.put(Component.mlp(layer), Kind.MLP);
      hooks =
          hooks.and(
              Hooks.observe(
                  new Tap(Site.ATTN_PATTERN, layer),
                  pattern -> {
                    float[] all = pattern.toFloats();
                    for (int head = 0; head < heads; head++) {
                      kinds.put(new Component(of, head), kind(all, head, heads));
                    }
                  }));
    }
    try (var _ = NativeScope.open()) {
      model.observe(TokenBatch.of(ids), hooks);
    }
    return kinds;
  }

  /** By {@code [text, head, query, key]}, over the second time. */
  private static Kind kind(float[] patterns, int head, int heads) {
    double previous = 0;
    double duplicate = 0;
    double induction = 0;
    int length = 2 * PERIOD;
    for (int text = 0; text < TEXTS; text++) {
      for (int query = PERIOD; query < length; query++) {
        int row = ((text * heads + head) * length + query) * length;
        previous += patterns[row + query - 1];
        duplicate += patterns[row + query - PERIOD];
        induction += patterns[row + query - PERIOD + 1];
      }
    }
    double most = Math.max(previous, Math.max(duplicate, induction));
    if (most / (TEXTS * PERIOD) < LEAST) {
      return Kind.OTHER;
    }
    return most == induction
        ? Kind.INDUCTION
        : most == duplicate ? Kind.DUPLICATE_TOKEN : Kind.PREVIOUS_TOKEN;
  }
}
