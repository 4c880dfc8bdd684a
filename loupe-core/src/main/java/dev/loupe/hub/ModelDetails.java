package dev.loupe.hub;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The details of a model that need no opening.
 *
 * @param model where it is
 * @param id which bytes its weights are
 * @param architecture out of {@code config.json}, absent for GGUF
 * @param parameters how many numbers its safetensors hold, absent for GGUF
 * @param files its files
 */
public record ModelDetails(
    LocalModel model,
    ArtifactId id,
    Optional<String> architecture,
    OptionalLong parameters,
    List<CachedModel.CachedFile> files) {
  public ModelDetails {
    files = List.copyOf(files);
  }
}
