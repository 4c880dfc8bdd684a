package dev.loupe.instrument;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * One question that can be asked of a model. Without state: one object serves any number of models
 * and threads. Its work runs within {@link Subject#hold}, so that model and basis may be closed
 * meanwhile.
 *
 * @param <Q> what is asked
 * @param <A> what is answered, host data only
 */
public interface Instrument<Q, A> {
  /** What it is called and what it needs. */
  Card<Q, A> card();

  /**
   * What the request would take. Tries a little where it must, never all.
   *
   * @throws LoupeException as {@link #ask}
   */
  Cost estimate(Q request, Subject subject, Run run);

  /**
   * Answers.
   *
   * @throws LoupeException if the user can fix it: the request does not fit the subject
   * @throws dev.loupe.job.Stopped if the run was stopped; all native memory is released then too
   */
  Finding<A> ask(Q request, Subject subject, Run run);
}
