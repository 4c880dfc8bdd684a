/**
 * Does a live model know, or guess? {@link dev.loupe.instrument.audit.AskModel} puts questions to
 * it with and without confidence targets and measures whether abstention moves with them, {@link
 * dev.loupe.instrument.audit.ProbeSets} holds the named sets; {@link
 * dev.loupe.instrument.audit.WatchAnswers} watches answers that matter from run to run, {@link
 * dev.loupe.instrument.audit.VerifyAnswer} checks an answer's claims against documents; {@link
 * dev.loupe.instrument.audit.MeasureBound} holds the bounds on hallucination against it.
 *
 * <p>May import: {@code audit}, {@code outcomes}, what every instrument may.
 */
@NullMarked
package dev.loupe.instrument.audit;

import org.jspecify.annotations.NullMarked;
