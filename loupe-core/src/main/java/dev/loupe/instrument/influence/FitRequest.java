package dev.loupe.instrument.influence;

import java.nio.file.Path;

/**
 * Asks for the curvature of a model on its training corpus.
 *
 * @param corpus a file of JSON lines, Parquet or text, or a folder of such files
 * @param out the folder of the fit, new or begun
 * @param share of the documents, drawn by their ids; 1 for all
 * @param attention whether the maps of attention are fitted beside those of the MLPs
 * @param empirical whether the labels are the corpus's own tokens; drawn from the model otherwise
 * @param maxMemory bytes that matrices under way may take; the maps are fitted in as many groups as
 *     that needs, each with two passes over the corpus
 * @param widest second-moment matrices wider than this are taken as block-diagonal
 * @param index whether inputs and gradients of every token are kept for further questions
 */
public record FitRequest(
    Path corpus,
    Path out,
    double share,
    boolean attention,
    boolean empirical,
    long maxMemory,
    int widest,
    boolean index) {
  /** Bytes for matrices under way, unless asked otherwise. */
  public static final long DEFAULT_MEMORY = 1L << 30;

  /** Matrices at most this wide stay whole, unless asked otherwise. */
  public static final int DEFAULT_WIDEST = Eigenbasis.WIDEST;

  public FitRequest {
    if (widest < 1) {
      throw new IllegalArgumentException("`widest` " + widest + " is not 1 or more");
    }
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("`share` " + share + " is not above 0 and at most 1");
    }
    if (maxMemory < 1) {
      throw new IllegalArgumentException("`maxMemory` " + maxMemory + " is not 1 or more");
    }
  }

  /** The usual settings: all documents, the MLPs' maps, labels drawn from the model, no index. */
  public static FitRequest of(Path corpus, Path out) {
    return new FitRequest(corpus, out, 1, false, false, DEFAULT_MEMORY, DEFAULT_WIDEST, false);
  }
}
