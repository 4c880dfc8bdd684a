package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where the features of one layer read and write.
 *
 * @param reads the encoder's input
 * @param writes the decoder's own target
 */
public record Place(Tap reads, Tap writes) {
  /** The sites of width d_model that a dictionary can have. */
  public static final List<Site> SITES =
      List.of(
          Site.RESID_PRE,
          Site.ATTN_IN,
          Site.ATTN_OUT,
          Site.RESID_MID,
          Site.MLP_IN,
          Site.MLP_OUT,
          Site.RESID_POST);

  /** The sites whose values make up the stream: what is written there reaches the logits. */
  public static final Set<Site> STREAM =
      Collections.unmodifiableSet(
          EnumSet.of(Site.RESID_PRE, Site.ATTN_OUT, Site.RESID_MID, Site.MLP_OUT, Site.RESID_POST));

  /** A dictionary that reads and writes there; at the MLP's input it writes the MLP's output. */
  public static Place at(Tap tap) {
    return new Place(tap, tap.site() == Site.MLP_IN ? new Tap(Site.MLP_OUT, tap.layer()) : tap);
  }

  /**
   * Reads {@code resid_post.12}, or {@code mlp_in.3:mlp_out.3} where it writes elsewhere.
   *
   * @throws LoupeException if it is neither
   */
  public static Place parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length > 2) {
      throw wrong(text);
    }
    return parts.length == 1
        ? at(tap(text, text))
        : new Place(tap(parts[0], text), tap(parts[1], text));
  }

  private static Tap tap(String part, String text) {
    int dot = part.lastIndexOf('.');
    if (dot < 0 || !part.substring(dot + 1).matches("\\d{1,4}")) {
      throw wrong(text);
    }
    String name = part.substring(0, dot).toUpperCase(Locale.ROOT);
    return Arrays.stream(Site.values())
        .filter(site -> site.name().equals(name) && SITES.contains(site))
        .findFirst()
        .map(site -> new Tap(site, Integer.parseInt(part.substring(dot + 1))))
        .orElseThrow(() -> wrong(text));
  }

  private static LoupeException wrong(String text) {
    return LoupeException.badInput(
        "'" + text + "' is not a site of a dictionary",
        "Write SITE.LAYER or SITE.LAYER:SITE.LAYER, for example resid_post.12; sites: "
            + SITES.stream().map(Place::name).collect(Collectors.joining(", "))
            + ".");
  }

  private static String name(Site site) {
    return site.name().toLowerCase(Locale.ROOT);
  }

  /** As {@link #parse} reads it. */
  public static String name(Tap tap) {
    return name(tap.site()) + "." + tap.layer();
  }
}
