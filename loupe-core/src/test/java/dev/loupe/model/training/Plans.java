package dev.loupe.model.training;

import dev.loupe.model.training.TrainingPlan.Cadence;
import dev.loupe.model.training.TrainingPlan.Execution;
import dev.loupe.model.training.TrainingPlan.Optimisation;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Small trainings. */
final class Plans {
  static final ModelShape SHAPE = new ModelShape(2, 16, 2, 12, 19);
  static final Optimisation OPTIMISATION =
      new Optimisation(
          new AdamW(5e-3, 0.9, 0.98, 1e-8, 0.01, true),
          Optional.of(Muon.DEFAULT),
          1,
          Schedule.cosine(5, 100, 0.05));

  private Plans() {}

  static TrainingPlan of(Path folder) {
    return of(folder, OPTIMISATION, 2);
  }

  static TrainingPlan of(Path folder, Optimisation optimisation, int threads) {
    return new TrainingPlan(
        folder,
        SHAPE,
        new Start.FromSeed(3, Initialisation.DEFAULT),
        optimisation,
        new Execution(8, threads, DType.F32),
        new Cadence(10, 20, 20, 2),
        OptionalInt.of(0));
  }
}
