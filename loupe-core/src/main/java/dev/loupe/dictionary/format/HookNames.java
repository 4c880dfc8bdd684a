package dev.loupe.dictionary.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** TransformerLens's names of sites, which circuit-tracer and SAELens write. */
final class HookNames {
  private static final Pattern OF_BLOCK = Pattern.compile("blocks\\.(\\d{1,4})\\.(.+)");

  /** The first name of a site is the one that is written. */
  private static final List<Map.Entry<String, Site>> SITES =
      List.of(
          Map.entry("hook_resid_pre", Site.RESID_PRE),
          Map.entry("hook_resid_mid", Site.RESID_MID),
          Map.entry("hook_resid_post", Site.RESID_POST),
          Map.entry("hook_attn_out", Site.ATTN_OUT),
          Map.entry("mlp.hook_in", Site.MLP_IN),
          Map.entry("hook_mlp_out", Site.MLP_OUT),
          Map.entry("mlp.hook_out", Site.MLP_OUT));

  private HookNames() {}

  /** The place that a block's own name means, {@code hook_resid_mid} for example. */
  static Tap tap(String origin, String name, int layer) {
    return SITES.stream()
        .filter(entry -> entry.getKey().equals(name))
        .findFirst()
        .map(entry -> new Tap(entry.getValue(), layer))
        .orElseThrow(() ->
            LoupeException.badInput(
                origin + ": is at the hook " + name + ", which Loupe does not know",
                "If it is one of Loupe's sites by another name, give the site yourself, for example"
                    + " mlp_in."
                    + layer
                    + "."));
  }

  /** The place that a full name means, {@code blocks.3.hook_resid_pre} for example. */
  static Tap tap(String origin, String name) {
    Matcher parts = OF_BLOCK.matcher(name);
    return parts.matches()
        ? tap(origin, parts.group(2), Integer.parseInt(parts.group(1)))
        : tap(origin, name, 0);
  }

  /** A block's own name of a site. */
  static String name(Site site) {
    return SITES.stream()
        .filter(entry -> entry.getValue() == site)
        .findFirst()
        .map(Map.Entry::getKey)
        .orElseThrow(() ->
            LoupeException.badInput(
                "TransformerLens has no hook for " + site, "Choose another format."));
  }

  /** The full name of a place. */
  static String name(Tap tap) {
    return "blocks." + tap.layer() + "." + name(tap.site());
  }
}
