package dev.loupe.model.load;

import dev.loupe.model.family.Family;
import dev.loupe.model.family.Settings;
import dev.loupe.model.family.UnreadSettings;
import dev.loupe.model.family.WeightSource;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.util.List;
import java.util.stream.Collectors;
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
  static List<String> of(
      Settings settings, Family family, WeightSource source, int layers, DType dtype) {
    return Stream.of(
            defaults(settings),
            products(dtype),
            UnreadSettings.notes(settings, family),
            source.notes(),
            UnreadTensors.notes(source, layers))
        .flatMap(List::stream)
        .toList();
  }

  private static List<String> defaults(Settings settings) {
    return settings.defaults().isEmpty()
        ? List.of()
        : List.of(
            "The model's configuration does not give "
                + settings.defaults().entrySet().stream()
                    .map(each -> each.getKey() + " (" + each.getValue() + ")")
                    .collect(Collectors.joining(", "))
                + ": the defaults of the family's published code were used.");
  }

  private static List<String> products(DType dtype) {
    return dtype == DType.BF16 && !Engine.multipliesBfloat16()
        ? List.of(
            "This processor does not multiply bfloat16: factors were widened to float32 and the"
                + " sums rounded.")
        : List.of();
  }
}
