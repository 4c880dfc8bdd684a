package dev.loupe.instrument.influence;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Asks which training documents made a completion likely.
 *
 * @param prompt the text before the completion
 * @param completion whose loss is asked about; the model's most probable next token when empty
 * @param fit the folder that the fit made
 * @param corpus where the corpus is now; where the fit found it when empty
 * @param top documents shown of each sign
 * @param damping λ of every map; a tenth of the mean of its Λ when empty
 * @param relative whether documents are ranked by influence over the norm of their gradient, which
 *     keeps those of large loss from being influential for everything
 * @param exact whether every document is scored exactly, also where the fit has an index or a
 *     filter leaves them out
 * @param distinct whether documents that say nearly what one before them said are not shown
 * @param refine iterations of conjugate gradients beyond EK-FAC; 0 for none
 * @param neurons named of each document shown, of those through which it acts; 0 for no such split
 * @param filter by what documents are selected before they are scored; all are scored when empty
 * @param candidates documents that a filter selects
 * @param features of the subject's dictionary that are named of each document shown; 0 for no such
 *     split
 * @param checkpoints the folder of the model's training, over whose checkpoints SOURCE scores in
 *     place of the fit's curvature
 * @param flip a phrase that changes places with the completion in the documents shown, which are
 *     then scored again
 */
public record AskRequest(
    String prompt,
    Optional<String> completion,
    Path fit,
    Optional<Path> corpus,
    int top,
    OptionalDouble damping,
    boolean relative,
    boolean exact,
    boolean distinct,
    int refine,
    int neurons,
    int features,
    Optional<Preselection.By> filter,
    int candidates,
    Optional<Path> checkpoints,
    Optional<String> flip) {
  /** Documents shown of each sign, unless asked otherwise. */
  public static final int DEFAULT_TOP = 10;

  /** Documents that a filter selects, unless asked otherwise. */
  public static final int DEFAULT_CANDIDATES = 500;

  public AskRequest {
    if (top < 1) {
      throw new IllegalArgumentException("`top` " + top + " is not 1 or more");
    }
    if (refine < 0) {
      throw new IllegalArgumentException("`refine` " + refine + " is negative");
    }
    if (neurons < 0) {
      throw new IllegalArgumentException("`neurons` " + neurons + " is negative");
    }
    if (candidates < 1) {
      throw new IllegalArgumentException("`candidates` " + candidates + " is not 1 or more");
    }
    if (features < 0) {
      throw new IllegalArgumentException("`features` " + features + " is negative");
    }
    if (features > 0 && checkpoints.isPresent()) {
      throw new IllegalArgumentException(
          "`features` are of the model as it is and cannot split what `checkpoints` before it"
              + " have");
    }
    if (checkpoints.isPresent() && filter.isPresent()) {
      throw new IllegalArgumentException("`filter` does not go with `checkpoints`");
    }
    if (checkpoints.isPresent() && (refine > 0 || damping.isPresent())) {
      throw new IllegalArgumentException(
          "`checkpoints` takes the curvature of each checkpoint as it is: `refine` and `damping`"
              + " have no part in it");
    }
    if (flip.isPresent() && flip.get().isBlank()) {
      throw new IllegalArgumentException("`flip` is empty");
    }
    if (damping.isPresent() && !(damping.getAsDouble() > 0)) {
      throw new IllegalArgumentException("`damping` " + damping.getAsDouble() + " is not positive");
    }
  }

  /** What documents are ranked by. */
  double rank(double influence, double norm) {
    return relative ? influence / Math.max(norm, 1e-300) : influence;
  }

  /** The usual settings. */
  public static AskRequest of(String prompt, Path fit) {
    return new AskRequest(
        prompt,
        Optional.empty(),
        fit,
        Optional.empty(),
        DEFAULT_TOP,
        OptionalDouble.empty(),
        false,
        false,
        false,
        0,
        0,
        0,
        Optional.empty(),
        DEFAULT_CANDIDATES,
        Optional.empty(),
        Optional.empty());
  }
}
