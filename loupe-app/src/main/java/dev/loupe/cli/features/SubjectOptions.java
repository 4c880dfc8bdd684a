package dev.loupe.cli.features;

import dev.loupe.Loupe;
import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.ModelOption;
import dev.loupe.cli.option.PlaceOption;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.ModelMatch;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.features.FeatureSubject;
import dev.loupe.model.load.LanguageModel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whose features a command looks at: a model, and its neurons or a dictionary of it. */
public final class SubjectOptions {
  @Mixin private final ModelOption model = new ModelOption();

  @Option(
      names = {"-d", "--dictionary"},
      paramLabel = "DIR",
      order = 3,
      description = "A dictionary's folder (default: the MLP's own neurons).")
  private Optional<Path> dictionary = Optional.empty();

  @Mixin private final PlaceOption place = new PlaceOption();

  @Option(
      names = "--any-name",
      order = 11,
      description = "Accept a model with another name than the dictionary records.")
  private boolean anyName;

  /** Opens both, uses them, and closes them. */
  <T> T with(ModelAccess access, EngineOptions engine, Function<FeatureSubject, T> use) {
    try (LanguageModel opened = access.open(model.name(), engine)) {
      Supplier<String> sha256 =
          () -> Loupe.hub(Progress.silent()).identify(opened.files()).sha256();
      try (FeatureBasis basis = basis(access, opened, sha256)) {
        String name = dictionary.map(Path::toString).orElse("neurons");
        return use.apply(new FeatureSubject(opened, basis, name, sha256));
      }
    }
  }

  private FeatureBasis basis(ModelAccess access, LanguageModel opened, Supplier<String> sha256) {
    if (dictionary.isEmpty()) {
      return NeuronBasis.of(opened.transformer());
    }
    Dictionary basis = access.noting(place.open(dictionary.get()));
    boolean matches = false;
    try {
      ModelMatch.require(basis, opened.name(), opened.transformer(), sha256, anyName);
      matches = true;
      return basis;
    } finally {
      if (!matches) {
        basis.close();
      }
    }
  }
}
