package dev.loupe.model.load;

import dev.loupe.model.family.Settings;
import dev.loupe.model.family.UnreadSettings;
import dev.loupe.model.family.WeightSource;
import java.util.List;
import java.util.stream.Stream;

/** What a reader of results should know of how a model's files were read. */
final class Notes {
  private Notes() {}

  /**
   * After every part of a model has been asked for.
   *
   * @throws dev.loupe.fault.LoupeException if a setting or a tensor was left unread that could
   *     change what the model computes
   */
  static List<String> of(Settings settings, WeightSource source, int layers) {
    return Stream.of(
            UnreadSettings.notes(settings), source.notes(), UnreadTensors.notes(source, layers))
        .flatMap(List::stream)
        .toList();
  }
}
