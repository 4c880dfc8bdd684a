package dev.loupe.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * A model that is complete on this machine.
 *
 * @param name its name on the hub, or its path
 * @param revision the commit, or {@code local} for a path
 * @param location what a loader opens: a folder with {@code config.json}, or a GGUF file
 * @param weights the files that hold the weights
 */
public record LocalModel(String name, String revision, Path location, List<Path> weights) {
  public LocalModel {
    weights = List.copyOf(weights);
  }
}
