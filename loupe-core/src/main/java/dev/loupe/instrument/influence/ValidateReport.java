package dev.loupe.instrument.influence;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * Whether influence predicts what retraining does.
 *
 * @param model that was trained further
 * @param documents on which it was trained
 * @param questions that it answers right after that, and did not all answer right before
 * @param subsets random halves of the documents on which it was trained anew
 * @param repeats trainings of each half
 * @param lossBefore mean loss of an answer before training, in nats
 * @param lossAfter mean loss of an answer after training on all documents, in nats
 * @param reproducible correlation over the halves of losses of two trainings in different orders,
 *     mean over questions: what no method can much exceed; no value if each was trained once
 * @param methods by which documents are scored
 * @param removals what removing the documents of largest score does
 */
public record ValidateReport(
    String model,
    long documents,
    int questions,
    int subsets,
    int repeats,
    double lossBefore,
    double lossAfter,
    Estimate reproducible,
    List<Method> methods,
    List<Removal> removals) {
  public ValidateReport {
    methods = List.copyOf(methods);
    removals = List.copyOf(removals);
  }

  /**
   * One way to score documents.
   *
   * @param name of the method
   * @param score linear datamodelling score
   * @param recall at 10: documents that state the answer among the first ten, of all that could be
   *     there
   * @param found questions with at least one such document among the first ten
   */
  public record Method(String name, Estimate score, Estimate recall, Estimate found) {}

  /**
   * Training anew without the documents of largest score.
   *
   * @param name of the method
   * @param lossIncrease of the answer, in nats
   * @param lost answers that are no longer given
   */
  public record Removal(String name, Estimate lossIncrease, Estimate lost) {}
}
