package dev.loupe.instrument.audit;

import java.nio.file.Path;

/**
 * What to hold the bound against.
 *
 * @param world folder of a world of arbitrary facts, on whose corpus the model was trained
 * @param prompts drawn from each relation by their frequency
 */
public record BoundRequest(Path world, int prompts) {
  public BoundRequest {
    if (prompts < 2) {
      throw new IllegalArgumentException("`prompts` " + prompts + " is not 2 or more");
    }
  }
}
