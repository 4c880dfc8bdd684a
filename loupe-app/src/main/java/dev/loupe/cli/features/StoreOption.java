package dev.loupe.cli.features;

import dev.loupe.instrument.features.FeatureStore;
import dev.loupe.instrument.features.FeatureSubject;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --store STORE}: the index that features are looked up in. */
public final class StoreOption {
  @Option(
      names = {"-s", "--store"},
      paramLabel = "STORE",
      required = true,
      order = 1,
      description = "The index that 'loupe features index' made.")
  private Path store = Path.of("");

  FeatureStore open(FeatureSubject subject) {
    return FeatureStore.open(store, subject);
  }
}
