package dev.loupe.dictionary.training;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the features of a dictionary read and write. Source {@code s} reads {@code reads[s]} and
 * writes to {@code targets[s]}, and when features cross layers to every later target too.
 *
 * @param kind the name for display
 * @param reads one tap per source, layers rising
 * @param targets as many
 * @param skip whether a skip matrix runs beside the features
 * @param width d_model
 */
public record Layout(
    Dictionary.Kind kind, List<Tap> reads, List<Tap> targets, boolean skip, int width) {

  /** Keeps its own lists. */
  public Layout {
    reads = List.copyOf(reads);
    targets = List.copyOf(targets);
  }

  /**
   * A dictionary of layers of a model.
   *
   * @param site where the encoder reads; a transcoder must read the MLP's input or the stream
   *     before the MLP
   * @param layers rising; a cross-layer transcoder takes all
   * @throws LoupeException if the model lacks a layer or a site, or the kind does not go with them
   */
  public static Layout of(
      Transformer model, Dictionary.Kind kind, Site site, List<Integer> layers, boolean skip) {
    int count = model.config().layers();
    for (int layer : layers) {
      if (layer < 0 || layer >= count) {
        throw LoupeException.badInput(
            "there is no layer %d: the model has %d".formatted(layer, count),
            "Choose from 0 to %d.".formatted(count - 1));
      }
    }
    boolean transcodes = kind != Dictionary.Kind.SAE;
    if (transcodes && site != Site.MLP_IN && site != Site.RESID_MID) {
      throw LoupeException.badInput(
          "a transcoder cannot read " + site, "Choose mlp_in or resid_mid.");
    }
    if (!model.has(site)) {
      throw LoupeException.badInput(
          "this model's blocks have no " + site, "Choose another site, such as mlp_in.");
    }
    if (kind == Dictionary.Kind.CROSS_LAYER_TRANSCODER && layers.size() != count) {
      throw LoupeException.badInput(
          "a cross-layer transcoder of %d of %d layers".formatted(layers.size(), count),
          "It must have all layers: leave `layers` out.");
    }
    if (skip && kind != Dictionary.Kind.TRANSCODER) {
      throw LoupeException.badInput(
          "only per-layer transcoders have a skip matrix", "Leave `skip` out.");
    }
    Site target = transcodes ? Site.MLP_OUT : site;
    return new Layout(
        kind,
        layers.stream().map(layer -> new Tap(site, layer)).toList(),
        layers.stream().map(layer -> new Tap(target, layer)).toList(),
        skip,
        model.config().dModel());
  }

  /** How many sources, and targets. */
  public int sources() {
    return reads.size();
  }

  /** How many targets a source writes to: its own and, in slots after it, those of later layers. */
  public int slots(int source) {
    return kind == Dictionary.Kind.CROSS_LAYER_TRANSCODER ? sources() - source : 1;
  }

  /** Decoder directions that a feature has, on all sources together. */
  int allSlots() {
    return IntStream.range(0, sources()).map(this::slots).sum();
  }

  /** How many numbers are learned by a dictionary of this many features per source. */
  public long parameters(int features) {
    long perFeature = (long) width * (sources() + allSlots()) + 2L * sources();
    long others = (long) width * sources() * (skip ? width + 1 : 1);
    return perFeature * features + others;
  }
}
