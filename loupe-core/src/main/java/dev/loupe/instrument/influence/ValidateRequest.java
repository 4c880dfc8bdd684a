package dev.loupe.instrument.influence;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.model.training.FineTuning;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Asks whether influence predicts what retraining does.
 *
 * @param corpus a file of JSON lines, Parquet or text, or a folder of such files, on which the
 *     model is trained further
 * @param questions a file of JSON lines with {@code prompt}, {@code answer} and the documents that
 *     teach it: their ids ({@code documents}), or an id of the file of facts
 * @param facts a file of JSON lines with {@code id} and {@code documents}, as a world has it
 * @param out the folder of the retrainings, new or begun
 * @param share of the documents, drawn by their ids; 1 for all
 * @param most questions that are asked
 * @param subsets random halves on which the model is trained anew
 * @param repeats trainings of each half, in other orders; their losses are averaged
 * @param removals questions whose top documents are removed before training anew
 * @param removed documents that are removed together
 * @param attention whether the maps of attention take part beside those of the MLPs
 * @param refine iterations of conjugate gradients beyond EK-FAC; 0 for none
 * @param refineDamping damping of these, in means of each map's curvature
 * @param embedding a model whose similarity of texts is a baseline too, if any; stays the caller's
 * @param training how the model is trained
 */
public record ValidateRequest(
    Path corpus,
    Path questions,
    Optional<Path> facts,
    Path out,
    double share,
    int most,
    int subsets,
    int repeats,
    int removals,
    int removed,
    boolean attention,
    int refine,
    double refineDamping,
    Optional<EmbeddingModel> embedding,
    FineTuning.Settings training) {
  /** The usual number of questions. */
  public static final int DEFAULT_MOST = 20;

  /** The usual number of halves. */
  public static final int DEFAULT_SUBSETS = 32;

  /** The usual number of documents that are removed together. */
  public static final int DEFAULT_REMOVED = 10;

  /** The usual damping, in means of each map's curvature. */
  public static final double DEFAULT_DAMPING = MapFactors.DAMPING;

  /** The usual training. */
  public static final FineTuning.Settings DEFAULT_TRAINING = new FineTuning.Settings(5e-4, 8, 32);

  public ValidateRequest {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("`share` " + share + " is not above 0 and at most 1");
    }
    atLeast("most", 1, most);
    // A rank correlation of fewer has no meaning.
    atLeast("subsets", 4, subsets);
    atLeast("repeats", 1, repeats);
    atLeast("removals", 0, removals);
    atLeast("removed", 1, removed);
    atLeast("refine", 0, refine);
    if (!(refineDamping > 0)) {
      throw new IllegalArgumentException("`refineDamping` " + refineDamping + " is not positive");
    }
  }

  private static void atLeast(String name, int least, int value) {
    if (value < least) {
      throw new IllegalArgumentException("`%s` %d is not %d or more".formatted(name, value, least));
    }
  }

  /** The usual settings: all documents, the MLPs' maps. */
  public static ValidateRequest of(Path corpus, Path questions, Path out) {
    return new ValidateRequest(
        corpus,
        questions,
        Optional.empty(),
        out,
        1,
        DEFAULT_MOST,
        DEFAULT_SUBSETS,
        1,
        0,
        DEFAULT_REMOVED,
        false,
        0,
        DEFAULT_DAMPING,
        Optional.empty(),
        DEFAULT_TRAINING);
  }
}
