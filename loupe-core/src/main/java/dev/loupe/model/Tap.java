package dev.loupe.model;

/**
 * A named place of one layer.
 *
 * @param layer from 0; 0 for sites that exist once a run
 */
public record Tap(Site site, int layer) {
  public Tap {
    if (layer < 0 || (site.once() && layer != 0)) {
      throw new IllegalArgumentException(site + " has no layer " + layer);
    }
  }

  /** A place that exists once a run. */
  public static Tap of(Site site) {
    return new Tap(site, 0);
  }
}
