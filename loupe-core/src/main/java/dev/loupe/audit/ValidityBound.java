package dev.loupe.audit;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;

/**
 * Theorem 1 of Kalai et al. 2025 on a world whose answers are all known: err ≥ 2·err_iiv −
 * max|V|/min|E| − δ, for every model.
 *
 * @param error err: probability of a wrong answer, prompts by their frequency
 * @param validityError err_iiv: of telling valid from invalid by whether the model's probability is
 *     above the threshold
 * @param threshold 1/min|E|; a probability must be above it, not equal
 * @param validTerm max|V|/min|E|
 * @param trainingAbove probability of the training above the threshold
 * @param modelAbove of the model
 * @param singleAnswerBound theorem 3, where each prompt has one valid answer: no δ in it
 */
public record ValidityBound(
    double error,
    double validityError,
    double threshold,
    double validTerm,
    double trainingAbove,
    double modelAbove,
    OptionalDouble singleAnswerBound) {

  /**
   * One prompt of such a world.
   *
   * @param frequency μ
   * @param valid V
   * @param errors E
   * @param training p, by answer; what is missing is 0
   * @param model p̂, likewise
   */
  public record Prompt(
      double frequency,
      List<String> valid,
      List<String> errors,
      Map<String, Double> training,
      Map<String, Double> model) {
    public Prompt {
      valid = List.copyOf(valid);
      errors = List.copyOf(errors);
      training = Map.copyOf(training);
      model = Map.copyOf(model);
    }

    double model(String answer) {
      return model.getOrDefault(answer, 0.0);
    }

    double training(String answer) {
      return training.getOrDefault(answer, 0.0);
    }
  }

  /** |p̂(A) − p(A)|, A what the model gives more than the threshold. */
  public double delta() {
    return Math.abs(modelAbove - trainingAbove);
  }

  /** What the error is at least. */
  public double bound() {
    return 2 * validityError - validTerm - delta();
  }

  /** Measures it. */
  public static ValidityBound of(List<Prompt> prompts) {
    int fewest = prompts.stream().mapToInt(each -> each.errors().size()).min().orElseThrow();
    int most = prompts.stream().mapToInt(each -> each.valid().size()).max().orElseThrow();
    double threshold = 1.0 / fewest;
    double error = 0;
    double training = 0;
    double model = 0;
    for (Prompt prompt : prompts) {
      for (String answer : prompt.errors()) {
        error += prompt.frequency() * prompt.model(answer);
      }
      for (List<String> answers : List.of(prompt.valid(), prompt.errors())) {
        for (String answer : answers) {
          if (prompt.model(answer) > threshold) {
            training += prompt.frequency() * prompt.training(answer);
            model += prompt.frequency() * prompt.model(answer);
          }
        }
      }
    }
    return new ValidityBound(
        error,
        validityError(prompts, threshold),
        threshold,
        (double) most / fewest,
        training,
        model,
        most == 1
            ? OptionalDouble.of(2 * (1 - 1 / (fewest + 1.0)) * leastValidityError(prompts))
            : OptionalDouble.empty());
  }

  /** Half of the examples are from the training, half are errors drawn evenly. */
  static double validityError(List<Prompt> prompts, double threshold) {
    double error = 0;
    for (Prompt prompt : prompts) {
      for (String answer : prompt.valid()) {
        if (!(prompt.model(answer) > threshold)) {
          error += prompt.frequency() * prompt.training(answer) / 2;
        }
      }
      for (String answer : prompt.errors()) {
        if (prompt.model(answer) > threshold) {
          error += prompt.frequency() / prompt.errors().size() / 2;
        }
      }
    }
    return error;
  }

  /** By the best of all thresholds. */
  static double leastValidityError(List<Prompt> prompts) {
    TreeSet<Double> thresholds = new TreeSet<>(List.of(0.0));
    prompts.forEach(prompt -> thresholds.addAll(prompt.model().values()));
    return thresholds.stream()
        .mapToDouble(each -> validityError(prompts, each))
        .min()
        .orElseThrow();
  }
}
